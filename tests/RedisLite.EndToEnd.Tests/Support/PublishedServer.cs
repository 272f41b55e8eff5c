using System.Net;
using RedisLite.EndToEnd.Tests.CommandLine;

namespace RedisLite.EndToEnd.Tests.Support;

/// <summary>A published RedisLite as a process of its own, with the settings of <see cref="ServerUnderTest.Settings"/>.</summary>
internal sealed class PublishedServer : ITestSubject
{
    private readonly ChildProcess _process;
    private readonly TemporaryFolder _folder;

    private PublishedServer(ChildProcess process, TemporaryFolder folder, int port)
    {
        _process = process;
        _folder = folder;
        EndPoint = new IPEndPoint(IPAddress.Loopback, port);
    }

    public string Name => "RedisLite as published";

    public IPEndPoint EndPoint { get; }

    public static async Task<PublishedServer> StartAsync()
    {
        var folder = new TemporaryFolder();
        var process = ServerProgram.Start(
            folder, "--port", "0", "--bind", "127.0.0.1", "--appendonly", "no", "--enable-debug-command", "local");
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
        _process.Terminate();
        var exitCode = await _process.WaitForExitAsync();
        Assert.True(exitCode == 0, $"Exit code {exitCode}:\n{_process.Output}");
        Assert.False(_process.Output.Contains(" # ", StringComparison.Ordinal), $"The server logged a warning:\n{_process.Output}");
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }
}
