using CsCheck;
using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Serialization;
using RedisLite.Storage.Serialization.Collections;
using RedisLite.Storage.Values;

namespace RedisLite.Core.Tests.Persistence.Serialization;

public sealed class ValueEncoderTests
{
    private static readonly Gen<string> Member = Gen.OneOf(
        Gen.Long.Select(number => $"{number}"),
        Gen.Int[-5000, 5000].Select(number => $"{number}"),
        Gen.Char['\0', '\xff'].Array[0, 70].Select(text => new string(text)),
        Gen.Char['a', 'c'].Array[0, 2].Select(text => new string(text)));

    private static readonly Gen<EncodingLimits> Limits = Gen.Select(
        Gen.Int[-5, 5], Gen.Int[0, 20], Gen.Int[0, 80], Gen.Int[0, 300])
        .Select((nodes, entries, value, bytes) => new EncodingLimits
        {
            ListNodeSize = nodes,
            HashMaxEntries = entries,
            SortedSetMaxEntries = entries,
            SetMaxIntegers = entries,
            HashMaxValue = value,
            SortedSetMaxValue = value,
            StreamNodeMaxBytes = bytes,
            StreamNodeMaxEntries = entries,
        });

    [Fact]
    public void What_was_encoded_is_decoded()
    {
        var lists = Member.Array[1, 60].Select(members => new ModelValue(EntryType.List, members));
        var sets = Gen.OneOf(Member, Gen.Int.Select(number => $"{number}")).Array[1, 40]
            .Select(members => new ModelValue(EntryType.Set, members.Distinct()));
        var sortedSets = Gen.Select(Member, Gen.Double).Array[1, 40].Select(pairs => ModelValue.SortedSet(
            pairs.DistinctBy(pair => pair.Item1).Select(
                pair => (pair.Item1, double.IsNaN(pair.Item2) ? 0 : pair.Item2))));
        var hashes = Gen.Select(Member, Member).Array[1, 40].Select(
            pairs => ModelValue.Hash(pairs.DistinctBy(pair => pair.Item1)));
        Gen.Select(Gen.OneOf(lists, sets, sortedSets, hashes), Limits, Gen.Bool).Sample((value, limits, compress) =>
        {
            Assert.Equal(DumpStatus.Collection, DumpPayload.Open(value.Dump(limits, compress), out var dumped));
            var before = value.ToString();
            Assert.Equal(before, Damage.TryDecode(dumped.Type, dumped.Body)?.ToString());
        });
    }

    [Fact]
    public void Times_to_live_of_fields_are_written_where_there_are_any()
    {
        var times = Gen.OneOf(Gen.Const(Keyspace.NoExpiry), Gen.Long[0, 4_102_444_800_000]);
        Gen.Select(Member, Member, times).Array[1, 20].Sample(fields =>
        {
            var hash = new ModelValue(EntryType.Hash);
            foreach (var (field, value, time) in fields.DistinctBy(field => field.Item1))
                hash.Add(ModelValue.Latin1(field), ModelValue.Latin1(value), 0, time);
            DumpPayload.Open(hash.Dump(), out var dumped);
            Assert.Equal(hash.HasExpiringFields, dumped.Type == RdbType.HashMetadata);
            Assert.Equal(hash.ToString(), Damage.TryDecode(dumped.Type, dumped.Body)?.ToString());
        });
    }

    [Fact]
    public void Streams_are_decoded_as_they_were()
    {
        var fields = Gen.Select(Gen.OneOf(Gen.Const("f"), Member), Member).Array[0, 4];
        Gen.Select(fields.Array[0, 30], Gen.Int[0, 3].Array[30], Limits).Sample((entries, steps, limits) =>
        {
            var value = new ModelValue(EntryType.Stream);
            var id = new StreamId(ulong.MaxValue / 2, ulong.MaxValue - 20);
            for (var i = 0; i < entries.Length; i++)
            {
                id = steps[i] == 0 ? new StreamId(id.Milliseconds, id.Sequence + 1) : new StreamId(
                    id.Milliseconds + (ulong)steps[i], (ulong)i);
                value.Stream.Entries.Add(
                    (id, [.. entries[i].Select(
                        field => (ModelValue.Latin1(field.Item1), ModelValue.Latin1(field.Item2)))]));
            }

            var first = entries.Length > 0 ? value.Stream.Entries[0].Id : default;
            value.Stream.Totals = new StreamTotals((ulong)entries.Length, id, first, new(1, 2), ulong.MaxValue);
            value.Stream.Groups.Add(new ModelGroup([1], new(id, -1),
            [
                new([2], new(5, 5), [new(new(1, 1), 6, 7), new(new(3, 1), 8, 9)]),
                new([3], new(5, 5), [new(new(2, 1), 6, 7)]),
            ]));
            DumpPayload.Open(value.Dump(limits), out var dumped);
            Assert.Equal(value.ToString(), Damage.TryDecode(dumped.Type, dumped.Body)?.ToString());
        });
    }

