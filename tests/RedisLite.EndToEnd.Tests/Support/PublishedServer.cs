using RedisLite.EndToEnd.Tests.CommandLine;

namespace RedisLite.EndToEnd.Tests.Support;

/// <summary>
/// A published RedisLite as a process of its own, with the settings of <see cref="ServerUnderTest.Settings"/>.
/// </summary>
internal sealed class PublishedServer : ServerProcess, ITestSubject
{
    private PublishedServer(ChildProcess process, TemporaryFolder folder, int port)
        : base(process, folder, port)
    {
    }

    public override string Name => "RedisLite as published";

    public static async Task<PublishedServer> StartAsync()
    {
        var folder = new TemporaryFolder();
        var process = ServerProgram.Start(
            folder, "--port", "random", "--bind", "127.0.0.1", "--appendonly", "no", "--enable-debug-command", "local");
        try
        {
            return new PublishedServer(process, folder, await ServerProgram.WaitForPortAsync(process));
        }
        catch
        {
            await process.DisposeAsync();
            folder.Dispose();
            throw;
        }
    }

    public async Task StopAndCheckAsync()
    {
        Process.Terminate();
        var exitCode = await Process.WaitForExitAsync();
        Assert.True(exitCode == 0, $"Exit code {exitCode}:\n{Process.Output}");
        Assert.False(Process.Output.Contains(" # ", StringComparison.Ordinal),
            $"The server logged a warning:\n{Process.Output}");
    }
}
