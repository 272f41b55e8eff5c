using System.Buffers;
using System.Text;
using CsCheck;
using RedisLite.Storage.Serialization;

namespace RedisLite.Core.Tests.Persistence.Serialization;

public sealed class RdbEncodingTests
{
    [Theory]
    [InlineData(0UL, "00")]
    [InlineData(63UL, "3F")]
    [InlineData(64UL, "4040")]
    [InlineData(16383UL, "7FFF")]
    [InlineData(16384UL, "8000004000")]
    [InlineData(4294967295UL, "80FFFFFFFF")]
    [InlineData(4294967296UL, "810000000100000000")]
    [InlineData(ulong.MaxValue, "81FFFFFFFFFFFFFFFF")]
    public void A_length_takes_its_shortest_form(ulong length, string expected)
    {
        var bytes = new byte[RdbEncoding.MaxLengthSize];
        var size = RdbEncoding.WriteLength(bytes, length);
        Assert.Equal(expected, Convert.ToHexString(bytes, 0, size));
        Assert.Equal(OperationStatus.Done, RdbEncoding.ReadLength(bytes.AsSpan(0, size), out var read));
        Assert.Equal(new RdbLength(length, IsEncoding: false, size), read);
    }

    [Theory]
    [InlineData("", OperationStatus.NeedMoreData)]
    [InlineData("40", OperationStatus.NeedMoreData)]
    [InlineData("80000000", OperationStatus.NeedMoreData)]
    [InlineData("8100000000000000", OperationStatus.NeedMoreData)]
    [InlineData("82000000000000000000", OperationStatus.InvalidData)]
    [InlineData("BF000000000000000000", OperationStatus.InvalidData)]
    public void A_length_cut_short_is_told_from_a_wrong_one(string bytes, OperationStatus expected) =>
        Assert.Equal(expected, RdbEncoding.ReadLength(Convert.FromHexString(bytes), out _));

    [Theory]
    [InlineData("0", "C000")]
    [InlineData("-128", "C080")]
    [InlineData("127", "C07F")]
    [InlineData("128", "C18000")]
    [InlineData("-32768", "C10080")]
    [InlineData("32768", "C200800000")]
    [InlineData("-2147483648", "C200000080")]
    [InlineData("2147483648", "0A32313437343833363438")]
    [InlineData("007", "03303037")]
    [InlineData("+7", "022B37")]
    [InlineData("-0", "022D30")]
    [InlineData("7 ", "023720")]
    [InlineData("7x", "023778")]
    [InlineData("-", "012D")]
    [InlineData("", "00")]
    public void Only_the_exact_text_of_an_integer_is_stored_as_one(string text, string expected) =>
        Assert.Equal(expected, Convert.ToHexString(Write(Encoding.ASCII.GetBytes(text), compress: true)));

    [Theory]
    [InlineData(20, false)]
    [InlineData(21, true)]
    public void Compression_starts_above_twenty_bytes(int length, bool compressed) =>
        Assert.Equal(compressed, Write(new byte[length], compress: true)[0] == 0xc3);

    [Fact]
    public void Compression_can_be_turned_off() => Assert.Equal(102, Write(new byte[100], compress: false).Length);

    [Fact]
    public void What_was_written_is_read() =>
        Gen.Select(
            Gen.OneOf(
                Gen.Byte.Array[0, 100],
                Gen.Byte[48, 50].Array[0, 300],
                Gen.Int.Select(number => Encoding.ASCII.GetBytes(number.ToString())),
                Gen.Byte[97, 99].Array[300, 400], Gen.Const(new byte[16_384])),
            Gen.Bool)
        .Sample((value, compress) =>
        {
            byte[] stored = [.. Write(value, compress), 1, 2, 3];
            Assert.True(RdbEncoding.TryReadString(stored, out var read, out var size));
            Assert.Equal(stored.Length - 3, size);
            Assert.Equal(value.Length, read.Length);
            var copy = new byte[read.Length];
            Assert.True(read.TryCopyTo(copy));
            Assert.Equal(value, copy);
            Assert.True(!read.TryGetRaw(out var raw) || raw.SequenceEqual(value));
        });

    [Fact]
    public void A_string_cut_anywhere_is_refused()
    {
        foreach (var value in new byte[][] { [1, 2, 3], new byte[300], [.. "100000"u8], new byte[100] })
        {
            var stored = Write(value, compress: true);
            for (var length = 0; length < stored.Length; length++)
                Assert.False(RdbEncoding.TryReadString(stored.AsSpan(0, length), out _, out _));
        }
    }

    [Theory]
    [InlineData("81FFFFFFFFFFFFFFFF00")] // longer than anything
    [InlineData("80FFFFFFFF00")] // longer than what is there
    [InlineData("C301807FFFFFFF00")] // a one byte block of two gigabytes
    [InlineData("C38100000001000000010100")] // a block longer than what is there
    [InlineData("C3C00100")] // a length that is no length
    [InlineData("C4")] // an unknown encoding
    public void A_length_that_cannot_be_true_is_refused_before_anything_is_allocated(string stored) =>
        Assert.False(RdbEncoding.TryReadString(Convert.FromHexString(stored), out _, out _));

    [Fact]
    public void Any_bytes_are_safe_to_read() =>
        Gen.Byte.Array[0, 60].Sample(stored =>
        {
            if (RdbEncoding.TryReadString(stored, out var value, out var size))
            {
                Assert.InRange(size, 1, stored.Length);
                value.TryCopyTo(new byte[value.Length]);
            }
        });

    private static byte[] Write(byte[] value, bool compress)
    {
        var bytes = new byte[RdbEncoding.MaxStringSize(value.Length)];
        return bytes[..RdbEncoding.WriteString(bytes, value, compress)];
    }
}
