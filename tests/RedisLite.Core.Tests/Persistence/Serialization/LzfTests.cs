using System.Text;
using CsCheck;
using RedisLite.Storage.Serialization;

namespace RedisLite.Core.Tests.Persistence.Serialization;

public sealed class LzfTests
{
    /// <summary>Bytes from few letters in repeated pieces, so that there is something to compress.</summary>
    private static readonly Gen<byte[]> Compressible =
        from piece in Gen.Byte[97, 101].Array[1, 40]
        from parts in Gen.OneOf(Gen.Const(piece), Gen.Byte[97, 110].Array[0, 30]).Array[0, 60]
        select parts.SelectMany(part => part).ToArray();

    [Fact]
    public void What_was_compressed_comes_back() =>
        Gen.OneOf(Compressible, Gen.Byte.Array[0, 2000]).Sample(input => Assert.Equal(input, RoundTrip(input)));

    [Theory]
    [InlineData(3)]
    [InlineData(33)]
    [InlineData(264)]
    [InlineData(265)]
    [InlineData(8192)]
    [InlineData(8193)]
    public void Repeats_at_the_limits_of_the_format_come_back(int distance)
    {
        var random = new Random(distance);
        var piece = new byte[distance];
        random.NextBytes(piece);
        byte[] input = [.. piece, .. piece, .. piece];
        Assert.Equal(input, RoundTrip(input));
    }

    [Fact]
    public void A_long_run_takes_a_hundredth()
    {
        var block = new byte[1000];
        var size = Lzf.Compress(new byte[80_000], block);
        Assert.InRange(size, 1, 80_000 / 85);
    }

    [Fact]
    public void Noise_does_not_fit_into_less_than_itself()
    {
        var noise = new byte[500];
        new Random(7).NextBytes(noise);
        Assert.Equal(0, Lzf.Compress(noise, new byte[496]));
    }

    [Fact]
    public void An_earlier_input_leaves_no_trace()
    {
        var input = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("abcdefgh-12345;", 20)));
        var expected = Compress(input);
        Compress(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("gh-12345;abcdef", 50))));
        Assert.Equal(expected, Compress(input));
    }

    /// <summary>The checksum is that of what LibLZF 3.6 makes of the same inputs.</summary>
    [Fact]
    public void Blocks_are_those_of_LibLZF_whatever_length_the_last_match_has()
    {
        var checksum = 0UL;
        for (var length = 1; length <= 600; length++)
        {
            foreach (var period in new[] { 1, 5, 26 })
            {
                var input = Enumerable.Range(0, length).Select(i => (byte)('a' + (i % period))).ToArray();
                var block = new byte[length];
                checksum = Crc64.Append(checksum, block.AsSpan(0, Lzf.Compress(input, block)));
            }
        }

        Assert.Equal(0x74a40869eb07ee5fUL, checksum);
    }

    [Fact]
    public void The_size_of_the_output_is_a_limit_that_holds() =>
        Gen.Select(Compressible, Gen.Int[0, 200]).Sample((input, limit) =>
        {
            var guarded = new byte[limit + 16];
            var size = Lzf.Compress(input, guarded.AsSpan(0, limit));
            Assert.InRange(size, 0, limit);
            Assert.All(guarded[limit..], value => Assert.Equal(0, value));
        });

    [Fact]
    public void Any_bytes_are_safe_to_decompress() =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[0, 2000]).Sample((block, length) =>
        {
            var guarded = new byte[length + 300];
            Lzf.TryDecompress(block, guarded.AsSpan(0, length));
            Assert.All(guarded[length..], value => Assert.Equal(0, value));
        });

    [Fact]
    public void A_damaged_block_is_safe_to_decompress() =>
        Gen.Select(Compressible, Gen.Int, Gen.Byte).Sample((input, at, value) =>
        {
            var block = Compress(input);
            if (block.Length == 0)
                return;
            block[(at & int.MaxValue) % block.Length] = value;
            Lzf.TryDecompress(block, new byte[input.Length]);
        });

    [Theory]
    [InlineData("0561", 6)] // literal run longer than the block
    [InlineData("0061", 0)] // no room for the literal
    [InlineData("20", 3)] // copy without its offset
    [InlineData("E0", 9)] // long copy without its length
    [InlineData("E000", 9)] // long copy without its offset
    [InlineData("006120FF", 4)] // copy from before the start
    [InlineData("00612000", 3)] // copy beyond the end
    [InlineData("00612000", 5)] // fewer bytes than were asked for
    public void A_malformed_block_is_refused(string block, int length) =>
        Assert.False(Lzf.TryDecompress(Convert.FromHexString(block), new byte[length]));

    [Fact]
    public void A_block_cannot_claim_more_than_the_format_can_hold()
    {
        Assert.True(Lzf.CanHold(3, 264));
        Assert.False(Lzf.CanHold(5, 1_000_000_000));
        Assert.False(Lzf.CanHold(0, 1));
        Assert.False(Lzf.CanHold(1, 0));
    }

    private static byte[] Compress(byte[] input)
    {
        var block = new byte[input.Length + 100];
        return block[..Lzf.Compress(input, block)];
    }

    private static byte[] RoundTrip(byte[] input)
    {
        // Literals cost one byte in 32, so this always fits.
        var block = new byte[input.Length + (input.Length / 32) + 8];
        var size = Lzf.Compress(input, block);
        if (input.Length == 0)
            return [];
        Assert.True(Lzf.CanHold(size, input.Length));
        var output = new byte[input.Length];
        Assert.True(Lzf.TryDecompress(block.AsSpan(0, size), output));
        return output;
    }
}
