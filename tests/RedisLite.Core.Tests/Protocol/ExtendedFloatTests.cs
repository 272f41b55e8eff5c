using System.Numerics;
using System.Text;
using CsCheck;
using RedisLite.Protocol;

namespace RedisLite.Core.Tests.Protocol;

/// <summary>The expectations are replies of INCRBYFLOAT on redis-server 7.0.15 (x86-64).</summary>
public sealed class ExtendedFloatTests
{
    [Theory]
    [InlineData("10.5", "0.1", "10.6")]
    [InlineData("5.0e3", "2.0e2", "5200")]
    [InlineData("0.1", "0.2", "0.3")]
    [InlineData("3", "1.1", "4.1")]
    [InlineData("1e17", "0.5", "100000000000000000.5")]
    [InlineData("1e19", "0.5", "10000000000000000000")]
    [InlineData("1e20", "1", "100000000000000000000")]
    [InlineData("0.1", "0.1", "0.2")]
    [InlineData("-0.1", "0.1", "0")]
    [InlineData("0", "-0.0000000000000000001", "0")]
    [InlineData("0", "0.000000000000000005", "0")]
    [InlineData("0", "0.000000000000000015", "0.00000000000000002")]
    [InlineData("0", "0.000000000000000025", "0.00000000000000002")]
    [InlineData("1", "-1", "0")]
    [InlineData("1e-4950", "0", "0")]
    [InlineData("0x10", "0x.8p1", "17")]
    [InlineData("0x1p-16445", "0", "0")]
    [InlineData("0x1.8p-16446", "0", "0")]
    [InlineData("3.0", "1", "4")]
    [InlineData("3.0e3", "200", "3200")]
    [InlineData("1.5", "1.5", "3")]
    [InlineData("0.3", "-0.1", "0.2")]
    [InlineData("1000000000000000000000", "0.1", "1000000000000000000000")]
    [InlineData("12345678901234567890", "1", "12345678901234567891")]
    [InlineData("18446744073709551615", "1", "18446744073709551616")]
    [InlineData("18446744073709551616", "1", "18446744073709551616")]
    [InlineData("18446744073709551617", "2", "18446744073709551618")]
    [InlineData("36893488147419103233", "1", "36893488147419103232")]
    [InlineData("9007199254740993", "0.5", "9007199254740993.5")]
    [InlineData("0.12345678901234567", "0", "0.12345678901234567")]
    [InlineData("0.123456789012345678", "0", "0.12345678901234568")]
    [InlineData("1.23456789012345678", "0", "1.23456789012345678")]
    [InlineData("100.123456789012345678", "0", "100.12345678901234568")]
    [InlineData("+1", "+2", "3")]
    [InlineData(".5", "5.", "5.5")]
    [InlineData("1.0000000000000000001", "0", "1")]
    [InlineData("2.1", "-1.1", "1")]
    [InlineData("1.1", "2.2", "3.3")]
    [InlineData("0.7", "0.1", "0.8")]
    [InlineData("4.35", "100", "104.35")]
    [InlineData("123456.789", "0.001", "123456.78999999999999915")]
    [InlineData("-3", "1.5", "-1.5")]
    [InlineData("1e-17", "1e-17", "0.00000000000000002")]
    [InlineData("5e-18", "0", "0")]
    [InlineData("-5e-18", "0", "0")]
    [InlineData("-6e-18", "0", "-0.00000000000000001")]
    [InlineData("0.5", "0x0.00000000000000008p0", "0.5")]
    [InlineData("99999999999999999.9", "0.1", "100000000000000000")]
    [InlineData("0.1", "-0.3", "-0.2")]
    [InlineData("1e400", "-1e400", "0")]
    [InlineData("1e10", "1e-10", "10000000000")]
    [InlineData("1e5", "1e-14", "100000.00000000000000711")]
    [InlineData("314159.26535897932", "-0.00000000000001", "314159.26535897932001262")]
    public void A_sum_is_that_of_INCRBYFLOAT(string left, string right, string sum)
    {
        Assert.Equal(sum, (Parsed(left) + Parsed(right)).ToString());
        Assert.Equal(sum, ExtendedFloat.Add(Parsed(right), Parsed(left)).ToString());
    }

    [Theory]
    [InlineData("1.18e4932", "1.18e4932")]
    [InlineData("inf", "1")]
    [InlineData("inf", "-inf")]
    [InlineData("-inf", "0")]
    [InlineData("infinity", "0")]
    public void A_sum_may_not_be_finite(string left, string right) =>
        Assert.False((Parsed(left) + Parsed(right)).IsFinite);

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1e")]
    [InlineData("nan")]
    [InlineData("1e4933")]
    [InlineData("1e-4951")]
    [InlineData("1e-4952")]
    [InlineData("0x1p16384")]
    [InlineData("0x1p-16446")]
    [InlineData("1e999999999999")]
    [InlineData("1e-999999999999")]
    public void Text_that_is_no_number_of_the_range_is_refused(string text) =>
        Assert.False(ExtendedFloat.TryParse(Wire.Bytes(text), out _));

    [Fact]
    public void The_largest_numbers_are_written_in_full()
    {
        var text = Parsed("1e4932").ToString();
        Assert.Equal(4933, text.Length);
        Assert.StartsWith("100000000000000000000601894938", text, StringComparison.Ordinal);
        Assert.EndsWith("1886622720", text, StringComparison.Ordinal);

        Span<byte> written = stackalloc byte[ExtendedFloat.MaxTextLength];
        Assert.Equal(ExtendedFloat.MaxTextLength, Parsed("-1e4932").Format(written));
        Assert.Equal("-" + text, Encoding.ASCII.GetString(written));
    }

    [Fact]
    public void Long_text_is_read_up_to_the_length_that_Redis_reads()
    {
        Assert.Equal("0.1", Parsed("0.1" + new string('0', 5116)).ToString());
        Assert.False(ExtendedFloat.TryParse(Wire.Bytes("0.1" + new string('0', 5117)), out _));
    }

    [Fact]
    public void A_number_that_is_not_finite_has_a_name()
    {
        Assert.Equal("inf", Parsed("inf").ToString());
        Assert.Equal("-inf", Parsed("-infinity").ToString());
        Assert.Equal("nan", (Parsed("inf") + Parsed("-inf")).ToString());
        Assert.Equal("nan", (Parsed("inf") + Parsed("-inf") + Parsed("1")).ToString());
    }

    [Fact]
    public void Sums_of_integers_of_63_bits_are_exact() =>
        Gen.Select(Gen.Long, Gen.Long).Sample((left, right) =>
        {
            var (first, second) = ((BigInteger)(left >> 1), (BigInteger)(right >> 1));
            return (Parsed($"{first}") + Parsed($"{second}")).ToString() == $"{first + second}";
        });

    [Fact]
    public void Sums_of_short_decimals_are_what_a_person_expects() =>
        Gen.Select(Gen.Int[-49_999, 49_999], Gen.Int[-49_999, 49_999]).Sample((left, right) =>
        {
            var (first, second) = (left / 1e4m, right / 1e4m);
            return (Parsed($"{first}") + Parsed($"{second}")).ToString() == $"{first + second:0.####}";
        });

    private static ExtendedFloat Parsed(string text)
    {
        Assert.True(ExtendedFloat.TryParse(Wire.Bytes(text), out var value));
        return value;
    }
}
