using System.Runtime.CompilerServices;
using RedisLite.Storage.Serialization.Packed;
using RedisLite.Storage.Serialization.Streams;

namespace RedisLite.Storage.Serialization.Collections;

/// <summary>
/// Decodes collections in every form that Redis 2.6 to 7.4 wrote, checks all of it, and hands on the elements.
/// </summary>
/// <remarks>
/// As strict as Redis with <c>sanitize-dump-payload yes</c>, for files too: lengths, lengths backwards, counts in
/// headers, marks of the end, elements that come twice, scores that are no numbers. Memory: the longest string of the
/// source, and for a stream what is pending in one group. Not thread-safe.
///
/// The loops are compiled with all optimizations at once. They are generic in a source of another assembly, so no
/// compilation ahead of time has them, and a large value is one call: they would stay as they were compiled first.
/// </remarks>
public sealed class ValueDecoder : IDisposable
{
    private readonly DecodeBuffers _buffers = new();

    /// <summary>Decodes a value whose type byte has been read.</summary>
    /// <returns>False if it has no elements, which is no value at all unless it is a stream.</returns>
    /// <exception cref="MalformedValueException">The value is not what its type says.</exception>
    public bool Decode<TSource>(ref TSource source, RdbType type, IValueSink sink)
        where TSource : IRdbSource, allows ref struct
    {
        switch (type.CollectionType())
        {
            case EntryType.List:
                return DecodeList(ref source, type, sink);
            case EntryType.Set:
                return DecodeSet(ref source, type, sink);
            case EntryType.SortedSet:
                return SortedSetDecoder.Decode(ref source, type, sink, _buffers);
            case EntryType.Hash:
                return HashDecoder.Decode(ref source, type, sink, _buffers);
            case EntryType.Stream:
                StreamDecoder.Decode(ref source, type, sink, _buffers);
                return true;
            default:
                throw new MalformedValueException($"values of type {(byte)type} are not known");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _buffers.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool DecodeList<TSource>(ref TSource source, RdbType type, IValueSink sink)
        where TSource : IRdbSource, allows ref struct
    {
        if (type == RdbType.ListZiplist)
        {
            var ziplist = new ZiplistReader(_buffers.See(source.ReadString("a list")));
            sink.Begin(EntryType.List, (ulong)ziplist.CountHint);
            return AddElements(ref ziplist, sink);
        }

        var count = source.ReadLength("a number of elements");
        sink.Begin(EntryType.List, count);
        var hasAny = false;
        for (; count > 0; count--)
        {
            var isPacked = type == RdbType.ListQuicklist2 && IsPackedNode(source.ReadLength("a kind of node"));
            var node = _buffers.See(source.ReadString("an element"));
            if (isPacked)
            {
                var listpack = new ListpackReader(node);
                hasAny |= AddElements(ref listpack, sink);
            }
            else if (type == RdbType.ListQuicklist)
            {
                var ziplist = new ZiplistReader(node);
                hasAny |= AddElements(ref ziplist, sink);
            }
            else
            {
                sink.AddElement(node);
                hasAny = true;
            }
        }

        return hasAny;
    }

    private static bool IsPackedNode(ulong container) => container switch
    {
        ListNode.Plain => false,
        ListNode.Packed => true,
        _ => throw new MalformedValueException($"no node of a list is of kind {container}"),
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool AddElements<TReader>(ref TReader reader, IValueSink sink)
        where TReader : IPackedReader, allows ref struct
    {
        var hasAny = false;
        while (reader.TryRead(out var element))
        {
            sink.AddElement(element.Bytes(_buffers.First));
            hasAny = true;
        }

        return hasAny;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool DecodeSet<TSource>(ref TSource source, RdbType type, IValueSink sink)
        where TSource : IRdbSource, allows ref struct
    {
        switch (type)
        {
            case RdbType.SetIntset:
                return DecodeIntset(_buffers.See(source.ReadString("a set")), sink);
            case RdbType.SetListpack:
                var listpack = new ListpackReader(_buffers.See(source.ReadString("a set")));
                sink.Begin(EntryType.Set, (ulong)listpack.CountHint);
                var hasAny = !listpack.IsEmpty;
                while (listpack.TryRead(out var element))
                    AddMember(sink, element.Bytes(_buffers.First));
                return hasAny;
            default:
                var count = source.ReadLength("a number of members");
                sink.Begin(EntryType.Set, count);
                for (var left = count; left > 0; left--)
                    AddMember(sink, _buffers.See(source.ReadString("a member")));
                return count > 0;
        }
    }

    private bool DecodeIntset(ReadOnlySpan<byte> blob, IValueSink sink)
    {
        var (width, count) = Intset.Check(blob);
        sink.Begin(EntryType.Set, (ulong)count);
        for (var i = 0; i < count; i++)
        {
            var length = IntegerText.Format(_buffers.First, Intset.Get(blob, width, i));
            AddMember(sink, _buffers.First.AsSpan(0, length));
        }

        return count > 0;
    }

    private static void AddMember(IValueSink sink, ReadOnlySpan<byte> member)
    {
        if (!sink.AddMember(member))
            throw new MalformedValueException("a set holds a member twice");
    }
}
