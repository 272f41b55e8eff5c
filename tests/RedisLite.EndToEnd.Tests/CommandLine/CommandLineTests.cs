using System.Net;
using System.Text.RegularExpressions;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.CommandLine;

/// <summary>The executable as a process: what it prints, and how it ends.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("--version")]
    [InlineData("-v")]
    public async Task Version_is_one_line(string option)
    {
        var (exitCode, output, error) = await ServerProgram.RunAsync(option);

        Assert.Equal(0, exitCode);
        Assert.Matches(
            @"^RedisLite server v=0\.1\.0 bits=64 runtime=\.NET \d+\.\d+\.\d+ compatible=redis-7\.0\.15\n$", output);
        Assert.Empty(error);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public async Task Help_names_the_options_and_directives(string option)
    {
        var (exitCode, output, _) = await ServerProgram.RunAsync(option);

        Assert.Equal(0, exitCode);
        Assert.Contains(
            "redislite-server [config-file ... | -] [--directive value ...]", output, StringComparison.Ordinal);
        Assert.Contains("--port 6379\n        redislite.network.port: ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("command line --prot: unknown directive 'prot'; did you mean 'port'?", "--prot", "7000")]
    [InlineData("command line --port: port: 'x' is not valid; expected a whole number from 0 to 65535, or random",
        "--port", "x")]
    [InlineData("command line --port: port: no value given; expected a whole number from 0 to 65535, or random",
        "--port")]
    [InlineData("command line --port: redislite.network.port: '0' opens no TCP port, and there is no other way in; "
            + "expected a port, or random for any free one, or a tls-port, or a unixsocket", "--port", "0")]
    [InlineData("command line --daemonize: daemonize: 'yes' is not supported by RedisLite; expected no; a service "
            + "manager runs it in the background (supervised systemd), or nohup and &", "--daemonize", "yes")]
    [InlineData("command line --loglevel: loglevel: 2 values given; expected one of debug, verbose, notice, warning",
        "--loglevel verbose extra")]
    [InlineData("command line: '-p' stands alone; expected --directive value, or --help", "-p", "7000")]
    [InlineData("command line: 'x' stands alone; expected --directive value, or --help", "--port", "1",
        "--check-config", "x")]
    [InlineData("command line --redislite.network.prot: unknown key 'redislite.network.prot'; did you mean "
            + "'redislite.network.port'?", "--redislite.network.prot", "1")]
    public async Task A_wrong_option_ends_the_start_with_one_line(string expected, params string[] arguments)
    {
        var (exitCode, output, error) = await ServerProgram.RunAsync(arguments);

        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.Equal($"redislite-server: {expected}\n", error);
    }

    [Fact]
    public async Task A_missing_or_broken_file_ends_the_start_with_one_line()
    {
        var broken = Path.Combine(_folder.Path, "broken.conf");
        await File.WriteAllTextAsync(broken, "redislite {\n  network {\n    port = 7000\n  }\n");

        var missing = await ServerProgram.RunAsync("/not/there.conf");
        var unclosed = await ServerProgram.RunAsync(broken);

        Assert.Equal(1, missing.ExitCode);
        Assert.StartsWith(
            "redislite-server: cannot read the configuration file '/not/there.conf': ", missing.Error,
            StringComparison.Ordinal);
        Assert.Equal((1, "", $"redislite-server: {broken}:1: this '{{' is never closed; expected a '}}'\n"), unclosed);
    }

    [Fact]
    public async Task Check_config_tells_by_its_exit_code()
    {
        var good = Path.Combine(_folder.Path, "good.conf");
        var bad = Path.Combine(_folder.Path, "bad.conf");
        await File.WriteAllTextAsync(good, "port 7000\n");
        await File.WriteAllTextAsync(bad, "port 7000\nmaxclients many\n");

        Assert.Equal((0, "The configuration is valid\n", ""), await ServerProgram.RunAsync(good, "--check-config"));
        Assert.Equal(
            (1, "", $"redislite-server: {bad}:2: maxclients: 'many' is not valid; expected a whole number from 1 to "
                + "4294967295\n"),
            await ServerProgram.RunAsync(bad, "--check-config"));
    }

    [Fact]
    public async Task Dump_config_shows_every_value_and_its_origin_but_no_password()
    {
        var file = Path.Combine(_folder.Path, "redislite.conf");
        await File.WriteAllTextAsync(
            file, "redislite {\n  network.timeout = 300s\n  security.requirepass = hunter2\n}\n");

        var (exitCode, output, _) = await ServerProgram.RunAsync(
            file, "--port", "7000", "--tls-port", "0", "--dump-config");

        Assert.Equal(0, exitCode);
        Assert.Contains("redislite.network.port = 7000  # command line --port\n", output, StringComparison.Ordinal);
        Assert.Contains($"redislite.network.timeout = 300s  # {file}:2\n", output, StringComparison.Ordinal);
        Assert.Matches(@"redislite\.network\.maxclients = 10000  # reference\.conf:\d+\n", output);
        Assert.Contains($"redislite.security.requirepass = \"***\"  # {file}:3\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", output, StringComparison.Ordinal);
        Assert.Contains("redislite.tls.port = 0  # command line --tls-port\n", output, StringComparison.Ordinal);
        Assert.Contains("akka.actor.deployment.\"/server/executors\".router = round-robin-pool  # ", output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standard_input_is_a_configuration_file_too()
    {
        var (_, output, _) = await ServerProgram.RunWithInputAsync(
            "port 7001\nhz 20\n", "--port", "7002", "--dump-config", "-");

        Assert.Contains("redislite.network.port = 7002  # command line --port\n", output, StringComparison.Ordinal);
        Assert.Contains("redislite.expiry.hz = 20  # standard input:2\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_take_values_up_to_the_next_option()
    {
        var (_, output, _) = await ServerProgram.RunAsync(
            "--bind", "127.0.0.1", "-::1", "--save", "3600", "1", "300", "100", "--slowlog-log-slower-than", "-1",
            "--client-output-buffer-limit", "pubsub", "1mb", "2kb", "3", "--dump-config");

        Assert.Contains(
            "redislite.network.bind = \"127.0.0.1 -::1\"  # command line --bind\n", output, StringComparison.Ordinal);
        Assert.Contains(
            "redislite.persistence.save = 3600 1 300 100  # command line --save\n", output, StringComparison.Ordinal);
        Assert.Contains("redislite.slowlog.log-slower-than = off  # ", output, StringComparison.Ordinal);
        Assert.Contains(
            "redislite.clients.output-buffer-limit.pubsub = 1mb 2kb 3  # ", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Every_directive_of_a_stock_redis_conf_is_understood()
    {
        const string Conf = "/etc/redis/redis.conf";
        ExternalProgram.SkipUnless(IsReadable(Conf), $"{Conf} cannot be read; it comes with Debian's redis-server");

        var (exitCode, output, error) = await ServerProgram.RunAsync(Conf, "--daemonize", "no", "--check-config");

        Assert.Equal((0, "The configuration is valid\n", ""), (exitCode, output, error));
    }

    [Fact]
    public async Task Settings_of_akka_that_it_cannot_use_are_an_error_in_one_line()
    {
        var file = Path.Combine(_folder.Path, "akka.conf");
        await File.WriteAllTextAsync(file, "akka.actor.provider = \"No.Such.Provider, Nowhere\"\n");

        var (exitCode, output, error) = await ServerProgram.RunAsync(file, "--port", "random", "--appendonly", "no");

        Assert.Equal(1, exitCode);
        Assert.DoesNotContain("Listening", output, StringComparison.Ordinal);
        Assert.StartsWith(
            "redislite-server: The actor system cannot be made with these settings of 'akka': ", error,
            StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task It_serves_and_ends_with_exit_code_0_on_SIGTERM()
    {
        await using var server = ServerProgram.Start(
            _folder, "--port", "random", "--tls-port", "0", "--bind", "127.0.0.1");
        var port = await ServerProgram.WaitForPortAsync(server);
        await using var client = await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        Assert.Equal("PONG", (await client.CallAsync("PING")).Text);

        server.Terminate();

        Assert.Equal(0, await server.WaitForExitAsync());
        Assert.Matches(
            new Regex(@"^\d+:M \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3} \* Ready to accept connections$",
                RegexOptions.Multiline),
            server.Output);
        Assert.DoesNotContain("no effect", server.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bind: '999.1.1.1' could not be resolved: ", "--bind", "999.1.1.1")]
    [InlineData("dir: '/etc/passwd' is no directory", "--dir", "/etc/passwd", "--appendonly", "no")]
    [InlineData("dir: '/proc/sys' cannot be used: ", "--dir", "/proc/sys")]
    public async Task What_this_machine_does_not_have_ends_the_start_with_one_line_that_names_the_directive(
        string expected, params string[] arguments)
    {
        var (exitCode, _, error) = await ServerProgram.RunAsync(["--port", "random", .. arguments]);

        Assert.Equal(1, exitCode);
        Assert.StartsWith($"redislite-server: {expected}", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }

    [Theory]
    [InlineData("redislite.network.timeout = 5s", "--timeout 5", "--save", "--replicaof", "no", "one")]
    [InlineData("redislite.persistence.save = \"\"", "--save", "--slaveof", "no one")]
    [InlineData("redislite.persistence.skip-unknown-types = yes", "--skip-unknown-types", "yes")]
    [InlineData("redislite.persistence.skip-unknown-types = on", "--skip-unknown-types", "--port", "1")]
    [InlineData("redislite.persistence.skip-unknown-types = no", "--skip-unknown-types", "no")]
    [InlineData("redislite.logging.loglevel = verbose", "--loglevel verbose", "--list-max-ziplist-entries", "5",
        "--list-max-ziplist-value", "5", "--lua-replicate-commands", "yes")]
    [InlineData("redislite.network.port = 7000", "-", "--timeout", "3")]
    [InlineData("redislite.network.port = 7000", "--timeout", "3", "-")]
    [InlineData("redislite.security.requirepass = \"a b\"", "--requirepass \"a b\"")]
    public async Task Words_are_taken_as_redis_server_takes_them(string expected, params string[] arguments)
    {
        var (exitCode, output, error) = await ServerProgram.RunWithInputAsync(
            "port 7000\n", ["--dump-config", .. arguments]);
        if (arguments[0] == "-")
            (exitCode, output, error) = await ServerProgram.RunWithInputAsync(
                "port 7000\n", [.. arguments, "--dump-config"]);

        Assert.Equal((0, ""), (exitCode, error));
        if (!expected.Contains("requirepass", StringComparison.Ordinal))
            Assert.Contains($"\n{expected}  # ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redis_conf_that_asks_for_what_has_no_effect_is_told_so_in_one_line()
    {
        var file = Path.Combine(_folder.Path, "redis.conf");
        await File.WriteAllTextAsync(
            file, "port random\nbind 127.0.0.1\ndaemonize yes\nio-threads 4\nactiverehashing yes\nset-proc-title "
                + "no\noom-score-adj no\nappendonly no\n");
        await using var server = ServerProgram.Start(_folder, file, "--daemonize", "no");
        await ServerProgram.WaitForPortAsync(server);

        Assert.Contains(" # These directives have no effect in RedisLite: io-threads, set-proc-title\n", server.Output,
            StringComparison.Ordinal);
        Assert.Equal(1, server.Output.Split('\n').Count(line => line.Contains(" # ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task It_ends_with_exit_code_0_on_SIGINT()
    {
        await using var server = ServerProgram.Start(_folder, "--port", "random", "--bind", "127.0.0.1");
        await ServerProgram.WaitForPortAsync(server);

        server.Interrupt();

        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Fact]
    public async Task It_ends_with_exit_code_0_on_SHUTDOWN()
    {
        await using var server = ServerProgram.Start(_folder, "--port", "random", "--bind", "127.0.0.1");
        var port = await ServerProgram.WaitForPortAsync(server);
        await using var client = await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));

        await client.SendAsync("SHUTDOWN", "NOSAVE");

        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Fact]
    public async Task A_port_in_use_is_one_clear_line_and_exit_code_1()
    {
        await using var first = ServerProgram.Start(_folder, "--port", "random", "--bind", "127.0.0.1");
        var port = await ServerProgram.WaitForPortAsync(first);

        var (exitCode, output, error) = await ServerProgram.RunAsync(
            "--port", $"{port}", "--bind", "127.0.0.1", "--loglevel", "warning");

        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.Equal($"redislite-server: Could not listen on 127.0.0.1:{port}: Address already in use\n", error);
    }

    [Fact]
    public async Task The_log_goes_to_the_file_asked_for()
    {
        var log = Path.Combine(_folder.Path, "server.log");
        await File.WriteAllTextAsync(log, "before\n");
        await using var server = ServerProgram.Start(
            _folder, "--port", "random", "--bind", "127.0.0.1", "--logfile", log);
        using var watcher = new FileSystemWatcher(_folder.Path) { EnableRaisingEvents = true };
        while (!(await ReadAsync(log)).Contains("Ready to accept connections", StringComparison.Ordinal))
            watcher.WaitForChanged(WatcherChangeTypes.All, timeout: 100);

        server.Terminate();

        Assert.Equal(0, await server.WaitForExitAsync());
        Assert.Empty(server.Output);
        Assert.StartsWith("before\n", await ReadAsync(log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_file_that_cannot_be_opened_ends_the_start_with_one_line()
    {
        var (exitCode, _, error) = await ServerProgram.RunAsync(
            "--port", "random", "--logfile", "/not/there/server.log");

        Assert.Equal(1, exitCode);
        Assert.StartsWith(
            "redislite-server: cannot open the log file '/not/there/server.log': ", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }

    [Fact]
    public async Task Config_rewrite_and_loglevel_work_on_the_running_server()
    {
        var file = Path.Combine(_folder.Path, "redislite.conf");
        await File.WriteAllTextAsync(
            file, "redislite.network { port = random, bind = \"127.0.0.1\", timeout = 0s } # mine\n");
        await using var server = ServerProgram.Start(_folder, file);
        var port = await ServerProgram.WaitForPortAsync(server);
        await using var client = await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));

        Assert.Equal("OK", (await client.CallAsync("CONFIG", "SET", "timeout", "77", "loglevel", "verbose")).Text);
        Assert.Equal("OK", (await client.CallAsync("CONFIG", "REWRITE")).Text);
        server.Terminate();

        Assert.Equal(0, await server.WaitForExitAsync());
        Assert.Equal(
            "redislite.network { port = random, bind = \"127.0.0.1\", timeout = 77s } # mine\n\n"
            + "# Generated by CONFIG REWRITE\nredislite.logging.loglevel = verbose\n",
            await File.ReadAllTextAsync(file));
        Assert.Contains(" - CoordinatedShutdown invoked", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_keeps_what_it_acknowledged_over_a_restart()
    {
        await using (var server = ServerProgram.Start(_folder, "--port", "random", "--bind", "127.0.0.1"))
        {
            var port = await ServerProgram.WaitForPortAsync(server);
            await using var client = await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
            Assert.Equal("OK", (await client.CallAsync("SET", "key", "value")).Text);
            server.Terminate();
            Assert.Equal(0, await server.WaitForExitAsync());
        }

        Assert.True(File.Exists(Path.Combine(_folder.Path, "data", "appendonlydir", "appendonly.aof.manifest")));
        await using (var server = ServerProgram.Start(_folder, "--port", "random", "--bind", "127.0.0.1"))
        {
            var port = await ServerProgram.WaitForPortAsync(server);
            await using var client = await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
            Assert.Equal("value", (await client.CallAsync("GET", "key")).Text);
        }
    }

    [Fact]
    public async Task Appendonly_no_keeps_nothing_on_disk()
    {
        await using var server = ServerProgram.Start(
            _folder, "--port", "random", "--bind", "127.0.0.1", "--appendonly", "no");
        await ServerProgram.WaitForPortAsync(server);
        server.Terminate();

        Assert.Equal(0, await server.WaitForExitAsync());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    public void Dispose() => _folder.Dispose();

    private static bool IsReadable(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static async Task<string> ReadAsync(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return await reader.ReadToEndAsync();
    }
}
