using System.Globalization;
using RedisLite.Configuration.Hocon;

namespace RedisLite.Configuration;

/// <summary>How the values of one type of directive are checked and shown; Redis's rules and Redis's words.</summary>
/// <remarks>
/// A value's <em>canonical</em> text is what CONFIG GET shows. The rules, and the error texts that CONFIG SET sends,
/// are those of redis-server 7.0.15; a test compares them with one.
/// </remarks>
internal abstract class DirectiveKind
{
    /// <summary>What a valid value looks like, to follow "expected" in an error line at start.</summary>
    public abstract string Expected { get; }

    /// <summary>One value is several words, and a line of redis.conf has them unquoted.</summary>
    public virtual bool IsMultiArgument => false;

    /// <summary>Checks a value and brings it into its canonical form.</summary>
    /// <param name="words">The value's words; one, unless <see cref="IsMultiArgument"/>.</param>
    /// <param name="current">The canonical value in force, which a value may change in part.</param>
    /// <param name="canonical">The value as CONFIG GET shows it.</param>
    /// <returns>null, or the reason in Redis's words.</returns>
    public abstract string? Normalize(IReadOnlyList<string> words, string current, out string canonical);

    /// <summary>The values of the lines that set this canonical value in redis.conf.</summary>
    public virtual IReadOnlyList<string> ConfLines(string canonical) => [canonical];
}

/// <summary>yes or no.</summary>
internal sealed class YesNoKind : DirectiveKind
{
    /// <summary>Why yes is refused; null when it is not.</summary>
    public string? YesRefusal { get; init; }

    public override string Expected => "yes or no";

    public override string? Normalize(IReadOnlyList<string> words, string current, out string canonical)
    {
        canonical = words[0].ToLowerInvariant();
        return canonical is not ("yes" or "no") ? "argument must be 'yes' or 'no'"
            : canonical == "yes" ? YesRefusal
            : null;
    }
}

/// <summary>A whole number in a range.</summary>
internal sealed class IntegerKind(Int128 min, Int128 max) : DirectiveKind
{
    /// <summary>Redis takes any value of the range and uses one of this part of it.</summary>
    public (long Min, long Max)? Clamp { get; init; }

    public override string Expected => $"a whole number from {min} to {max}";

    public override string? Normalize(IReadOnlyList<string> words, string current, out string canonical)
    {
        canonical = words[0];
        // As strict as Redis: no blanks, no plus sign, no leading zeros.
        if (!long.TryParse(canonical, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            || number.ToString(CultureInfo.InvariantCulture) != canonical)
        {
            return "argument couldn't be parsed into an integer";
        }

        if (number < min || number > max)
            return $"argument must be between {min} and {max} inclusive";
        if (Clamp is { } clamp)
            canonical = Math.Clamp(number, clamp.Min, clamp.Max).ToString(CultureInfo.InvariantCulture);
        return null;
    }
}

/// <summary>A number of bytes with an optional unit; shown in bytes.</summary>
internal sealed class MemoryKind(Int128 min, Int128 max) : DirectiveKind
{
    /// <summary>Redis takes any value of the range and uses no less than this.</summary>
    public Int128 AtLeast { get; init; }

    /// <summary>Also a percentage of <c>maxmemory</c>.</summary>
    public bool OrPercent { get; init; }

    public override string Expected =>
        OrPercent ? "a size such as 64mb, or a percentage such as 5%"
        : min > 0 && min <= long.MaxValue ? $"a size of at least {SizeText.Format((long)min)}, such as 64mb"
        : "a size such as 64mb";

    public override string? Normalize(IReadOnlyList<string> words, string current, out string canonical)
    {
        canonical = words[0];
        if (OrPercent && canonical.EndsWith('%')
            && uint.TryParse(canonical.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var percent))
        {
            canonical = percent == 0 ? "0" : $"{percent}%";
            return percent > 100 ? "percentage argument must be less or equal to 100" : null;
        }

        if (!TryParse(canonical, out var bytes))
            return OrPercent ? "argument must be a memory or percent value" : "argument must be a memory value";
        canonical = Int128.Max(bytes, AtLeast).ToString(CultureInfo.InvariantCulture);
        return bytes < min || bytes > max ? $"argument must be between {min} and {max} inclusive" : null;
    }

    public override IReadOnlyList<string> ConfLines(string canonical) =>
        [long.TryParse(canonical, CultureInfo.InvariantCulture, out var bytes) ? SizeText.Format(bytes) : canonical];

    // Redis takes a missing number for 0 and a number that is too large for the largest.
    private static bool TryParse(string text, out Int128 bytes)
    {
        var digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            digits++;
        bytes = 0;
        if (text.Any(char.IsWhiteSpace) || !SizeText.TryParse("1" + text[digits..], out var unit))
            return false;
        if (digits > 0)
        {
            bytes = Int128.TryParse(text.AsSpan(0, digits), CultureInfo.InvariantCulture, out var number)
                ? Int128.Min(number, ulong.MaxValue) * unit
                : ulong.MaxValue;
        }

        bytes = Int128.Min(bytes, ulong.MaxValue);
        return true;
    }
}

/// <summary>A number written in octal.</summary>
internal sealed class OctalKind(int max) : DirectiveKind
{
    public override string Expected => $"an octal number up to {Convert.ToString(max, 8)}";

    public override string? Normalize(IReadOnlyList<string> words, string current, out string canonical)
    {
        canonical = words[0];
        if (canonical.Length is 0 or > 10 || canonical.Any(c => c is < '0' or > '7'))
            return "argument couldn't be parsed as an octal number";
        var number = Convert.ToInt32(canonical, 8);
        canonical = Convert.ToString(number, 8);
        return number > max ? $"argument must be between 0 and {Convert.ToString(max, 8)} inclusive" : null;
    }
}

/// <summary>One of several names, in any letter case.</summary>
internal sealed class ChoiceKind(params string[] names) : DirectiveKind
{
    public override string Expected => "one of " + string.Join(", ", names);

    public override string? Normalize(IReadOnlyList<string> words, string current, out string canonical)
    {
        canonical = names.FirstOrDefault(name => name.Equals(words[0], StringComparison.OrdinalIgnoreCase)) ?? "";
        return canonical.Length > 0 ? null : "argument(s) must be one of the following: " + string.Join(", ", names);
    }
}

/// <summary>Any text that a rule does not refuse.</summary>
/// <param name="refusal">The reason why a text is refused, or null; none by default.</param>
internal sealed class TextKind(Func<string, string?>? refusal = null) : DirectiveKind
{
    /// <summary>What a text that is not refused looks like.</summary>
    public string Looks { get; init; } = "a text";

    public override string Expected => Looks;

    public override string? Normalize(IReadOnlyList<string> words, string current, out string canonical)
    {
        canonical = words[0];
        return refusal?.Invoke(canonical);
    }

    public override IReadOnlyList<string> ConfLines(string canonical) => [ConfText.Quote(canonical)];
}
