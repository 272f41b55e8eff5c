using CsCheck;
using RedisLite.Protocol;

namespace RedisLite.Core.Tests.Protocol;

/// <summary>What holds for any input.</summary>
public sealed class RequestParserProperties
{
    private static readonly Gen<byte[]> Argument = Gen.Frequency(
        (4, Gen.Byte.Array[0, 20]),
        (1, Gen.Byte.Array[90, 1100]));

    private static readonly Gen<byte[][]> Arguments = Argument.Array[1, 12];

    // What requests are made of, so that junk gets beyond its first byte.
    private static readonly string[] Pieces =
    [
        "\r\n", "\r", "\n", "*", "$", "*1\r\n", "*2\r\n", "*0\r\n", "$1\r\n", "$3\r\n", "$0\r\n", "abc\r\n", " ", "\"",
        "'", "\\", "\\x4", "-1", "0", "12", "\0", "PING\r\n", "*1\r\n$4\r\nPING\r\n",
    ];

    private static readonly Gen<byte[]> Junk = Gen.Frequency(
            (9, Gen.Int[0, Pieces.Length - 1].Select(i => Wire.Bytes(Pieces[i]))),
            (1, Gen.Byte.Array[0, 3]))
        .Array[0, 30].Select(pieces => pieces.SelectMany(b => b).ToArray());

    [Fact]
    public void What_is_encoded_is_parsed_however_it_is_cut() =>
        Gen.Select(Arguments.Array[0, 6], Gen.Double[0, 1].Array[0, 8]).Sample((requests, cuts) =>
        {
            var input = requests.SelectMany(Wire.Request).ToArray();
            var expected = FedParser.Run(input, ProtocolLimits.Default, false);

            Assert.Equal(expected, FedParser.Run(input, ProtocolLimits.Default, false, Offsets(cuts, input)));
            AssertParsesTo(requests, input);
        }, iter: 500);

    [Fact]
    public void Junk_is_parsed_in_the_same_way_however_it_is_cut() =>
        Gen.Select(Junk, Gen.Double[0, 1].Array[0, 8]).Sample((input, cuts) =>
        {
            var limits = new ProtocolLimits { MaxInlineLength = 20 };
            var expected = FedParser.Run(input, limits, false);

            Assert.Equal(expected, FedParser.Run(input, limits, false, Offsets(cuts, input)));
            Assert.Equal(expected, FedParser.Run(input, limits, false, [.. Enumerable.Range(0, input.Length)]));
        }, iter: 5000);

    [Fact]
    public void Random_bytes_never_throw() =>
        Gen.Byte.Array[0, 400].Sample(input => { FedParser.Run(input, ProtocolLimits.Default, false); }, iter: 5000);

    [Fact]
    public void A_quoted_argument_is_parsed_to_its_bytes() =>
        Gen.Byte.Array[0, 40].Array[1, 5].Sample(arguments =>
        {
            var words = arguments.Select(a => $"\"{string.Concat(a.Select(b => $"\\x{b:x2}"))}\"");
            AssertParsesTo([arguments], Wire.Bytes(string.Join(' ', words) + "\r\n"));
        }, iter: 1000);

    private static int[] Offsets(double[] cuts, byte[] input) => [.. cuts.Select(c => (int)(c * input.Length)).Order()];

    private static void AssertParsesTo(byte[][][] requests, byte[] input)
    {
        var batch = new RequestBatch();
        var result = new RequestParser(ProtocolLimits.Default).Parse(input, batch, int.MaxValue);

        Assert.Equal(new ParseResult(input.Length, ParseStatus.NeedMore, default, 0), result);
        Assert.Equal(requests.Length, batch.Count);
        for (var i = 0; i < requests.Length; i++)
        {
            var parsed = batch[i];
            Assert.Equal(requests[i].Length, parsed.Count);
            for (var j = 0; j < parsed.Count; j++)
                Assert.Equal(requests[i][j], parsed[j]);
        }
    }
}
