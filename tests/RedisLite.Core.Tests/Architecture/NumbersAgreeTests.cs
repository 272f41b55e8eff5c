using CsCheck;
using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Serialization;

namespace RedisLite.Core.Tests.Architecture;

/// <summary>
/// Storage and Protocol know nothing of each other, so each reads and writes numbers by itself. They must do it alike:
/// what a command takes for a number is what a packed form stores as one.
/// </summary>
public sealed class NumbersAgreeTests
{
    private static readonly string[] Corners =
    [
        "", "-", "0", "-0", "00", "007", "+7", " 7", "7 ", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "-9223372036854775809", "18446744073709551616", "99999999999999999999",
    ];

    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Long.Select(number => $"{number}"),
        Gen.Char["0123456789-+. e"].Array[0, 22].Select(letters => new string(letters)),
        Gen.Int[0, Corners.Length - 1].Select(i => Corners[i]));

    [Fact]
    public void A_text_is_an_integer_for_both_or_for_neither() => Texts.Sample(text =>
    {
        var bytes = System.Text.Encoding.ASCII.GetBytes(text);
        var isInteger = RedisNumbers.TryParseInt64(bytes, out var expected);

        Assert.Equal(isInteger, IntegerText.TryParse(bytes, out var stored));
        Assert.Equal(isInteger, EntryTypes.EncodingOf(bytes) == StringEncoding.Int);
        if (isInteger)
            Assert.Equal(expected, stored);
    });

    [Fact]
    public void Integers_are_written_alike() => Gen.Long.Sample(number =>
    {
        Span<byte> ours = stackalloc byte[IntegerText.MaxLength];
        Span<byte> theirs = stackalloc byte[RedisNumbers.MaxInt64Length];
        Assert.True(
            ours[..IntegerText.Format(ours, number)].SequenceEqual(theirs[..RedisNumbers.FormatInt64(theirs, number)]));
    });

    [Fact]
    public void Scores_are_written_alike() => Gen.Double.Sample(number =>
    {
        Span<byte> ours = stackalloc byte[ScoreText.MaxLength];
        Span<byte> theirs = stackalloc byte[RedisNumbers.MaxDoubleLength];
        Assert.True(
            ours[..ScoreText.Format(ours, number)].SequenceEqual(theirs[..RedisNumbers.FormatDouble(theirs, number)]));
    });
}
