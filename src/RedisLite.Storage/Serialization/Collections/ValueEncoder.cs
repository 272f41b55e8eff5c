using RedisLite.Storage.Keyspaces;
using RedisLite.Storage.Serialization.Packed;

namespace RedisLite.Storage.Serialization.Collections;

/// <summary>Encodes collections as Redis 7.0 writes them.</summary>
/// <remarks>
/// <code>
///   list         ListQuicklist2      listpacks of about 8 KiB, larger elements alone as they are
///   set          SetIntset           integers only, and few; else Set
///   sorted set   SortedSetListpack   small; else SortedSet2
///   hash         HashListpack        small; else Hash
///                HashMetadata        where a field has a time to live: only Redis 7.4 and RedisLite read it
///   stream       StreamListpacks2    see StreamEncoder
/// </code>
/// In two steps, since in a file the type comes before the key: <see cref="Choose"/>, then <see cref="Write"/>. A
/// value is read up to twice, and never held whole unless it is small. Not thread-safe.
/// </remarks>
public sealed class ValueEncoder : IDisposable
{
    /// <summary>No larger value is written in one piece, whatever the limits say.</summary>
    private const int MaxCompactSize = 1024 * 1024;

    /// <summary>What Redis adds to an element's size when it asks whether a node has room for it.</summary>
    private const int ElementOverhead = 8;

    private readonly EncodingLimits _limits;
    private readonly bool _compress;
    private readonly ListpackWriter _listpack = new();
    private readonly List<long> _integers = [];
    private long _earliest;

    /// <param name="limits">The limits in force.</param>
    /// <param name="compress">Whether long strings are compressed (<c>rdbcompression</c>).</param>
    public ValueEncoder(EncodingLimits limits, bool compress)
    {
        _limits = limits;
        _compress = compress;
    }

