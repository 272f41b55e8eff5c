using RedisLite.Commands.Execution;
using RedisLite.Protocol;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Streams;

/// <summary>Entries as replies: <c>[id, [field, value, ..]]</c>.</summary>
internal static class StreamReplies
{
    private const long MostEntriesAtOnce = 256;
    private const long MostBytesAtOnce = 64 * 1024;

    public static void Entry(ReplyWriter reply, scoped in StreamCursor entry)
    {
        reply.Array(2);
        StreamIds.Bulk(reply, entry.Id);
        var fields = entry.Fields;
        reply.Array(2 * fields.Count);
        while (fields.MoveNext())
        {
            reply.Bulk(fields.Name);
            reply.Bulk(fields.Value);
        }
    }

    /// <summary>Entries from a rank on, forwards or backwards, as one array.</summary>
    public static void Range(ReplyWriter reply, StreamValue stream, long rank, long count, bool isReverse = false)
    {
        reply.Array((int)Math.Min(count, int.MaxValue));
        if (count == 0)
            return;
        var cursor = stream.At(rank);
        for (var left = count; left > 0; left--)
        {
            Entry(reply, cursor);
            if (isReverse)
                cursor.MovePrevious();
            else
                cursor.MoveNext();
        }
    }

    /// <summary>Whether so many entries are too much for a reply that is written under the stripe.</summary>
    public static bool IsLong(StreamValue stream, long count) =>
        count > MostEntriesAtOnce || (count > 0 && stream.Bytes / stream.Count * count > MostBytesAtOnce);
}

/// <summary>A range of entries that is written piece by piece from what the stream was.</summary>
internal sealed class StreamRangeReply(HeldCollection held, long rank, long count, bool isReverse) : ILongReply
{
    private const int Piece = 16 * 1024;

    private HeldCollection _held = held;
    private long _written = -1;

    public bool WriteMore(ReplyWriter reply)
    {
        if (_written < 0)
        {
            reply.Array((int)Math.Min(count, int.MaxValue));
            _written = 0;
        }
        var cursor = _held.Stream.At(isReverse ? rank - _written : rank + _written);
        for (var end = reply.Length + Piece; _written < count && reply.Length < end; _written++)
        {
            StreamReplies.Entry(reply, cursor);
            if (isReverse)
                cursor.MovePrevious();
            else
                cursor.MoveNext();
        }
        return _written < count;
    }

    public void Dispose() => _held.Dispose();
}

/// <summary>What XREAD and XREADGROUP found in several streams, written piece by piece.</summary>
internal sealed class StreamReadReply : ILongReply
{
    private readonly List<(byte[] Key, StreamRangeReply Entries)> _streams = [];
    private int _next = -1;
    private bool _isOpen;

    public void Add(ReadOnlySpan<byte> key, HeldCollection held, long rank, long count) =>
        _streams.Add((key.ToArray(), new StreamRangeReply(held, rank, count, isReverse: false)));

    public bool WriteMore(ReplyWriter reply)
    {
        if (_next < 0)
        {
            ReadHeader(reply, _streams.Count);
            _next = 0;
        }
        var (key, entries) = _streams[_next];
        if (!_isOpen)
            StreamHeader(reply, key);
        _isOpen = entries.WriteMore(reply);
        if (!_isOpen)
            _next++;
        return _next < _streams.Count;
    }

    public void Dispose()
    {
        foreach (var (_, entries) in _streams)
            entries.Dispose();
    }

    /// <summary>What precedes the streams: a map in RESP3, an array of pairs in RESP2.</summary>
    public static void ReadHeader(ReplyWriter reply, int streams)
    {
        if (reply.Format == ReplyFormat.Resp3)
            reply.Map(streams);
        else
            reply.Array(streams);
    }

    public static void StreamHeader(ReplyWriter reply, ReadOnlySpan<byte> key)
    {
        if (reply.Format != ReplyFormat.Resp3)
            reply.Array(2);
        reply.Bulk(key);
    }
}
