using RedisLite.Storage.Values;

namespace RedisLite.Log;

/// <summary>A piece of the log's memory, filled from front to back and never changed behind its fill.</summary>
/// <remarks>
/// A large argument is a piece of its own, and not copied: it is full from the beginning, and holds a reference of the
/// string that the value, too, may stand in.
///
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

    /// <summary>
    /// From this length on a large argument is linked and not copied: what follows it begins a chunk of its own.
    /// </summary>
    public const int LinkedFrom = 2 * Size;

    private readonly byte[] _bytes;
    private HeldString? _large;

    public LogChunk()
    {
        _bytes = GC.AllocateUninitializedArray<byte>(Size, pinned: true);
        Bytes = _bytes;
    }

    /// <param name="large">A reference, taken over.</param>
    /// <param name="bytes">What of the string it is.</param>
    public LogChunk(HeldString large, ReadOnlyMemory<byte> bytes)
    {
        _bytes = [];
        _large = large;
        Bytes = bytes;
        Length = bytes.Length;
    }

    public ReadOnlyMemory<byte> Bytes { get; }

    public bool IsLarge => _bytes.Length == 0;

    /// <summary>The log's position of its first byte.</summary>
    public long Start { get; private set; }

    public int Length { get; private set; }

    public LogChunk? Next { get; set; }

    public int References { get; set; }

    /// <summary>
    /// Somebody may go on reading it without owning it: it is not filled again. A large one is copied before it is
    /// sent.
    /// </summary>
    public bool IsAbandoned { get; set; }

    public long End => Start + Length;

    public bool IsFull => Length == Bytes.Length;

    /// <summary>Begins to be used, with the log as its only owner.</summary>
    public void Begin(long start)
    {
        Start = start;
        if (!IsLarge)
            Length = 0;
        Next = null;
        References = 1;
    }

    /// <summary>Copies as much as there is room for.</summary>
    /// <returns>How many bytes.</returns>
    public int Fill(ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(bytes.Length, Size - Length);
        bytes[..count].CopyTo(_bytes.AsSpan(Length));
        Length += count;
        return count;
    }

    /// <summary>Nobody needs a large one any more.</summary>
    public void Free()
    {
        (_large as IDisposable)?.Dispose();
        _large = null;
    }
}
