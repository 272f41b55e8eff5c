using CsCheck;
using RedisLite.Storage.Serialization;

namespace RedisLite.Core.Tests.Persistence.Serialization;

public sealed class Crc64Tests
{
    [Fact]
    public void The_check_value_is_that_of_the_Jones_polynomial() =>
        Assert.Equal(0xe9c6d914c4b8d9ca, Crc64.Compute("123456789"u8));

    [Fact]
    public void Nothing_has_checksum_zero() => Assert.Equal(0UL, Crc64.Compute([]));

    [Fact]
    public void Every_length_agrees_with_the_definition() =>
        Gen.Byte.Array[0, 100].Sample(data => Crc64.Compute(data) == BitByBit(data));

    [Fact]
    public void Parts_give_what_the_whole_gives() =>
        Gen.Select(Gen.Byte.Array[0, 100], Gen.Byte.Array[0, 100]).Sample((head, tail) =>
            Crc64.Append(Crc64.Compute(head), tail) == Crc64.Compute([.. head, .. tail]));

    /// <summary>The polynomial's definition, shifting left over reflected bytes.</summary>
    private static ulong BitByBit(byte[] data)
    {
        const ulong polynomial = 0xad93d23594c935a9;
        var crc = 0UL;
        foreach (var value in data)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var carry = (crc >> 63) ^ (((ulong)value >> bit) & 1);
                crc = (crc << 1) ^ (carry * polynomial);
            }
        }

        var reflected = 0UL;
        for (var bit = 0; bit < 64; bit++)
            reflected |= ((crc >> bit) & 1) << (63 - bit);
        return reflected;
    }
}
