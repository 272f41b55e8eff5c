using System.Globalization;
using System.Text;
using CsCheck;
using RedisLite.Protocol;

namespace RedisLite.Core.Tests.Protocol;

/// <summary>The doubles' expectations are what ZADD takes and ZSCORE replies on redis-server 7.0.15.</summary>
public sealed class RedisNumbersTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 1)]
    [InlineData("-1", -1)]
    [InlineData("10", 10)]
    [InlineData("1234567890123", 1234567890123)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-9223372036854775808", long.MinValue)]
    public void Canonical_text_is_an_integer(string text, long value)
    {
        Assert.True(RedisNumbers.TryParseInt64(Wire.Bytes(text), out var parsed));
        Assert.Equal(value, parsed);
        Assert.Equal(text, Int64Text(value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("01")]
    [InlineData("00")]
    [InlineData("-0")]
    [InlineData("-01")]
    [InlineData("1.0")]
    [InlineData("1e3")]
    [InlineData("0x1")]
    [InlineData("a")]
    [InlineData("1a")]
    [InlineData("--1")]
    [InlineData("1\0")]
    [InlineData("9223372036854775808")]
    [InlineData("-9223372036854775809")]
    [InlineData("18446744073709551615")]
    [InlineData("18446744073709551616")]
    [InlineData("18446744073709551626")]
    [InlineData("99999999999999999999")]
    [InlineData("-99999999999999999999")]
    [InlineData("100000000000000000000")]
    public void Any_other_text_is_no_integer(string text)
    {
        Assert.False(RedisNumbers.TryParseInt64(Wire.Bytes(text), out var value));
        Assert.Equal(0, value);
    }

    [Fact]
    public void Every_integer_is_read_as_it_is_written() =>
        Gen.Long.Sample(value =>
            RedisNumbers.TryParseInt64(Wire.Bytes(Int64Text(value)), out var read) && read == value);

    [Theory]
    [InlineData("17", "17")]
    [InlineData("3.0", "3")]
    [InlineData("+5", "5")]
    [InlineData(".5", "0.5")]
    [InlineData("5.", "5")]
    [InlineData("-2.5", "-2.5")]
    [InlineData("-0", "-0")]
    [InlineData("0.1", "0.10000000000000001")]
    [InlineData("0.0001", "0.0001")]
    [InlineData("0.00001", "1.0000000000000001e-05")]
    [InlineData("1.5e-7", "1.4999999999999999e-07")]
    [InlineData("3.141592653589793", "3.1415926535897931")]
    [InlineData("1234567.891", "1234567.8910000001")]
    [InlineData("1e16", "10000000000000000")]
    [InlineData("1e17", "1e+17")]
    [InlineData("99999999999999999", "1e+17")]
    [InlineData("123456789012345678", "1.2345678901234568e+17")]
    [InlineData("1e20", "1e+20")]
    [InlineData("1e100", "1e+100")]
    [InlineData("1e300", "1.0000000000000001e+300")]
    [InlineData("1.7976931348623157e308", "1.7976931348623157e+308")]
    [InlineData("17976931348623157081452742373170435e274", "1.7976931348623157e+308")]
    [InlineData("5e-324", "4.9406564584124654e-324")]
    [InlineData("2.4703282292062328e-324", "4.9406564584124654e-324")]
    [InlineData("1125899906842624.25", "1125899906842624.2")]
    [InlineData("1125899906842624.75", "1125899906842624.8")]
    [InlineData("1e0000000000000000000001", "10")]
    [InlineData("0e99999999999999999999", "0")]
    [InlineData("inf", "inf")]
    [InlineData("+inf", "inf")]
    [InlineData("-INF", "-inf")]
    [InlineData("iNfInItY", "inf")]
    [InlineData("0x10", "16")]
    [InlineData("0X1P+3", "8")]
    [InlineData("0x.8", "0.5")]
    [InlineData("-0x1p-3", "-0.125")]
    [InlineData("0x0p99999999999999", "0")]
    [InlineData("0x1.00000000000008p0", "1")]
    [InlineData("0x1.000000000000081p0", "1.0000000000000002")]
    [InlineData("0x1.00000000000018p0", "1.0000000000000004")]
    [InlineData("0x1.fffffffffffff7p1023", "1.7976931348623157e+308")]
    [InlineData("0x1p-1074", "4.9406564584124654e-324")]
    [InlineData("0x1.8p-1075", "4.9406564584124654e-324")]
    public void A_double_is_read_and_written_as_in_C(string text, string written)
    {
        Assert.True(RedisNumbers.TryParseDouble(Wire.Bytes(text), out var value));
        Assert.Equal(written, DoubleText(value));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("-")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1\0")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("e5")]
    [InlineData("++1")]
    [InlineData("+-1")]
    [InlineData("1.2.3")]
    [InlineData("1_0")]
    [InlineData("1,0")]
    [InlineData("1d5")]
    [InlineData("1p3")]
    [InlineData("0x")]
    [InlineData("0xg")]
    [InlineData("0x1p")]
    [InlineData("0x.")]
    [InlineData("nan")]
    [InlineData("NaN")]
    [InlineData("infi")]
    [InlineData("1e400")]
    [InlineData("1.7976931348623159e308")]
    [InlineData("1e99999999999999999999")]
    [InlineData("1e-400")]
    [InlineData("2e-324")]
    [InlineData("2.4703282292062327e-324")]
    [InlineData("0x1p1024")]
    [InlineData("0x1.fffffffffffff8p1023")]
    [InlineData("0x1p-1075")]
    [InlineData("0x1p99999999999999")]
    public void Any_other_text_is_no_double(string text) =>
        Assert.False(RedisNumbers.TryParseDouble(Wire.Bytes(text), out _));

    [Fact]
    public void NaN_is_written_without_its_sign() => Assert.Equal("nan", DoubleText(double.NaN));

    [Fact]
    public void Every_double_is_read_as_it_is_written() =>
        Gen.Double.Where(double.IsFinite).Sample(value =>
            RedisNumbers.TryParseDouble(Wire.Bytes(DoubleText(value)), out var read) && read.Equals(value));

    [Fact]
    public void Hexadecimal_text_is_the_same_double_as_its_decimal_text() =>
        Gen.Select(Gen.ULong, Gen.Int[-1100, 900]).Sample((mantissa, exponent) =>
        {
            var expected = Math.ScaleB((double)(mantissa >> 12), exponent);
            var isDouble = RedisNumbers.TryParseDouble(Wire.Bytes($"0x{mantissa >> 12:x}p{exponent}"), out var value);
            return isDouble ? value.Equals(expected) : !double.IsFinite(expected) || expected == 0;
        });

    [Fact]
    public void Random_text_is_the_double_that_the_runtime_reads() =>
        Gen.Char["0123456789.eExXpP+-infa "].Array[0, 12].Sample(text =>
        {
            var isDouble = RedisNumbers.TryParseDouble(Wire.Bytes(new(text)), out var value);
            var isDecimal = double.TryParse(new string(text), NumberStyles.Float & ~NumberStyles.AllowLeadingWhite
                & ~NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var expected);
            return !isDecimal || !double.IsNormal(expected) || (isDouble && value.Equals(expected));
        }, iter: 20_000);

    private static string Int64Text(long value)
    {
        Span<byte> text = stackalloc byte[RedisNumbers.MaxInt64Length];
        return Encoding.ASCII.GetString(text[..RedisNumbers.FormatInt64(text, value)]);
    }

    private static string DoubleText(double value)
    {
        Span<byte> text = stackalloc byte[RedisNumbers.MaxDoubleLength];
        return Encoding.ASCII.GetString(text[..RedisNumbers.FormatDouble(text, value)]);
    }
}
