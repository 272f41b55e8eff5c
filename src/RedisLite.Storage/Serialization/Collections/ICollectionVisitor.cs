using RedisLite.Storage.Serialization.Streams;
using RedisLite.Storage.Values;

namespace RedisLite.Storage.Serialization.Collections;

/// <summary>Work that is the same for collections of all types, once each knows how to give its elements.</summary>
public interface ICollectionVisitor
{
    /// <summary>A list, set, sorted set or hash.</summary>
    /// <param name="key">Its key, if it has one.</param>
    /// <param name="type">What it is.</param>
    /// <param name="elements">All of it.</param>
    void Visit<TSource>(scoped ReadOnlySpan<byte> key, EntryType type, ref TSource elements)
        where TSource : IElementSource, allows ref struct;

    /// <summary>A stream.</summary>
    /// <param name="key">Its key, if it has one.</param>
    /// <param name="stream">All of it.</param>
    void VisitStream<TSource>(scoped ReadOnlySpan<byte> key, ref TSource stream)
        where TSource : IStreamSource, allows ref struct;
}

/// <summary>Opens collections for reading; the one place that tells their types apart.</summary>
public static class CollectionVisits
{
    /// <summary>Lets a visitor read a collection, which nobody may change meanwhile.</summary>
    public static void Accept<TVisitor>(
        this HeldCollection collection, scoped ReadOnlySpan<byte> key, ref TVisitor visitor)
        where TVisitor : ICollectionVisitor
    {
        // A copy of the struct is the same reference, which stays its owner's.
        switch (collection.Type)
        {
            case EntryType.List:
                var list = new ListSource(collection.List);
                visitor.Visit(key, EntryType.List, ref list);
                break;
            case EntryType.Set:
                var set = new SetSource(collection.Set);
                visitor.Visit(key, EntryType.Set, ref set);
                break;
            case EntryType.SortedSet:
                var sortedSet = new SortedSetSource(collection.SortedSet);
                visitor.Visit(key, EntryType.SortedSet, ref sortedSet);
                break;
            case EntryType.Hash:
                var hash = new HashSource(collection.Hash);
                visitor.Visit(key, EntryType.Hash, ref hash);
                break;
            case EntryType.Stream:
                var stream = new StreamSource(collection.Stream);
                visitor.VisitStream(key, ref stream);
                break;
            default:
                throw new ArgumentException($"A {collection.Type} is no collection.", nameof(collection));
        }
    }
}
