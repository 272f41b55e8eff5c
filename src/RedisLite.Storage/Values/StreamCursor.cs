using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>A place among the entries of a stream that is not written to meanwhile.</summary>
public unsafe ref struct StreamCursor
{
    private readonly Page* _names;
    private TreeCursor _cursor;

    internal StreamCursor(TreeCursor cursor, Page* names)
    {
        _cursor = cursor;
        _names = names;
    }

    public readonly bool IsValid => _cursor.IsValid;

    public readonly StreamId Id => new(_cursor.Key.High, _cursor.Key.Low);

    /// <summary>How many entries are before it.</summary>
    public long Rank => _cursor.Rank;

    public readonly StreamFields Fields => StreamEntry.Read(_cursor.Content, _names);

    public bool MoveNext() => _cursor.MoveNext();

    public bool MovePrevious() => _cursor.MovePrevious();
}

/// <summary>
/// An entry that was delivered and not acknowledged, with its consumer. Valid until the stream is written to.
/// </summary>
/// <remarks>
/// <code>
///   [ delivered at, 8 bytes ][ deliveries ][ name of the consumer .. ]
/// </code>
/// </remarks>
public readonly ref struct StreamPending
{
    /// <summary>What precedes the name at most.</summary>
    internal const int MaxPrefix = sizeof(long) + VarInt.MaxSize;

    internal StreamPending(StreamId id, ReadOnlySpan<byte> content)
    {
        var delivered = System.Buffers.Binary.BinaryPrimitives.ReadInt64LittleEndian(content);
        content = content[sizeof(long)..];
        var deliveries = VarInt.Read(ref content);
        State = new StreamPendingEntry(id, delivered, deliveries);
        Consumer = content;
    }

    public StreamPendingEntry State { get; }

    public ReadOnlySpan<byte> Consumer { get; }

    public StreamId Id => State.Id;

    public long DeliveredAtMs => State.DeliveredAtMs;

    public ulong Deliveries => State.Deliveries;

    internal static int WritePrefix(Span<byte> target, long deliveredAtMs, ulong deliveries)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(target, deliveredAtMs);
        return sizeof(long) + VarInt.Write(target[sizeof(long)..], deliveries);
    }
}

/// <summary>A place among the pending IDs of a group or of a consumer that are not written to meanwhile.</summary>
public ref struct StreamPendingCursor
{
    private TreeCursor _cursor;

    internal StreamPendingCursor(TreeCursor cursor) => _cursor = cursor;

    public readonly bool IsValid => _cursor.IsValid;

    public readonly StreamId Id => new(_cursor.Key.High, _cursor.Key.Low);

    /// <summary>Of a group's cursor; a consumer's knows the ID alone.</summary>
    public readonly StreamPending Pending => new(Id, _cursor.Content);

    public bool MoveNext() => _cursor.MoveNext();

    public bool MovePrevious() => _cursor.MovePrevious();
}
