using System.Text;
using RedisLite.Storage;
using RedisLite.Storage.Serialization;
using RedisLite.Storage.Serialization.Collections;
using RedisLite.Storage.Serialization.Streams;
using RedisLite.Storage.Values;

namespace RedisLite.Core.Tests.Persistence.Serialization;

/// <summary>A list, set, sorted set or hash as simple as can be, which takes elements and gives them.</summary>
internal sealed class ModelValue : IValueSink, IElementSource
{
    /// <summary>Where tests serialize; holds no keys.</summary>
    public static readonly Databases Memory = new(new StorageOptions { StripeCount = 1, DatabaseCount = 1 });

    private readonly HashSet<string> _members = [];
    private int _at = -1;

    public ModelValue()
    {
    }

    public ModelValue(EntryType type, params IEnumerable<string> members)
    {
        Type = type;
        foreach (var member in members)
            Add(Latin1(member), [], 0, Keyspace.NoExpiry);
    }

    public EntryType Type { get; private set; }

    public List<ModelElement> Elements { get; } = [];

    public ModelStream Stream { get; } = new();

    public long Count => Elements.Count;

    public ReadOnlySpan<byte> Member => Elements[_at].Member;

    public ReadOnlySpan<byte> Value => Elements[_at].Value;

    public double Score => Elements[_at].Score;

    public long ExpireAtMs => Elements[_at].ExpireAtMs;

    public bool HasExpiringFields => Elements.Exists(element => element.ExpireAtMs != Keyspace.NoExpiry);

    public static ModelValue Hash(params IEnumerable<(string Field, string Value)> fields)
    {
        var hash = new ModelValue(EntryType.Hash);
        foreach (var (field, value) in fields)
            hash.Add(Latin1(field), Latin1(value), 0, Keyspace.NoExpiry);
        return hash;
    }

    public static ModelValue SortedSet(params IEnumerable<(string Member, double Score)> members)
    {
        var set = new ModelValue(EntryType.SortedSet);
        foreach (var (member, score) in members)
            set.Add(Latin1(member), [], score, Keyspace.NoExpiry);
        return set;
    }

    public bool MoveNext() => ++_at < Elements.Count;

    public void Reset()
    {
        _at = -1;
        if (Type == EntryType.SortedSet)
            Elements.Sort((a, b) => a.Score != b.Score
                ? a.Score.CompareTo(b.Score) : a.Member.AsSpan().SequenceCompareTo(b.Member));
    }

    public void Begin(EntryType type, ulong count) => Type = type;

    public void AddElement(ReadOnlySpan<byte> element)
    {
        Assert.Equal(EntryType.List, Type);
        Elements.Add(new ModelElement(element.ToArray(), [], 0, Keyspace.NoExpiry));
    }

    public bool AddMember(ReadOnlySpan<byte> member) => Add(member, [], 0, Keyspace.NoExpiry);

    public bool AddScored(ReadOnlySpan<byte> member, double score)
    {
        Assert.False(double.IsNaN(score));
        return Add(member, [], score, Keyspace.NoExpiry);
    }

    public bool AddField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAtMs) =>
        Add(field, value, 0, expireAtMs);

    public void BeginEntry(StreamId id, int fields) => Stream.Entries.Add((id, []));

    public void AddEntryField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        Stream.Entries[^1].Fields.Add((name.ToArray(), value.ToArray()));

    public void SetTotals(in StreamTotals totals) => Stream.Totals = totals;

    public bool BeginGroup(ReadOnlySpan<byte> name, in StreamGroupState state)
    {
        Stream.Groups.Add(new ModelGroup(name.ToArray(), state, []));
        return Stream.Groups.DistinctBy(group => Latin1(group.Name)).Count() == Stream.Groups.Count;
    }

    public bool AddConsumer(ReadOnlySpan<byte> name, in StreamConsumerState state)
    {
        var consumers = Stream.Groups[^1].Consumers;
        consumers.Add(new ModelConsumer(name.ToArray(), state, []));
        return consumers.DistinctBy(consumer => Latin1(consumer.Name)).Count() == consumers.Count;
    }

    public void AddPending(int consumer, in StreamPendingEntry pending) =>
        Stream.Groups[^1].Consumers[consumer].Pending.Add(pending);

    public byte[] Digest(bool expires = false)
    {
        var (value, stream) = (this, Stream);
        return Type == EntryType.Stream
            ? DatasetDigest.OfStream(ref stream, expires)
            : DatasetDigest.OfCollection(Type, ref value, expires);
    }

    /// <summary>The value as DUMP gives it.</summary>
    public byte[] Dump(EncodingLimits? limits = null, bool compress = true)
    {
        using var buffer = new RdbBuffer(Memory);
        var (value, stream) = (this, Stream);
        limits ??= EncodingLimits.Default;
        if (Type == EntryType.Stream)
        {
            using var encoder = new StreamEncoder(limits, compress);
            CollectionDumps.WriteStream(buffer, ref stream, encoder);
        }
        else
        {
            using var encoder = new ValueEncoder(limits, compress);
            CollectionDumps.Write(buffer, Type, ref value, encoder);
        }

        return buffer.Written.ToArray();
    }

    /// <summary>Everything as text; the order of what has none does not count.</summary>
    public override string ToString()
    {
        var elements = Elements.Select(element => element.ToString());
        if (Type is EntryType.Set or EntryType.Hash or EntryType.SortedSet)
            elements = elements.Order(StringComparer.Ordinal);
        return $"{Type} {string.Join(' ', elements)}{(Type == EntryType.Stream ? Stream : null)}";
    }

    public static string Latin1(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    public static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);

    public bool Add(ReadOnlySpan<byte> member, ReadOnlySpan<byte> value, double score, long expireAtMs)
    {
        Elements.Add(new ModelElement(member.ToArray(), value.ToArray(), score, expireAtMs));
        return Type == EntryType.List || _members.Add(Encoding.Latin1.GetString(member));
    }
}

internal sealed record ModelElement(byte[] Member, byte[] Value, double Score, long ExpireAtMs)
{
    public override string ToString() =>
        $"{ModelValue.Latin1(Member)}={ModelValue.Latin1(Value)}/"
        + $"{BitConverter.DoubleToInt64Bits(Score):x}@{ExpireAtMs}";
}
