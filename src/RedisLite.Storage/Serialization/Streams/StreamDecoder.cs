using System.Runtime.CompilerServices;
using RedisLite.Storage.Values;

namespace RedisLite.Storage.Serialization.Streams;

/// <summary>Decodes streams of Redis 5 to 7.2.</summary>
/// <remarks>
/// <code>
///   nodes   (master ID as a string of 16 bytes, listpack) ...
///   length   last ID (2)   [ first ID (2)   highest deleted ID (2)   entries added ]            from form 2 on
///   groups   (name   last ID (2)   [ entries read ]
///             pending   (ID in 16 bytes   delivery time (8)   deliveries) ...
///             consumers (name   seen time (8)   [ active time (8) ]   pending   (ID in 16 bytes) ...) ...) ...
/// </code>
/// Numbers are lengths but for the times, which are little-endian. Active times since form 3.
/// </remarks>
internal static class StreamDecoder
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode<TSource>(ref TSource source, RdbType type, IValueSink sink, DecodeBuffers buffers)
        where TSource : IRdbSource, allows ref struct
    {
        sink.Begin(EntryType.Stream, 0);
        var entries = default(DecodedEntries);
        StreamId? previous = null;
        for (var nodes = source.ReadLength("a number of nodes"); nodes > 0; nodes--)
        {
            var key = buffers.See(source.ReadString("a stream's node key"));
            if (key.Length != StreamId.Size)
                throw new MalformedValueException($"the key of a stream's node has {key.Length} bytes");
            var master = StreamId.Read(key);
            if (master <= previous)
                throw new MalformedValueException("the nodes of a stream do not ascend");
            previous = master;
            var node = buffers.See(source.ReadString("a stream's node"));
            StreamNodeDecoder.Decode(master, node, ref entries, sink, buffers);
        }

        var totals = ReadTotals(ref source, type, entries.First ?? default);
        if (totals.Length != entries.Count)
            throw new MalformedValueException($"a stream has {entries.Count} entries and says {totals.Length}");
        if (totals.LastId < entries.Last)
            throw new MalformedValueException("a stream has entries beyond its last ID");
        sink.SetTotals(totals);
        for (var groups = source.ReadLength("a number of consumer groups"); groups > 0; groups--)
            DecodeGroup(ref source, type, totals, sink, buffers);
    }

    private static StreamTotals ReadTotals<TSource>(ref TSource source, RdbType type, StreamId first)
        where TSource : IRdbSource, allows ref struct
    {
        var length = source.ReadLength("a stream's length");
        var lastId = ReadId(ref source);
        if (type == RdbType.StreamListpacks)
            return new StreamTotals(length, lastId, first, default, length);
        var firstId = ReadId(ref source);
        var maxDeletedId = ReadId(ref source);
        return new StreamTotals(length, lastId, firstId, maxDeletedId, source.ReadLength("a number of entries added"));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DecodeGroup<TSource>(
        ref TSource source, RdbType type, in StreamTotals totals, IValueSink sink, DecodeBuffers buffers)
        where TSource : IRdbSource, allows ref struct
    {
        var name = buffers.Keep(source.ReadString("a consumer group's name"));
        var lastId = ReadId(ref source);
        var entriesRead = type == RdbType.StreamListpacks
            ? EstimateEntriesRead(totals, lastId)
            : (long)source.ReadLength("a number of entries read");
        if (!sink.BeginGroup(name, new StreamGroupState(lastId, entriesRead)))
            throw new MalformedValueException("a stream has a consumer group twice");

        var pending = new Dictionary<StreamId, StreamPendingEntry>();
        for (var left = source.ReadLength("a number of pending entries"); left > 0; left--)
        {
            var id = StreamId.Read(source.ReadBytes(StreamId.Size, "a pending entry"));
            var time = (long)source.ReadUInt64("a delivery time");
            var entry = new StreamPendingEntry(id, time, source.ReadLength("a number of deliveries"));
            if (!pending.TryAdd(id, entry))
                throw new MalformedValueException("a consumer group has an entry pending twice");
        }

        var consumers = source.ReadLength("a number of consumers");
        for (var i = 0; (ulong)i < consumers; i++)
            DecodeConsumer(ref source, type, i, pending, sink, buffers);
        if (pending.Count > 0)
            throw new MalformedValueException("a consumer group has an entry pending at no consumer");
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DecodeConsumer<TSource>(
        ref TSource source, RdbType type, int index, Dictionary<StreamId, StreamPendingEntry> pending,
        IValueSink sink, DecodeBuffers buffers)
        where TSource : IRdbSource, allows ref struct
    {
        var name = buffers.Keep(source.ReadString("a consumer's name"));
        var seen = (long)source.ReadUInt64("a consumer's time");
        var active = type == RdbType.StreamListpacks3 ? (long)source.ReadUInt64("a consumer's time") : seen;
        if (!sink.AddConsumer(name, new StreamConsumerState(seen, active)))
            throw new MalformedValueException("a consumer group has a consumer twice");
        for (var left = source.ReadLength("a number of pending entries"); left > 0; left--)
        {
            var id = StreamId.Read(source.ReadBytes(StreamId.Size, "a pending entry"));
            if (!pending.Remove(id, out var entry))
                throw new MalformedValueException("a consumer has an entry pending that its group has not");
            sink.AddPending(index, entry);
        }
    }

    /// <summary>
    /// How many entries lie before an ID, where that can be known: Redis before 7.0 did not write it.
    /// </summary>
    private static long EstimateEntriesRead(in StreamTotals totals, StreamId id)
    {
        // Of these streams nobody knows what was deleted, so all that there is counts as all that ever was.
        if (totals.EntriesAdded == 0)
            return 0;
        if (id >= totals.LastId)
            return id == totals.LastId ? (long)totals.EntriesAdded : -1;
        return id < totals.FirstId ? 0 : id == totals.FirstId ? 1 : -1;
    }

    private static StreamId ReadId<TSource>(ref TSource source)
        where TSource : IRdbSource, allows ref struct
    {
        var milliseconds = source.ReadLength("a stream's ID");
        return new StreamId(milliseconds, source.ReadLength("a stream's ID"));
    }
}
