using System.Net;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.CommandLine;

/// <summary>The program on a machine that has the .NET runtime and nothing else: no ASP.NET Core.</summary>
public sealed class RuntimeOnlyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [SkippableFact]
    public async Task It_serves_and_says_what_the_HTTP_port_needs()
    {
        var dotnet = MakeRuntime();
        await using (var server = ChildProcess.Start(
            dotnet, [Program, "--port", "random", "--bind", "127.0.0.1", "--appendonly", "no"], _folder.Path))
        {
            var port = await ServerProgram.WaitForPortAsync(server);
            await using var client = await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
            Assert.Equal("PONG", (await client.CallAsync("PING")).Text);
            server.Terminate();
            Assert.Equal(0, await server.WaitForExitAsync());
        }

        var (exitCode, _, error) = await ChildProcess.RunAsync(
            dotnet, [Program, "--port", "random", "--redislite.http.port", "random"], workingDirectory: _folder.Path);
        Assert.Equal(1, exitCode);
        Assert.Contains("install its runtime (aspnetcore-runtime)", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_latest_of_the_runtime_s_version_is_taken()
    {
        var version = $"{Environment.Version.Major}.{Environment.Version.Minor}";
        var runtime = Directory.CreateDirectory(
            Path.Combine(_folder.Path, "Microsoft.NETCore.App", $"{version}.1")).FullName;
        Assert.Null(Server.AspNetCoreFramework.Find(runtime));
        foreach (var name in (string[])["8.0.1", $"{version}.2", $"{version}.10", $"{version}.11-rc.1", "99.0.0"])
            Directory.CreateDirectory(Path.Combine(_folder.Path, "Microsoft.AspNetCore.App", name));
        Assert.EndsWith($"{version}.11-rc.1", Server.AspNetCoreFramework.Find(runtime), StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(_folder.Path, "Microsoft.AspNetCore.App", $"{version}.11"));
        Assert.EndsWith($"{version}.11", Server.AspNetCoreFramework.Find(runtime), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "redislite-server.dll");

    /// <summary>A folder as the runtime's installer leaves it: host and runtime.</summary>
    /// <returns>The host.</returns>
    private string MakeRuntime()
    {
        Skip.If(OperatingSystem.IsWindows(), "the host has another name");
        Skip.If(ServerProgram.Published is not null, "a published program brings its own host");
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var root = Path.GetFullPath(Path.Combine(runtime, "..", "..", ".."));
        ExternalProgram.SkipUnless(File.Exists(Path.Combine(root, "dotnet")), "the runtime has no host beside it");
        Copy(Path.Combine(root, "host"), Path.Combine(_folder.Path, "root", "host"));
        Copy(runtime, Path.Combine(
            _folder.Path, "root", "shared", "Microsoft.NETCore.App", Path.GetFileName(runtime)));
        var host = Path.Combine(_folder.Path, "root", "dotnet");
        File.Copy(Path.Combine(root, "dotnet"), host);
        return host;
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.EnumerateDirectories(from))
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
