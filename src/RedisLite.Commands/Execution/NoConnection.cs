namespace RedisLite.Commands.Execution;

/// <summary>
/// Stands where a session that comes by no socket needs a connection: files that are replayed, tests.
/// </summary>
public sealed class NoConnection : IClientConnection
{
    private NoConnection()
    {
    }

    public static NoConnection Instance { get; } = new();

    public string RemoteAddress => "?:0";

    public string LocalAddress => "";

    public long QueryBufferLength => 0;

    public long OutputBufferLength => 0;

    public void Push(ReadOnlyMemory<byte> message)
    {
    }

    public void Close(bool afterReplies)
    {
    }

    public void Resume(ParkedCommand parked)
    {
    }
}
