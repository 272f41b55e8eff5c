using System.Runtime.CompilerServices;
using RedisLite.Storage.Serialization.Packed;

namespace RedisLite.Storage.Serialization.Collections;

/// <summary>Decodes sorted sets: text scores, binary scores, ziplists and listpacks.</summary>
internal static class SortedSetDecoder
{
    // Lengths of a score as text that stand for no text.
    private const byte NotANumber = 253;
    private const byte PlusInfinity = 254;
    private const byte MinusInfinity = 255;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool Decode<TSource>(ref TSource source, RdbType type, IValueSink sink, DecodeBuffers buffers)
        where TSource : IRdbSource, allows ref struct
    {
        switch (type)
        {
            case RdbType.SortedSetZiplist:
                var ziplist = new ZiplistReader(buffers.See(source.ReadString("a sorted set")));
                sink.Begin(EntryType.SortedSet, (ulong)ziplist.CountHint / 2);
                return AddPairs(ref ziplist, sink, buffers);
            case RdbType.SortedSetListpack:
                var listpack = new ListpackReader(buffers.See(source.ReadString("a sorted set")));
                sink.Begin(EntryType.SortedSet, (ulong)listpack.CountHint / 2);
                return AddPairs(ref listpack, sink, buffers);
        }

        var count = source.ReadLength("a number of members");
        sink.Begin(EntryType.SortedSet, count);
        for (var left = count; left > 0; left--)
        {
            var member = buffers.Keep(source.ReadString("a member"));
            var score = type == RdbType.SortedSet
                ? ReadTextScore(ref source)
                : BitConverter.UInt64BitsToDouble(source.ReadUInt64("a score"));
            Add(sink, member, score);
        }

        return count > 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool AddPairs<TReader>(ref TReader reader, IValueSink sink, DecodeBuffers buffers)
        where TReader : IPackedReader, allows ref struct
    {
        var hasAny = false;
        while (reader.TryRead(out var member))
        {
            if (!reader.TryRead(out var score))
                throw new MalformedValueException("a sorted set holds a member without a score");
            var number = score.IsInteger ? score.Integer : ParseScore(score.Bytes(buffers.Second));
            Add(sink, member.Bytes(buffers.First), number);
            hasAny = true;
        }

        return hasAny;
    }

    private static double ReadTextScore<TSource>(ref TSource source)
        where TSource : IRdbSource, allows ref struct
    {
        var length = source.ReadByte("a score");
        return length switch
        {
            NotANumber => double.NaN,
            PlusInfinity => double.PositiveInfinity,
            MinusInfinity => double.NegativeInfinity,
            _ => ParseScore(source.ReadBytes(length, "a score")),
        };
    }

    private static double ParseScore(ReadOnlySpan<byte> text) =>
        ScoreText.TryParse(text, out var score)
            ? score
            : throw new MalformedValueException("a score is text that is no number");

    private static void Add(IValueSink sink, ReadOnlySpan<byte> member, double score)
    {
        if (double.IsNaN(score))
            throw new MalformedValueException("a score is not a number");
        if (!sink.AddScored(member, score))
            throw new MalformedValueException("a sorted set holds a member twice");
    }
}
