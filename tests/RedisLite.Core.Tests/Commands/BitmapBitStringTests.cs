using CsCheck;
using RedisLite.Commands.Bitmaps;

namespace RedisLite.Core.Tests.Commands;

/// <summary>The fast ways to look at bits agree with looking at one bit after the other.</summary>
public sealed class BitmapBitStringTests
{
    // Long runs of equal bytes are what the search skips.
    private static readonly Gen<byte[]> Bytes = Gen.OneOf<byte[]>(
        Gen.Byte.Array[1, 40],
        Gen.OneOf<byte>(0, 0, 0, 0, 0, 0, 0, 255, 16).Array[1, 300],
        Gen.OneOf<byte>(255, 255, 255, 255, 255, 255, 255, 0, 127).Array[1, 300]);

    private static readonly Gen<(byte[] Bytes, int First, int Last)> Range =
        Gen.Select(Bytes, Gen.Int, Gen.Int, (bytes, x, y) =>
        {
            var bits = bytes.Length * 8;
            var (first, last) = ((int)((uint)x % bits), (int)((uint)y % bits));
            return (bytes, Math.Min(first, last), Math.Max(first, last));
        });

    [Fact]
    public void Count_counts_each_one_in_the_range() =>
        Range.Sample(
            range => Assert.Equal(
                Enumerable.Range(range.First, range.Last - range.First + 1).Count(
                    bit => BitString.Get(range.Bytes, bit)),
                BitString.Count(range.Bytes, range.First, range.Last)),
            iter: 2000);

    [Fact]
    public void Index_is_that_of_the_first_such_bit_in_the_range() =>
        Gen.Select(Range, Gen.Bool).Sample(
            (range, value) => Assert.Equal(
                Enumerable.Range(range.First, range.Last - range.First + 1).Where(
                    bit => BitString.Get(range.Bytes, bit) == value).Append(-1).First(),
                BitString.IndexOf(range.Bytes, value, range.First, range.Last)),
            iter: 1500);

    [Fact]
    public void A_field_comes_back_as_it_was_set_and_its_neighbours_stay() =>
        Gen.Select(Gen.Byte.Array[20], Gen.Int[0, 90], Gen.Int[1, 64], Gen.ULong).Sample(
            (bytes, bit, width, value) =>
            {
                var changed = bytes.ToArray();
                BitString.SetField(changed, bit, width, value);
                Assert.Equal(value & (ulong.MaxValue >> (64 - width)), BitString.GetField(changed, bit, width));
                for (var other = 0; other < bytes.Length * 8; other++)
                    if (other < bit || other >= bit + width)
                        Assert.Equal(BitString.Get(bytes, other), BitString.Get(changed, other));
            },
            iter: 1500);

    [Fact]
    public void What_is_beyond_the_end_reads_as_zero()
    {
        Assert.Equal(0xFF00UL, BitString.GetField([0xFF], 0, 16));
        Assert.Equal(0UL, BitString.GetField([0xFF], 8, 64));
        Assert.Equal(1UL << 63, BitString.GetField([0x01], 7, 64));
        Assert.Equal(0UL, BitString.GetField([], long.MaxValue - 64, 64));
        Assert.False(BitString.Get([0xFF], 8));
        Assert.False(BitString.Get([], long.MaxValue));
    }

    [Fact]
    public void The_last_bit_of_a_string_beyond_two_gibibits_is_found()
    {
        // Positions of bits do not fit into 32 bits long before strings reach their limit.
        var bytes = new byte[300 * 1024 * 1024];
        bytes[^1] = 1;
        Assert.Equal((bytes.Length * 8L) - 1, BitString.IndexOf(bytes, true, 0, (bytes.Length * 8L) - 1));
        Assert.Equal(1, BitString.Count(bytes, 0, (bytes.Length * 8L) - 1));
    }
}
