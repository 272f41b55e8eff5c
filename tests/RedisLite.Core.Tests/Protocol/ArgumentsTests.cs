using RedisLite.Protocol;

namespace RedisLite.Core.Tests.Protocol;

public sealed class ArgumentsTests
{
    private static readonly ArgumentSlice[] Slices = [new(0, 3), new(~1, 2), new(4, 0), new(4, 2)];

    [Fact]
    public void A_slice_refers_to_the_input_or_to_the_scratch_space()
    {
        var arguments = new Arguments("SET 42"u8, Slices, "xyz"u8);

        Assert.Equal(4, arguments.Count);
        Assert.Equal("SET"u8.ToArray(), arguments[0]);
        Assert.Equal("yz"u8.ToArray(), arguments[1]);
        Assert.True(arguments[2].IsEmpty);
        Assert.True(arguments.TryGetInt64(3, out var integer));
        Assert.Equal(42, integer);
        Assert.True(arguments.TryGetDouble(3, out var number));
        Assert.Equal(42, number);
        Assert.False(arguments.TryGetInt64(0, out _));
        Assert.False(arguments.TryGetDouble(2, out _));
    }

    [Theory]
    [InlineData("nx", true)]
    [InlineData("Nx", true)]
    [InlineData("NX", true)]
    [InlineData("XX", false)]
    [InlineData("NXX", false)]
    [InlineData("N", false)]
    [InlineData("", false)]
    public void An_option_is_matched_in_any_letter_case(string text, bool matches)
    {
        var bytes = Wire.Bytes(text);

        Assert.Equal(matches, new Arguments(bytes, [new ArgumentSlice(0, bytes.Length)]).Is(0, "NX"u8));
    }

    [Fact]
    public void An_option_with_a_byte_beyond_ASCII_matches_nothing()
    {
        // A Kelvin sign or a dotless i must not pass for a letter.
        Assert.False(new Arguments([0xcb], [new ArgumentSlice(0, 1)]).Is(0, "K"u8));
        Assert.False(new Arguments([0x4b ^ 0x20, 0xff], [new ArgumentSlice(0, 2)]).Is(0, "K\0"u8));
    }
}
