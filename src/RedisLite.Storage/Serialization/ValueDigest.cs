using System.Buffers.Binary;
using RedisLite.Storage.Keyspaces;

namespace RedisLite.Storage.Serialization;

/// <summary>What a value adds to a digest, type by type, as Redis's <c>xorObjectDigest</c> has it.</summary>
internal static class ValueDigest
{
    public static void MixType(scoped Span<byte> digest, EntryType type)
    {
        // The numbers of Redis's object types, where modules come before streams.
        var number = type switch
        {
            EntryType.String => 0,
            EntryType.List => 1,
            EntryType.Set => 2,
            EntryType.SortedSet => 3,
            EntryType.Hash => 4,
            EntryType.Stream => 6,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Values of this type have no digest."),
        };
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        DatasetDigest.Mix(digest, bytes);
    }

    public static void XorExpiry(scoped Span<byte> digest, bool expires)
    {
        if (expires)
            DatasetDigest.Xor(digest, "!!expire!!"u8);
    }

    public static void MixCollection<TSource>(
        scoped Span<byte> digest, EntryType type, ref TSource elements, bool expires)
        where TSource : IElementSource, allows ref struct
    {
        MixType(digest, type);
        elements.Reset();
        while (elements.MoveNext())
        {
            switch (type)
            {
                case EntryType.List:
                    DatasetDigest.Mix(digest, elements.Member);
                    break;
                case EntryType.Set:
                    DatasetDigest.Xor(digest, elements.Member);
                    break;
                case EntryType.SortedSet:
                    XorScored(digest, elements.Member, elements.Score);
                    break;
                default:
                    XorField(digest, elements.Member, elements.Value, elements.ExpireAtMs != Keyspace.NoExpiry);
                    break;
            }
        }

        XorExpiry(digest, expires);
    }

    public static void MixStream<TSource>(scoped Span<byte> digest, ref TSource stream, bool expires)
        where TSource : IStreamSource, allows ref struct
    {
        Span<byte> id = stackalloc byte[StreamId.MaxTextLength];
        MixType(digest, EntryType.Stream);
        stream.ResetEntries();
        while (stream.MoveNextEntry())
        {
            DatasetDigest.Mix(digest, id[..stream.EntryId.Format(id, separator: '.')]);
            while (stream.MoveNextField())
            {
                DatasetDigest.Mix(digest, stream.FieldName);
                DatasetDigest.Mix(digest, stream.FieldValue);
            }
        }

        XorExpiry(digest, expires);
    }

    private static void XorScored(scoped Span<byte> digest, ReadOnlySpan<byte> member, double score)
    {
        Span<byte> text = stackalloc byte[ScoreText.MaxLength];
        Span<byte> element = stackalloc byte[DatasetDigest.Size];
        element.Clear();
        DatasetDigest.Mix(element, member);
        DatasetDigest.Mix(element, text[..ScoreText.Format(text, score)]);
        DatasetDigest.Xor(digest, element);
    }

    private static void XorField(
        scoped Span<byte> digest, ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, bool expires)
    {
        Span<byte> element = stackalloc byte[DatasetDigest.Size];
        element.Clear();
        DatasetDigest.Mix(element, field);
        DatasetDigest.Mix(element, value);
        if (expires)
            DatasetDigest.Xor(element, "!!hexpire!!"u8); // since Redis 7.4
        DatasetDigest.Xor(digest, element);
    }
}
