using RedisLite.Storage.Serialization.Streams;
using RedisLite.Storage.Values;

namespace RedisLite.Storage.Serialization.Collections;

/// <summary>DUMP payloads and digests of collections.</summary>
public static class CollectionDumps
{
    /// <summary>Serializes a collection as DUMP does.</summary>
    public static void Write(RdbBuffer buffer, HeldCollection collection, EncodingLimits limits, bool compress)
    {
        using var encoder = new ValueEncoder(limits, compress);
        using var streamEncoder = new StreamEncoder(limits, compress);
        var visitor = new DumpVisitor(buffer, encoder, streamEncoder);
        collection.Accept(default, ref visitor);
    }

    /// <summary>Serializes a list, set, sorted set or hash.</summary>
    public static void Write<TSource>(RdbBuffer buffer, EntryType type, ref TSource elements, ValueEncoder encoder)
        where TSource : IElementSource, allows ref struct
    {
        var form = encoder.Choose(type, ref elements);
        DumpPayload.Begin(buffer, form);
        encoder.Write(form, ref elements, buffer);
        DumpPayload.End(buffer);
    }

    /// <summary>Serializes a stream.</summary>
    public static void WriteStream<TSource>(RdbBuffer buffer, ref TSource stream, StreamEncoder encoder)
        where TSource : IStreamSource, allows ref struct
    {
        DumpPayload.Begin(buffer, StreamEncoder.Type);
        encoder.Write(ref stream, buffer);
        DumpPayload.End(buffer);
    }

    /// <summary>Adds a key that holds a collection to a digest.</summary>
    public static void Add(
        this DatasetDigest digest, int database, ReadOnlySpan<byte> key, HeldCollection collection, long expireAtMs)
    {
        var visitor = new DatasetVisitor(digest, database, expireAtMs);
        collection.Accept(key, ref visitor);
    }

    /// <summary>The digest of one collection, as <c>DEBUG DIGEST-VALUE</c> gives it.</summary>
    public static byte[] Digest(HeldCollection collection, bool expires)
    {
        var visitor = new ValueVisitor(expires);
        collection.Accept(default, ref visitor);
        return visitor.Digest;
    }

    private readonly struct DumpVisitor(RdbBuffer buffer, ValueEncoder encoder, StreamEncoder streamEncoder)
        : ICollectionVisitor
    {
        public void Visit<TSource>(scoped ReadOnlySpan<byte> key, EntryType type, ref TSource elements)
            where TSource : IElementSource, allows ref struct =>
            Write(buffer, type, ref elements, encoder);

        public void VisitStream<TSource>(scoped ReadOnlySpan<byte> key, ref TSource stream)
            where TSource : IStreamSource, allows ref struct =>
            WriteStream(buffer, ref stream, streamEncoder);
    }

    private readonly struct DatasetVisitor(DatasetDigest digest, int database, long expireAtMs)
        : ICollectionVisitor
    {
        public void Visit<TSource>(scoped ReadOnlySpan<byte> key, EntryType type, ref TSource elements)
            where TSource : IElementSource, allows ref struct =>
            digest.AddCollection(database, key, type, ref elements, expireAtMs);

        public void VisitStream<TSource>(scoped ReadOnlySpan<byte> key, ref TSource stream)
            where TSource : IStreamSource, allows ref struct =>
            digest.AddStream(database, key, ref stream, expireAtMs);
    }

    private struct ValueVisitor(bool expires) : ICollectionVisitor
    {
        public byte[] Digest { get; private set; } = [];

        public void Visit<TSource>(scoped ReadOnlySpan<byte> key, EntryType type, ref TSource elements)
            where TSource : IElementSource, allows ref struct =>
            Digest = DatasetDigest.OfCollection(type, ref elements, expires);

        public void VisitStream<TSource>(scoped ReadOnlySpan<byte> key, ref TSource stream)
            where TSource : IStreamSource, allows ref struct =>
            Digest = DatasetDigest.OfStream(ref stream, expires);
    }
}
