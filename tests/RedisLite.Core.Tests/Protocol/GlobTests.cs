using CsCheck;
using RedisLite.Protocol;

namespace RedisLite.Core.Tests.Protocol;

/// <summary>The expectations are KEYS of redis-server 7.0.15, and CONFIG GET where case is ignored.</summary>
public sealed class GlobTests
{
    [Theory]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("a", "", false)]
    [InlineData("*", "", false)]
    [InlineData("**", "", false)]
    [InlineData("*", "a", true)]
    [InlineData("**", "a", true)]
    [InlineData("abc", "abc", true)]
    [InlineData("abc", "abd", false)]
    [InlineData("abc", "abcd", false)]
    [InlineData("abcd", "abc", false)]
    [InlineData("ABC", "abc", false)]
    [InlineData("h?llo", "hello", true)]
    [InlineData("h?llo", "hllo", false)]
    [InlineData("h*llo", "hllo", true)]
    [InlineData("h*llo", "heeeello", true)]
    [InlineData("h*llo", "heeeell", false)]
    [InlineData("*llo*", "hello", true)]
    [InlineData("a*", "a", true)]
    [InlineData("a**", "a", true)]
    [InlineData("a*?", "a", false)]
    [InlineData("*a*b*", "xxaxxbxx", true)]
    [InlineData("*a*b", "ab ab abc", false)]
    [InlineData("*aab", "aaaaab", true)]
    [InlineData("user:*:name", "user:1:name:name", true)]
    [InlineData("h[ae]llo", "hallo", true)]
    [InlineData("h[ae]llo", "hillo", false)]
    [InlineData("h[^e]llo", "hallo", true)]
    [InlineData("h[^e]llo", "hello", false)]
    [InlineData("h[a-c]llo", "hbllo", true)]
    [InlineData("h[a-c]llo", "hdllo", false)]
    [InlineData("h[c-a]llo", "hbllo", true)]
    [InlineData("[^a-c]", "b", false)]
    [InlineData("[^a-c]", "d", true)]
    [InlineData("[a-]", "a", true)]
    [InlineData("[a-]", "-", false)]
    [InlineData("[a-]", "^", true)]
    [InlineData("[a-", "-", true)]
    [InlineData("[a-", "a", true)]
    [InlineData("[abc", "c", true)]
    [InlineData("[abc", "d", false)]
    [InlineData("[", "[", false)]
    [InlineData("[^", "x", true)]
    [InlineData("[]", "]", false)]
    [InlineData("[]a]", "a]", false)]
    [InlineData("[^]", "x", true)]
    [InlineData("[\\]]", "]", true)]
    [InlineData("[\\-a]", "-", true)]
    [InlineData("[a\\-c]", "b", false)]
    [InlineData("[\\", "\\", true)]
    [InlineData("[*]", "*", true)]
    [InlineData("[*]", "x", false)]
    [InlineData("\\*", "*", true)]
    [InlineData("\\*", "x", false)]
    [InlineData("\\a", "a", true)]
    [InlineData("a\\", "a\\", true)]
    [InlineData("\\\\", "\\", true)]
    [InlineData("\\[a]", "[a]", true)]
    [InlineData("[\x01-\xff]", "\0", true)]
    [InlineData("[\x01-\xff]", "a", false)]
    [InlineData("[\x80-\xff]", "\xc3", true)]
    public void A_pattern_matches_as_in_KEYS(string pattern, string text, bool matches) =>
        Assert.Equal(matches, Glob.IsMatch(Wire.Bytes(pattern), Wire.Bytes(text)));

    [Theory]
    [InlineData("POR[T]", "port", true)]
    [InlineData("P?r*", "port", true)]
    [InlineData("[P]ort", "port", true)]
    [InlineData("[^P]ort", "port", false)]
    [InlineData("[A-Z]ort", "port", true)]
    [InlineData("[a-Z]ort", "port", false)]
    [InlineData("[\\P]ort", "port", false)]
    [InlineData("[\\p]ort", "port", true)]
    [InlineData("\\PORT*", "port", true)]
    [InlineData("[@-`]ort", "port", false)]
    public void Case_is_ignored_as_in_CONFIG_GET(string pattern, string text, bool matches) =>
        Assert.Equal(matches, Glob.IsMatch(Wire.Bytes(pattern), Wire.Bytes(text), ignoreCase: true));

    [Theory]
    [InlineData("*", true)]
    [InlineData("**", false)]
    [InlineData("", false)]
    [InlineData("a", false)]
    public void Only_a_single_star_stands_for_no_pattern(string pattern, bool everything) =>
        Assert.Equal(everything, Glob.MatchesEverything(Wire.Bytes(pattern)));

    [Theory]
    [InlineData(1000, true)]
    [InlineData(1001, false)]
    public void As_many_stars_match_as_Redis_recurses(int stars, bool matches)
    {
        var pattern = Wire.Bytes(string.Concat(Enumerable.Repeat("*a", stars)));

        Assert.Equal(matches, Glob.IsMatch(pattern, Wire.Bytes(new string('a', stars))));
    }

    [Fact]
    public void Many_stars_that_do_not_match_take_no_exponential_time()
    {
        var pattern = Wire.Bytes(string.Concat(Enumerable.Repeat("a*", 500)) + "b");

        Assert.False(Glob.IsMatch(pattern, Wire.Bytes(new string('a', 2000))));
    }

    [Fact]
    public void A_pattern_of_stars_and_letters_matches_as_the_naive_recursion_says() =>
        Gen.Select(Gen.Char["ab*?"].Array[0, 8], Gen.Char["ab"].Array[1, 10]).Sample(
            (pattern, text) =>
                Glob.IsMatch(Wire.Bytes(new(pattern)), Wire.Bytes(new(text))) == MatchesNaively(pattern, text),
            iter: 5000);

    [Fact]
    public void A_pattern_with_classes_matches_as_Redis_s_own_recursion_says() =>
        Gen.Select(Gen.Char[@"abAB[]^-\*?"].Array[0, 12], Gen.Char["abAB]-\\\u00e4"].Array[1, 4], Gen.Bool).Sample(
            (pattern, text, ignoreCase) =>
                Glob.IsMatch(Wire.Bytes(new(pattern)), Wire.Bytes(new(text)), ignoreCase)
                == GlobModel.IsMatch(Wire.Bytes(new(pattern)), Wire.Bytes(new(text)), ignoreCase),
            iter: 20000);

    private static bool MatchesNaively(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        if (pattern.IsEmpty)
            return text.IsEmpty;
        if (pattern[0] == '*')
            return MatchesNaively(pattern[1..], text) || (!text.IsEmpty && MatchesNaively(pattern, text[1..]));
        return !text.IsEmpty && (pattern[0] == '?' || pattern[0] == text[0]) && MatchesNaively(pattern[1..], text[1..]);
    }
}
