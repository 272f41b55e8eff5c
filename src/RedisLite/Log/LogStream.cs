namespace RedisLite.Log;

/// <summary>
/// Which of the streams that servers know each other by the log's bytes are of: what a file must say so that a restart
/// can go on from it.
/// </summary>
/// <param name="Id">40 hexadecimal digits.</param>
/// <param name="Shift">What is added to a position of the log to have an offset of the stream.</param>
internal sealed record LogStream(string Id, long Shift)
{
    /// <summary>The offset of a position.</summary>
    public long OffsetOf(long position) => position + Shift;
}
