namespace RedisLite.Commands.Execution;

/// <summary>Takes every effect on the data, in execution order: what the append only file and the replicas read.</summary>
/// <remarks>
/// Declared here because commands must not know files or sockets. Implementations are called by every executor at
/// once and never wait: an effect is copied to memory and the call returns.
/// </remarks>
public interface IChangeLog
{
    /// <summary>Whether anybody reads the log; when not, nothing is encoded for it.</summary>
    bool IsEnabled { get; }

    /// <summary>Whether the log is so far behind its disk that writers must wait; asked before stripes are taken.</summary>
    bool IsFull { get; }

    /// <summary>
    /// To be called, on any thread and outside the log's lock, when <see cref="IsFull"/> has become false: the writers that
    /// wait for it go on.
    /// </summary>
    Action? RoomMade { get; set; }

    /// <summary>Appends encoded commands.</summary>
    /// <remarks>
    /// LOCK: called while the stripes of every key in <paramref name="effects"/> are held exclusively, so that two
    /// writers of one key reach the log in the order in which they changed the table.
    /// </remarks>
    /// <param name="firstDatabase">The database that the first of the effects applies to.</param>
    /// <param name="lastDatabase">The database selected when all of them have been replayed.</param>
    /// <param name="effects">Whole commands as RESP arrays of bulk strings; copied.</param>
    /// <returns>The log's length in bytes after the effects: what a durable reply has to wait for.</returns>
    long Append(int firstDatabase, int lastDatabase, ReadOnlySpan<byte> effects);
}

/// <summary>The log of a server that keeps its data in memory only.</summary>
public sealed class NoChangeLog : IChangeLog
{
    public static NoChangeLog Instance { get; } = new();

    public bool IsEnabled => false;

    public bool IsFull => false;

    /// <summary>It always has room.</summary>
    public Action? RoomMade
    {
        get => null;
        set { }
    }

    public long Append(int firstDatabase, int lastDatabase, ReadOnlySpan<byte> effects) => 0;
}