    [Theory]
    [InlineData(EntryType.List, 3, 5, RdbType.ListQuicklist2)]
    [InlineData(EntryType.Set, 512, 5, RdbType.Set)]
    [InlineData(EntryType.Set, 512, 0, RdbType.SetIntset)]
    [InlineData(EntryType.Set, 513, 0, RdbType.Set)]
    [InlineData(EntryType.SortedSet, 128, 64, RdbType.SortedSetListpack)]
    [InlineData(EntryType.SortedSet, 129, 64, RdbType.SortedSet2)]
    [InlineData(EntryType.SortedSet, 1, 65, RdbType.SortedSet2)]
    [InlineData(EntryType.Hash, 512, 64, RdbType.HashListpack)]
    [InlineData(EntryType.Hash, 513, 64, RdbType.Hash)]
    [InlineData(EntryType.Hash, 1, 65, RdbType.Hash)]
    public void Forms_change_where_those_of_redis_do(EntryType type, int count, int length, RdbType expected)
    {
        var value = new ModelValue(type, Enumerable.Range(0, count).Select(i => $"{i}".PadLeft(length, 'x')));
        DumpPayload.Open(value.Dump(), out var dumped);
        Assert.Equal(expected, dumped.Type);
    }

    [Fact]
    public void No_piece_of_a_large_value_is_large()
    {
        var list = new ModelValue(EntryType.List, Enumerable.Range(0, 20_000).Select(i => $"element {i}"));
        list.Elements.Insert(777, new ModelElement(new byte[100_000], [], 0, Keyspace.NoExpiry));
        using var encoder = new ValueEncoder(EncodingLimits.Default, compress: false);
        using var output = new PieceMeter();
        var type = encoder.Choose(EntryType.List, ref list);
        encoder.Write(type, ref list, output);
        Assert.InRange(output.LongestPiece, 100_000, 100_100);
        Assert.InRange(output.Pieces, 30, 60);
    }

    [Theory]
    [InlineData(0.1, "0.10000000000000001")]
    [InlineData(-0.0, "-0")]
    [InlineData(3, "3")]
    [InlineData(1e17, "1e+17")]
    [InlineData(1.5e300, "1.5000000000000001e+300")]
    [InlineData(5e-324, "4.9406564584124654e-324")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00001, "1.0000000000000001e-05")]
    [InlineData(123456789.125, "123456789.125")]
    [InlineData(double.NegativeInfinity, "-inf")]
    public void Scores_are_written_as_c_does(double score, string text)
    {
        var written = new byte[ScoreText.MaxLength];
        Assert.Equal(text, System.Text.Encoding.ASCII.GetString(written, 0, ScoreText.Format(written, score)));
    }

    [Fact]
    public void Scores_are_text_as_in_the_protocol() => Gen.Double.Sample(score =>
    {
        var ours = new byte[ScoreText.MaxLength];
        var theirs = new byte[RedisNumbers.MaxDoubleLength];
        var length = ScoreText.Format(ours, score);
        Assert.Equal(theirs[..RedisNumbers.FormatDouble(theirs, score)], ours[..length]);
        Assert.Equal(!double.IsNaN(score), ScoreText.TryParse(ours.AsSpan(0, length), out var read));
        if (!double.IsNaN(score))
            Assert.Equal(BitConverter.DoubleToInt64Bits(score), BitConverter.DoubleToInt64Bits(read));
    });

    /// <summary>Forgets each piece when it ends, as a file does.</summary>
    private sealed class PieceMeter : IRdbOutput, IDisposable
    {
        private readonly RdbBuffer _piece = new(ModelValue.Memory);

        public int LongestPiece { get; private set; }

        public int Pieces { get; private set; }

        public void Advance(int count) => _piece.Advance(count);

        public Span<byte> GetSpan(int sizeHint) => _piece.GetSpan(sizeHint);

        public void EndPiece()
        {
            LongestPiece = Math.Max(LongestPiece, _piece.Length);
            Pieces++;
            _piece.Clear();
        }

        public void Dispose() => _piece.Dispose();
    }
}
