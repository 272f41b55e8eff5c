namespace RedisLite.EndToEnd.Tests.Support;

/// <summary>Debian's redis-server, which says what the right reply is.</summary>
/// <remarks>
/// Each instance is its own process on its own loopback port with its own folder, without persistence and without any
/// configuration file of the machine.
/// </remarks>
internal sealed class RedisOracle : ServerProcess
{
    private RedisOracle(ChildProcess process, TemporaryFolder folder, int port)
        : base(process, folder, port)
    {
    }

    public override string Name => "redis-server";

    /// <summary>
    /// Starts one; the calling test skips where redis-server is missing, or fails where nothing may be skipped.
    /// </summary>
    /// <param name="directives">More of redis-server's command line, such as <c>--appendonly yes</c>.</param>
    public static async Task<RedisOracle> StartAsync(params string[] directives)
    {
        var program = ExternalProgram.Require("redis-server");
        var folder = new TemporaryFolder();
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                var port = FreePort.Next();
                string[] own =
                [
                    "--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                    "--dir", folder.Path, "--enable-debug-command", "local",
                ];
                var process = ChildProcess.Start(program, [.. own, .. directives], folder.Path);
                try
                {
                    await process.WaitForLineAsync("Ready to accept connections");
                    return new RedisOracle(process, folder, port);
                }
                catch (InvalidOperationException) when (attempt < 5 && process.Output.Contains("already in use"))
                {
                    await process.DisposeAsync();
                }
                catch
                {
                    await process.DisposeAsync();
                    throw;
                }
            }
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }
}
