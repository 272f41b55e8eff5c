namespace RedisLite.Storage.Memory;

/// <summary>
/// About how much memory all stripes of a server use, cheap to ask for each command: their accounts report to it now
/// and then.
/// </summary>
/// <remarks>
/// An account reports when it has moved by <see cref="ReportStep"/> since it last did, so the total is off by less than
/// that for each stripe. The exact sum is <c>Databases.UsedMemory</c>. Any thread.
/// </remarks>
internal sealed class MemoryTotal
{
    /// <summary>Bytes that an account may be ahead of its last report.</summary>
    public const long ReportStep = 1024;

    private long _value;

    public long Value => Volatile.Read(ref _value);

    public void Add(long bytes) => Interlocked.Add(ref _value, bytes);
}
