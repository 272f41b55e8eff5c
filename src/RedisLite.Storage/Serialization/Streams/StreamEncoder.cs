using RedisLite.Storage.Serialization.Packed;

namespace RedisLite.Storage.Serialization.Streams;

/// <summary>
/// Encodes streams as Redis 7.0 writes them (StreamListpacks2); see <see cref="StreamDecoder"/> for how they look.
/// </summary>
/// <remarks>
/// Entries go into nodes as XADD would have put them there. Their number comes first, so the entries are read twice;
/// at no time is more than one node in memory. Not thread-safe.
/// </remarks>
public sealed class StreamEncoder : IDisposable
{
    /// <summary>The largest node, whatever the limits say.</summary>
    private const long MaxNodeSize = 1024 * 1024;

    private readonly EncodingLimits _limits;
    private readonly bool _compress;
    private readonly ListpackWriter _entries = new();
    private readonly ListpackWriter _node = new();
    private readonly List<byte[]> _masterFields = [];
    private StreamId _master;
    private int _count;

    /// <param name="limits">The limits in force.</param>
    /// <param name="compress">Whether long strings are compressed (<c>rdbcompression</c>).</param>
    public StreamEncoder(EncodingLimits limits, bool compress)
    {
        _limits = limits;
        _compress = compress;
    }

    /// <summary>The form in which streams are written.</summary>
    public static RdbType Type => RdbType.StreamListpacks2;

    /// <summary>Writes a stream behind its type byte and key.</summary>
    public void Write<TSource>(ref TSource source, IRdbOutput output)
        where TSource : IStreamSource, allows ref struct
    {
        output.PutLength((ulong)WriteNodes(ref source, null));
        WriteNodes(ref source, output);
        var totals = source.Totals;
        output.PutLength(totals.Length);
        PutId(output, totals.LastId);
        PutId(output, totals.FirstId);
        PutId(output, totals.MaxDeletedId);
        output.PutLength(totals.EntriesAdded);
        output.PutLength((ulong)source.GroupCount);
        source.ResetGroups();
        while (source.MoveNextGroup())
            WriteGroup(ref source, output);
        output.EndPiece();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _entries.Dispose();
        _node.Dispose();
    }

    /// <summary>Writes all nodes, or only counts them where there is no output.</summary>
    private long WriteNodes<TSource>(ref TSource source, IRdbOutput? output)
        where TSource : IStreamSource, allows ref struct
    {
        var nodes = 0L;
        _count = 0;
        source.ResetEntries();
        while (source.MoveNextEntry())
        {
            if (_count > 0 && !HasRoom(ref source))
            {
                WriteNode(output);
                nodes++;
            }

            if (_count == 0)
                BeginNode(ref source);
            AddEntry(ref source);
        }

        if (_count == 0)
            return nodes;
        WriteNode(output);
        return nodes + 1;
    }

    /// <summary>As Redis asks before it appends an entry: by the bytes of its fields and values alone.</summary>
    private bool HasRoom<TSource>(ref TSource source)
        where TSource : IStreamSource, allows ref struct
    {
        long size = BuildHeader();
        source.ResetFields();
        while (source.MoveNextField())
            size += source.FieldName.Length + source.FieldValue.Length;
        var maxSize = _limits.StreamNodeMaxBytes == 0 ? MaxNodeSize : Math.Min(_limits.StreamNodeMaxBytes, MaxNodeSize);
        return size < maxSize && (_limits.StreamNodeMaxEntries == 0 || _count < _limits.StreamNodeMaxEntries);
    }

    private void BeginNode<TSource>(ref TSource source)
        where TSource : IStreamSource, allows ref struct
    {
        _master = source.EntryId;
        _masterFields.Clear();
        source.ResetFields();
        while (source.MoveNextField())
            _masterFields.Add(source.FieldName.ToArray());
    }

    private void AddEntry<TSource>(ref TSource source)
        where TSource : IStreamSource, allows ref struct
    {
        var sameFields = HasMasterFields(ref source);
        _entries.Add((long)(sameFields ? StreamNodeFlags.SameFields : StreamNodeFlags.None));
        _entries.Add(unchecked((long)(source.EntryId.Milliseconds - _master.Milliseconds)));
        _entries.Add(unchecked((long)(source.EntryId.Sequence - _master.Sequence)));
        if (!sameFields)
            _entries.Add(source.FieldCount);
        source.ResetFields();
        while (source.MoveNextField())
        {
            if (!sameFields)
                _entries.Add(source.FieldName);
            _entries.Add(source.FieldValue);
        }

        _entries.Add(3L + source.FieldCount + (sameFields ? 0 : 1 + source.FieldCount));
        _count++;
    }

    private bool HasMasterFields<TSource>(ref TSource source)
        where TSource : IStreamSource, allows ref struct
    {
        if (source.FieldCount != _masterFields.Count)
            return false;
        source.ResetFields();
        for (var i = 0; source.MoveNextField(); i++)
            if (!source.FieldName.SequenceEqual(_masterFields[i]))
                return false;
        return true;
    }

    private void WriteNode(IRdbOutput? output)
    {
        if (output is not null)
        {
            BuildHeader();
            _node.AddAll(_entries);
            Span<byte> key = stackalloc byte[StreamId.Size];
            _master.WriteTo(key);
            output.PutString(key, _compress);
            output.PutString(_node.Complete(), _compress);
            output.EndPiece();
        }

        _entries.Clear();
        _count = 0;
    }

    /// <summary>Begins the node's listpack with the master entry.</summary>
    /// <returns>The size that the whole node has so far.</returns>
    private int BuildHeader()
    {
        _node.Clear();
        _node.Add((long)_count);
        _node.Add(0);
        _node.Add((long)_masterFields.Count);
        foreach (var field in _masterFields)
            _node.Add(field);
        _node.Add(0);
        return _node.Size + _entries.ElementsSize;
    }

    private void WriteGroup<TSource>(ref TSource source, IRdbOutput output)
        where TSource : IStreamSource, allows ref struct
    {
        output.PutString(source.GroupName, _compress);
        PutId(output, source.GroupState.LastId);
        output.PutLength((ulong)source.GroupState.EntriesRead);
        output.PutLength((ulong)source.PendingCount);
        while (source.MoveNextPending())
        {
            PutRawId(output, source.Pending.Id);
            output.PutUInt64((ulong)source.Pending.DeliveredAtMs);
            output.PutLength(source.Pending.Deliveries);
            output.EndPiece();
        }

        output.PutLength((ulong)source.ConsumerCount);
        while (source.MoveNextConsumer())
        {
            output.PutString(source.ConsumerName, _compress);
            output.PutUInt64((ulong)source.ConsumerState.SeenAtMs);
            output.PutLength((ulong)source.ConsumerPendingCount);
            while (source.MoveNextConsumerPending())
            {
                PutRawId(output, source.ConsumerPending.Id);
                output.EndPiece();
            }
        }
    }

    private static void PutId(IRdbOutput output, StreamId id)
    {
        output.PutLength(id.Milliseconds);
        output.PutLength(id.Sequence);
    }

    private static void PutRawId(IRdbOutput output, StreamId id)
    {
        id.WriteTo(output.GetSpan(StreamId.Size));
        output.Advance(StreamId.Size);
    }
}
