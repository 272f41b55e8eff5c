using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace RedisLite.EndToEnd.Tests.Differential;

/// <summary>Reads the files under <c>Scripts</c>.</summary>
/// <remarks>
/// One step a line:
///
///     # a comment
///     @resp3                              the script is played in RESP3 only (or @resp2); default both
///     @only redislite                     no oracle knows these commands; every step needs an expected reply
///     SET key "va\x00lue"                 a command, words and quotes as redis-cli reads them
///     SET big @repeat(ab,1000)            an argument of 2,000 bytes
///     CLIENT KILL ID @id(c2)              what CLIENT ID says on that connection; @addr(c2) is its address
///     c2: SUBSCRIBE news                  the same on another connection, opened at its first use
///     c2: @read                           the next message
///     c2: ~sorted @read 3                 the next three, in any order
///     @send GET key                       without reading the reply; @reply reads it
///     @blocked 2                          waits until two clients are blocked
///     @closed                             the server closes the connection
///     @disconnect                         the client closes it, and the server has seen it when the step ends; the
///     next use opens a new one
///     @scan MATCH k* COUNT 2              a whole SCAN, its keys sorted and without doubles
///     ~sorted KEYS *                      how to compare: ~exact ~sorted ~shape ~approximate ~keys ~monitor
///     ~differs OBJECT FREQ k              RedisLite differs on purpose; an expected reply must follow
///     = :1                                the reply the step before must have, besides being the oracle's
/// </remarks>
internal static partial class ScriptParser
{
    public static Script Parse(string name, string text)
    {
        var steps = new List<ScriptStep>();
        List<int> protocols = [2, 3];
        var onlyRedisLite = false;
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd('\r').Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            switch (line)
            {
                case "@resp2": protocols = [2]; continue;
                case "@resp3": protocols = [3]; continue;
                case "@only redislite": onlyRedisLite = true; continue;
            }

            if (line.StartsWith("= ", StringComparison.Ordinal))
                steps[^1] = steps[^1] with { Expected = [.. steps[^1].Expected, line[2..].Trim()] };
            else
                steps.Add(ParseStep(i + 1, line, name));
        }

        RequireWaitsForTheBlocked(name, steps);
        return new Script(name, protocols, onlyRedisLite, steps);
    }

    // Requests of two connections run in any order. A script that goes on before a client is seen to wait is a race.
    private static void RequireWaitsForTheBlocked(string name, List<ScriptStep> steps)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            if (steps[i].Kind != StepKind.Send || !Blocks(steps[i]))
                continue;
            var next = steps.Skip(i + 1).FirstOrDefault(
                step => step.Kind != StepKind.Send || step.Connection != steps[i].Connection);
            if (next is not { Kind: StepKind.Blocked })
                throw new FormatException($"{name}:{steps[i].Line}: @blocked must follow {steps[i].Command}");
        }
    }

    private static bool Blocks(ScriptStep step) =>
        step.Command is "BLPOP" or "BRPOP" or "BLMOVE" or "BRPOPLPUSH" or "BLMPOP" or "BZPOPMIN"
            or "BZPOPMAX" or "BZMPOP"
        || (step.Command is "XREAD" or "XREADGROUP"
            && Enumerable.Range(1, step.Arguments.Count - 1).Any(i => step.UpperArgument(i) == "BLOCK"));

    /// <summary>Splits a line into arguments as redis-cli does: quotes, <c>\xHH</c> and the usual escapes.</summary>
    /// <exception cref="FormatException">A quote is not closed.</exception>
    public static IReadOnlyList<byte[]> SplitArguments(string line)
    {
        var arguments = new List<byte[]>();
        var position = 0;
        while (true)
        {
            while (position < line.Length && line[position] == ' ')
                position++;
            if (position == line.Length)
                return arguments;
            arguments.Add(ReadArgument(line, ref position));
        }
    }

    private static ScriptStep ParseStep(int number, string line, string name)
    {
        var connection = "c1";
        var comparison = Comparison.Default;
        var kind = StepKind.Call;
        if (ConnectionPrefix().Match(line) is { Success: true } prefix)
        {
            connection = prefix.Groups[1].Value;
            line = line[prefix.Length..].TrimStart();
        }

        if (line[0] == '~')
        {
            var word = TakeWord(ref line);
            if (!Enum.TryParse(word[1..], ignoreCase: true, out comparison))
                throw new FormatException($"{name}:{number}: no such comparison: {word}");
        }

        if (line[0] == '@')
        {
            var word = TakeWord(ref line);
            if (!Enum.TryParse(word[1..], ignoreCase: true, out kind))
                throw new FormatException($"{name}:{number}: no such step: {word}");
        }

        try
        {
            return new ScriptStep(number, connection, kind, SplitArguments(line), comparison, []);
        }
        catch (FormatException e)
        {
            throw new FormatException($"{name}:{number}: {e.Message}", e);
        }
    }

    private static string TakeWord(ref string line)
    {
        var end = line.IndexOf(' ', StringComparison.Ordinal);
        var word = end < 0 ? line : line[..end];
        line = end < 0 ? "" : line[end..].TrimStart();
        return word;
    }

    private static byte[] ReadArgument(string line, ref int position)
    {
        if (RepeatedArgument().Match(line, position) is { Success: true } repeat)
        {
            position += repeat.Length;
            var unit = SplitArguments(repeat.Groups[1].Value) is [var only] ? only : [];
            var times = int.Parse(repeat.Groups[2].Value, CultureInfo.InvariantCulture);
            return [.. Enumerable.Repeat(unit, times).SelectMany(bytes => bytes)];
        }

        var argument = new List<byte>();
        var quote = line[position] is '"' or '\'' ? line[position++] : ' ';
        while (position < line.Length && line[position] != quote)
        {
            if (quote == '"' && line[position] == '\\')
                argument.Add(ReadEscape(line, ref position));
            else
                argument.AddRange(Encoding.UTF8.GetBytes([line[position++]]));
        }

        if (quote != ' ' && position++ == line.Length)
            throw new FormatException("a quote is not closed");
        return [.. argument];
    }

    private static byte ReadEscape(string line, ref int position)
    {
        var escape = line[position + 1];
        position += 2;
        switch (escape)
        {
            case 'n': return (byte)'\n';
            case 'r': return (byte)'\r';
            case 't': return (byte)'\t';
            case 'b': return (byte)'\b';
            case 'a': return 7;
            case 'x':
                position += 2;
                return byte.Parse(line.AsSpan(position - 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            default: return (byte)escape;
        }
    }

    [GeneratedRegex(@"^(c\d+):\s*")]
    private static partial Regex ConnectionPrefix();

    [GeneratedRegex(@"\G@repeat\(([^,]+),(\d+)\)")]
    private static partial Regex RepeatedArgument();
}
