using RedisLite.Commands.Execution;

namespace RedisLite.Log;

/// <summary>
/// Keeps the last bytes of the log, whether or not a reader is behind: what lets a replica that was away go on.
/// </summary>
/// <remarks>
/// <code>
///   |&lt;------------ size ------------&gt;|
///   [ chunk ][ chunk ][ chunk ][ chunk..]      a chunk is freed when all of it is older, and the next is begun:
///   ^ Log.Start                         ^ Log.End    up to two chunks more than the size are held
/// </code>
/// Any thread.
/// </remarks>
internal sealed class LogBacklog : LogHold
{
    private readonly long _start;
    private long _size;

    /// <param name="log">The log.</param>
    /// <param name="start">Where it begins: earlier bytes are not its.</param>
    /// <param name="size">Bytes to keep.</param>
    public LogBacklog(ChangeLog log, long start, long size)
        : base(log, "backlog", LogAudience.Replicas)
    {
        _start = start;
        _size = size;
    }

    /// <summary>Bytes to keep; changed at any time, and what is beyond a smaller one is freed at once.</summary>
    public long Size
    {
        get => Volatile.Read(ref _size);
        set
        {
            Volatile.Write(ref _size, value);
            Log.Trim();
        }
    }

    /// <summary>The first position that it is sure to have.</summary>
    public long Start => HeldFrom(Log.End);

    /// <inheritdoc/>
    public override long HeldFrom(long end) => Math.Max(_start, end - Size);
}
