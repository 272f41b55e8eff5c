using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.CommandLine;

/// <summary>--check-aof, --fix-aof and --skip-unknown-types of the executable.</summary>
public sealed class AofRepairTests : IDisposable
{
    private const string Whole = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n";
    private const string Torn = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100\r\nval";

    private readonly TemporaryFolder _folder = new();

    private string Directory => Path.Combine(_folder.Path, "appendonlydir");

    private string LastFile => Path.Combine(Directory, "appendonly.aof.2.incr.aof");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("appendonlydir")]
    [InlineData("appendonlydir/appendonly.aof.manifest")]
    public async Task A_sound_directory_is_found_by_its_name_or_its_data_directory_or_its_manifest(string path)
    {
        Write(Whole, Whole);
        var (exitCode, output, error) = await ServerProgram.RunAsync("--check-aof", Path.Combine(_folder.Path, path));
        Assert.Contains("\nINCR AOF appendonly.aof.2.incr.aof is valid\nAll AOF files and manifest are valid\n", output,
            StringComparison.Ordinal);
        Assert.Equal((0, ""), (exitCode, error));
    }

    [Fact]
    public async Task A_torn_file_is_reported_and_left_alone()
    {
        Write(Whole, Whole + Torn);
        var (exitCode, output, _) = await ServerProgram.RunAsync("--check-aof", _folder.Path);
        Assert.Equal(1, exitCode);
        Assert.Contains($"size={(Whole + Torn).Length}, ok_up_to={Whole.Length}, commands=2, diff={Torn.Length}\n",
            output, StringComparison.Ordinal);
        Assert.Contains("--fix-aof cuts its last", output, StringComparison.Ordinal);
        Assert.Equal(Whole + Torn, await File.ReadAllTextAsync(LastFile));
    }

    [Theory]
    [InlineData("y\n")]
    [InlineData("Yes\n")]
    public async Task Fixing_asks_and_cuts_on_yes(string answer)
    {
        Write(Whole, Whole + Torn);
        var (exitCode, output, _) = await ServerProgram.RunWithInputAsync(answer, "--fix-aof", _folder.Path);
        Assert.Contains(
            "Continue? [y/N]: Successfully truncated AOF appendonly.aof.2.incr.aof", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
        Assert.Equal(Whole, await File.ReadAllTextAsync(LastFile));
    }

    [Theory]
    [InlineData("n\n")]
    [InlineData("\n")]
    [InlineData("")]
    public async Task Without_a_yes_nothing_is_cut(string answer)
    {
        Write(Whole, Whole + Torn);
        var (exitCode, output, _) = await ServerProgram.RunWithInputAsync(answer, "--fix-aof", _folder.Path);
        Assert.EndsWith("Continue? [y/N]: Aborting...\n", output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
        Assert.Equal(Whole + Torn, await File.ReadAllTextAsync(LastFile));
    }

    [Fact]
    public async Task A_script_says_yes_beforehand()
    {
        Write(Whole, Whole + Torn);
        Assert.Equal(0, (await ServerProgram.RunAsync("--fix-aof", _folder.Path, "--yes")).ExitCode);
        Assert.Equal(Whole, await File.ReadAllTextAsync(LastFile));
        Assert.Equal(0, (await ServerProgram.RunAsync("--fix-aof", _folder.Path, "--yes")).ExitCode);
    }

    [Fact]
    public async Task What_is_damaged_before_the_last_file_is_not_cut()
    {
        Write(Whole + Torn, Whole);
        var (exitCode, output, _) = await ServerProgram.RunAsync("--fix-aof", _folder.Path, "--yes");
        Assert.Equal(1, exitCode);
        Assert.Contains("bring the file back from a copy", output, StringComparison.Ordinal);
        Assert.Equal(Whole + Torn, await File.ReadAllTextAsync(Path.Combine(Directory, "appendonly.aof.1.incr.aof")));
    }

    [Fact]
    public async Task A_directory_without_files_is_not_sound()
    {
        var (exitCode, output, _) = await ServerProgram.RunAsync("--check-aof", _folder.Path);
        Assert.Equal(1, exitCode);
        Assert.StartsWith($"There is no AOF manifest in {Directory}", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task An_rdb_file_is_checked_by_itself()
    {
        var path = await WriteDumpAsync("SET", "k", "v");
        var (exitCode, output, _) = await ServerProgram.RunAsync("--check-aof", path);
        Assert.Equal(0, exitCode);
        Assert.StartsWith(
            $"{path} is a single file, not an append only directory: checking it by itself\n", output,
            StringComparison.Ordinal);
        Assert.Contains("[info] 1 keys read\n", output, StringComparison.Ordinal);

        var bytes = await File.ReadAllBytesAsync(path);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);
        (exitCode, output, _) = await ServerProgram.RunAsync("--fix-aof", path, "--yes");
        Assert.Equal(1, exitCode);
        Assert.Contains("It cannot be repaired: bring the file back from a copy.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_files_of_a_server_that_runs_are_not_fixed()
    {
        await using var server = ServerProgram.Start(
            _folder, "--port", "random", "--bind", "127.0.0.1", "--dir", _folder.Path);
        await ServerProgram.WaitForPortAsync(server);
        var (exitCode, output, _) = await ServerProgram.RunAsync("--fix-aof", _folder.Path, "--yes");
        Assert.Equal((1, "A server that runs uses these files: stop it first\n"), (exitCode, output));
        Assert.StartsWith(
            "A server that runs uses these files: the last one may look torn",
            (await ServerProgram.RunAsync("--check-aof", _folder.Path)).Output,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--check-aof")]
    [InlineData("--check-aof", "--yes")]
    [InlineData("--check-aof", "x", "--port", "1")]
    [InlineData("redis.conf", "--fix-aof", "x")]
    public async Task A_directory_and_nothing_else_is_what_they_take(params string[] arguments)
    {
        var (exitCode, _, error) = await ServerProgram.RunAsync(arguments);
        Assert.Equal(1, exitCode);
        Assert.Equal(
            "redislite-server: command line: --check-aof and --fix-aof take one append only directory, "
            + "and --fix-aof --yes; nothing else\n", error);
    }

    [Fact]
    public async Task Keys_of_unknown_types_stop_the_start_unless_they_are_to_be_skipped()
    {
        // Version 10, database 0, a module's value without parts, the end, no checksum.
        File.WriteAllBytes(
            Path.Combine(_folder.Path, "dump.rdb"),
            Convert.FromHexString("524544495330303130" + "FE00" + "07066576656E74730500" + "FF" + "0000000000000000"));
        string[] line = ["--port", "random", "--bind", "127.0.0.1", "--dir", _folder.Path];
        var (exitCode, _, error) = await ServerProgram.RunAsync(line);
        Assert.Equal(1, exitCode);
        Assert.Contains("key \"events\" of database 0 holds a module", error, StringComparison.Ordinal);
        Assert.Contains("--skip-unknown-types", error, StringComparison.Ordinal);

        await using var server = ServerProgram.Start(_folder, [.. line, "--skip-unknown-types"]);
        await ServerProgram.WaitForPortAsync(server);
        Assert.Contains("1 keys of types that are not supported were skipped", server.Output, StringComparison.Ordinal);
    }

    private async Task<string> WriteDumpAsync(params string[] command)
    {
        await using var redis = await RedisOracle.StartAsync("--dir", _folder.Path);
        await using var client = await RespClient.ConnectAsync(redis.EndPoint);
        await client.CallAsync(command);
        Assert.Equal("OK", (await client.CallAsync("SAVE")).Text);
        return Path.Combine(_folder.Path, "dump.rdb");
    }

    private void Write(string first, string last)
    {
        System.IO.Directory.CreateDirectory(Directory);
        File.WriteAllText(Path.Combine(Directory, "appendonly.aof.1.incr.aof"), first);
        File.WriteAllText(LastFile, last);
        File.WriteAllText(
            Path.Combine(Directory, "appendonly.aof.manifest"),
            "file appendonly.aof.1.incr.aof seq 1 type i\nfile appendonly.aof.2.incr.aof seq 2 type i\n");
    }
}