    /// <summary>Decides in which form a value will be written.</summary>
    public RdbType Choose<TSource>(EntryType type, ref TSource source)
        where TSource : IElementSource, allows ref struct
    {
        switch (type)
        {
            case EntryType.List:
                return RdbType.ListQuicklist2;
            case EntryType.Set:
                return TryCollectIntegers(ref source) ? RdbType.SetIntset : RdbType.Set;
            case EntryType.SortedSet:
                return TryPackSortedSet(ref source) ? RdbType.SortedSetListpack : RdbType.SortedSet2;
            case EntryType.Hash:
                if (FindEarliest(ref source))
                    return RdbType.HashMetadata;
                return TryPackHash(ref source) ? RdbType.HashListpack : RdbType.Hash;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "No collection of elements.");
        }
    }

    /// <summary>Writes the value in the form that <see cref="Choose"/> decided on for it just before.</summary>
    public void Write<TSource>(RdbType type, ref TSource source, IRdbOutput output)
        where TSource : IElementSource, allows ref struct
    {
        switch (type)
        {
            case RdbType.ListQuicklist2:
                WriteList(ref source, output);
                break;
            case RdbType.SetIntset:
                WriteIntegers(output);
                break;
            case RdbType.SortedSetListpack:
            case RdbType.HashListpack:
                output.PutString(_listpack.Complete(), _compress);
                break;
            default:
                WritePlain(type, ref source, output);
                break;
        }

        output.EndPiece();
    }

    /// <inheritdoc/>
    public void Dispose() => _listpack.Dispose();

    private void WritePlain<TSource>(RdbType type, ref TSource source, IRdbOutput output)
        where TSource : IElementSource, allows ref struct
    {
        if (type == RdbType.HashMetadata)
            output.PutUInt64((ulong)_earliest);
        output.PutLength((ulong)source.Count);
        source.Reset();
        while (source.MoveNext())
        {
            if (type == RdbType.HashMetadata)
            {
                var expireAtMs = source.ExpireAtMs;
                output.PutLength(expireAtMs == Keyspace.NoExpiry ? 0 : (ulong)(expireAtMs - _earliest + 1));
            }

            output.PutString(source.Member, _compress);
            if (type == RdbType.SortedSet2)
                output.PutUInt64(BitConverter.DoubleToUInt64Bits(source.Score));
            else if (type is RdbType.Hash or RdbType.HashMetadata)
                output.PutString(source.Value, _compress);
            output.EndPiece();
        }
    }

    private bool TryCollectIntegers<TSource>(ref TSource source)
        where TSource : IElementSource, allows ref struct
    {
        if (source.Count > _limits.SetMaxIntegers || source.Count > MaxCompactSize / sizeof(long))
            return false;
        _integers.Clear();
        source.Reset();
        while (source.MoveNext())
        {
            if (!IntegerText.TryParse(source.Member, out var integer))
                return false;
            _integers.Add(integer);
        }

        _integers.Sort();
        return true;
    }

    private void WriteIntegers(IRdbOutput output)
    {
        var blob = new byte[Intset.HeaderSize + (_integers.Count * sizeof(long))];
        var size = Intset.Write(blob, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_integers));
        output.PutString(blob.AsSpan(0, size), _compress);
    }

    private bool TryPackSortedSet<TSource>(ref TSource source)
        where TSource : IElementSource, allows ref struct
    {
        if (source.Count > _limits.SortedSetMaxEntries)
            return false;
        _listpack.Clear();
        source.Reset();
        while (source.MoveNext())
        {
            if (source.Member.Length > _limits.SortedSetMaxValue || _listpack.Size > MaxCompactSize)
                return false;
            _listpack.Add(source.Member);
            AddScore(source.Score);
        }

        return true;
    }

    /// <summary>Whole numbers as integers, in the range in which Redis does so; -0 would lose its sign.</summary>
    private void AddScore(double score)
    {
        const double largestInteger = long.MaxValue / 2;
        if (Math.Abs(score) <= largestInteger && (long)score == score && !(score == 0 && double.IsNegative(score)))
        {
            _listpack.Add((long)score);
            return;
        }

        Span<byte> text = stackalloc byte[ScoreText.MaxLength];
        _listpack.Add(text[..ScoreText.Format(text, score)]);
    }

    private bool TryPackHash<TSource>(ref TSource source)
        where TSource : IElementSource, allows ref struct
    {
        if (source.Count > _limits.HashMaxEntries)
            return false;
        _listpack.Clear();
        source.Reset();
        while (source.MoveNext())
        {
            var (field, value) = (source.Member.Length, source.Value.Length);
            if (field > _limits.HashMaxValue || value > _limits.HashMaxValue || _listpack.Size > MaxCompactSize)
                return false;
            _listpack.Add(source.Member);
            _listpack.Add(source.Value);
        }

        return true;
    }

    /// <returns>Whether any field has a time to live.</returns>
    private bool FindEarliest<TSource>(ref TSource source)
        where TSource : IElementSource, allows ref struct
    {
        _earliest = long.MaxValue;
        if (!source.HasExpiringFields)
            return false;
        source.Reset();
        while (source.MoveNext())
        {
            if (source.ExpireAtMs != Keyspace.NoExpiry)
                _earliest = Math.Min(_earliest, source.ExpireAtMs);
        }

        return _earliest != long.MaxValue;
    }

    private void WriteList<TSource>(ref TSource source, IRdbOutput output)
        where TSource : IElementSource, allows ref struct
    {
        output.PutLength((ulong)CountNodes(ref source));
        _listpack.Clear();
        source.Reset();
        while (source.MoveNext())
        {
            var element = source.Member;
            if (element.Length > _limits.ListNodeMaxBytes)
            {
                WriteNode(output);
                output.PutLength(ListNode.Plain);
                output.PutString(element, _compress);
                output.EndPiece();
                continue;
            }

            if (!HasRoom(_listpack.Count, _listpack.Size, element.Length))
                WriteNode(output);
            _listpack.Add(element);
        }

        WriteNode(output);
    }

    /// <summary>How many nodes <see cref="WriteList"/> will write: the number comes before the first of them.</summary>
    private long CountNodes<TSource>(ref TSource source)
        where TSource : IElementSource, allows ref struct
    {
        long nodes = 0;
        int count = 0, size = ListpackReader.HeaderSize + 1;
        source.Reset();
        while (source.MoveNext())
        {
            var element = source.Member;
            var isPlain = element.Length > _limits.ListNodeMaxBytes;
            if (count > 0 && (isPlain || !HasRoom(count, size, element.Length)))
            {
                nodes++;
                (count, size) = (0, ListpackReader.HeaderSize + 1);
            }

            if (isPlain)
            {
                nodes++;
                continue;
            }

            count++;
            size += ListpackWriter.SizeOf(element);
        }

        return count > 0 ? nodes + 1 : nodes;
    }

    private bool HasRoom(int count, int size, int length) =>
        count == 0
        || (count < _limits.ListNodeMaxElements && size + length + ElementOverhead <= _limits.ListNodeMaxBytes);

    private void WriteNode(IRdbOutput output)
    {
        if (_listpack.Count == 0)
            return;
        output.PutLength(ListNode.Packed);
        output.PutString(_listpack.Complete(), _compress);
        output.EndPiece();
        _listpack.Clear();
    }
}
