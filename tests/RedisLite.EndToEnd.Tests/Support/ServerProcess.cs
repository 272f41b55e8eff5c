using System.Net;

namespace RedisLite.EndToEnd.Tests.Support;

/// <summary>
/// A server as a process of its own, on a loopback port, with its files in a folder that goes with it.
/// </summary>
internal abstract class ServerProcess(ChildProcess process, TemporaryFolder folder, int port) : ITestServer
{
    public abstract string Name { get; }

    public IPEndPoint EndPoint { get; } = new(IPAddress.Loopback, port);

    public string Folder => folder.Path;

    protected ChildProcess Process => process;

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        folder.Dispose();
    }
}
