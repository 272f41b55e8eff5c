namespace RedisLite.Log;

/// <summary>A piece of the log's memory, filled from front to back and never changed behind its fill.</summary>
/// <remarks>
/// Counts who needs it: the log, as long as a reader may still come by, and each lease on a part of it. Pinned, so that
/// neither the garbage collector nor a system call has to move or pin it. LOCK: the log's gate for every member; what a
/// lease has shown of <see cref="Bytes"/> may be read without it.
/// </remarks>
internal sealed class LogChunk
{
    /// <summary>
    /// Bytes of a chunk: below what the system maps one by one, above what one flush usually carries.
    /// </summary>
    public const int Size = 64 * 1024;

    public byte[] Bytes { get; } = GC.AllocateUninitializedArray<byte>(Size, pinned: true);

    /// <summary>The log's position of its first byte.</summary>
    public long Start { get; private set; }

    public int Length { get; private set; }

    public LogChunk? Next { get; set; }

    public int References { get; set; }

    /// <summary>Somebody may go on reading it without owning it: it is not filled again.</summary>
    public bool IsAbandoned { get; set; }

    public long End => Start + Length;

    public bool IsFull => Length == Size;

    /// <summary>Begins to be used, with the log as its only owner.</summary>
    public void Begin(long start)
    {
        Start = start;
        Length = 0;
        Next = null;
        References = 1;
    }

    /// <summary>Copies as much as there is room for.</summary>
    /// <returns>How many bytes.</returns>
    public int Fill(ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(bytes.Length, Size - Length);
        bytes[..count].CopyTo(Bytes.AsSpan(Length));
        Length += count;
        return count;
    }
}
