using System.Globalization;
using RedisLite.Commands.Server;
using RedisLite.Configuration.Hocon;

namespace RedisLite.Configuration;

/// <summary><c>save</c>: pairs of seconds and changes.</summary>
internal sealed class SaveKind : DirectiveKind
{
    public override string Expected => "pairs of seconds and changes, such as 3600 1 300 100, or an empty text";

    public override bool IsMultiArgument => true;

    public override string? Normalize(IReadOnlyList<string> words, string current, out string canonical)
    {
        canonical = "";
        if (words is [""])
            return null;
        var numbers = new List<long>();
        foreach (var word in words)
        {
            // Redis reads these with strtoll: a sign and leading zeros pass, and nothing is 0.
            if (!long.TryParse(word.Length == 0
                ? "0" : word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                || number < (numbers.Count % 2 == 0 ? 1 : 0) || (numbers.Count % 2 == 1 && number > int.MaxValue))
            {
                return "Invalid save parameters";
            }

            numbers.Add(number);
        }

        canonical = string.Join(' ', numbers);
        return numbers.Count % 2 == 0 ? null : "Invalid save parameters";
    }

    public override IReadOnlyList<string> ConfLines(string canonical) => canonical.Length == 0
        ? ["\"\""]
        : [.. canonical.Split(' ').Chunk(2).Select(pair => string.Join(' ', pair))];
}

/// <summary><c>client-output-buffer-limit</c>: a class of clients and three numbers, any number of times.</summary>
internal sealed class OutputBufferLimitsKind : DirectiveKind
{
    private static readonly string[] Classes = ["normal", "slave", "pubsub"];

    public override string Expected =>
        "a class (normal, replica or pubsub), a hard limit, a soft limit and seconds, such as pubsub 32mb 8mb 60";

    public override bool IsMultiArgument => true;

    /// <summary>The limits in a canonical text, in the order of <see cref="ClientClass"/>.</summary>
    public static OutputBufferLimit[] Parse(string canonical) =>
    [
        .. canonical.Split(' ').Chunk(4).Select(words => SpecialText.ParseLimit(words[1], words[2], words[3])!.Value),
    ];

    public static string Format(IReadOnlyList<OutputBufferLimit> limits) => string.Join(
        ' ', limits.Select((limit, i) => $"{Classes[i]} {limit.HardBytes} {limit.SoftBytes} {limit.SoftSeconds}"));

    /// <summary>The class of that name, or null; <c>slave</c> and <c>replica</c> are one.</summary>
    public static ClientClass? Class(string name) => name.ToLowerInvariant() switch
    {
        "normal" => ClientClass.Normal,
        "slave" or "replica" => ClientClass.Replica,
        "pubsub" => ClientClass.PubSub,
        _ => null,
    };

    public override string? Normalize(IReadOnlyList<string> words, string current, out string canonical)
    {
        canonical = current;
        if (words is [""])
            return null;
        if (words.Count % 4 != 0)
            return "Wrong number of arguments in buffer limit configuration.";
        var limits = Parse(current);
        for (var i = 0; i < words.Count; i += 4)
        {
            if (Class(words[i]) is not { } clients)
                return "Invalid client class specified in buffer limit configuration.";
            if (SpecialText.ParseLimit(words[i + 1], words[i + 2], words[i + 3]) is not { } limit)
                return "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
            limits[(int)clients] = limit;
        }

        canonical = Format(limits);
        return null;
    }

    public override IReadOnlyList<string> ConfLines(string canonical) =>
    [
        .. Parse(canonical).Select((limit, i) =>
            $"{Classes[i].Replace("slave", "replica")} {SizeText.Format(limit.HardBytes)} "
            + $"{SizeText.Format(limit.SoftBytes)} {limit.SoftSeconds}"),
    ];
}

/// <summary><c>notify-keyspace-events</c>: letters.</summary>
internal sealed class KeyspaceEventsKind : DirectiveKind
{
    public override string Expected => "letters out of Ag$lshzxeKEtmdn";

    public override string? Normalize(IReadOnlyList<string> words, string current, out string canonical)
    {
        var valid = KeyspaceEventsText.TryParse(words[0], out var events);
        canonical = KeyspaceEventsText.Format(events);
        return valid ? null : "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
    }

    public override IReadOnlyList<string> ConfLines(string canonical) => [ConfText.Quote(canonical)];
}

/// <summary><c>bind</c>: addresses.</summary>
internal sealed class BindKind : DirectiveKind
{
    private const int MaxAddresses = 16;

    public override string Expected => "IP addresses or host names";

    public override bool IsMultiArgument => true;

    public override string? Normalize(IReadOnlyList<string> words, string current, out string canonical)
    {
        canonical = string.Join(' ', words);
        return words.Count > MaxAddresses ? "Too many bind addresses specified." : null;
    }
}

/// <summary><c>port</c>: a number, or <c>random</c>, for which Redis has no word.</summary>
internal sealed class ListenPortKind : DirectiveKind
{
    public const string Random = "random";

    public override string Expected => "a whole number from 0 to 65535, or random";

    public static string Format(int port) =>
        port == NetworkSettings.RandomPort ? Random : port.ToString(CultureInfo.InvariantCulture);

    public override string? Normalize(IReadOnlyList<string> words, string current, out string canonical)
    {
        if (words[0] != Random)
            return DirectiveKinds.Port.Normalize(words, current, out canonical);
        canonical = Random;
        return null;
    }
}

/// <summary><c>latency-tracking-info-percentiles</c>: numbers up to 100.</summary>
internal sealed class PercentilesKind : DirectiveKind
{
    public override string Expected => "numbers from 0 to 100";

    public override bool IsMultiArgument => true;

    public static IReadOnlyList<double> Parse(string canonical) =>
        [.. canonical.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(
            word => double.Parse(word, CultureInfo.InvariantCulture))];

    public override string? Normalize(IReadOnlyList<string> words, string current, out string canonical)
    {
        canonical = "";
        if (words is [""])
            return null;
        var numbers = new List<string>();
        foreach (var word in words)
        {
            if (!double.TryParse(
                word, NumberStyles.Float & ~NumberStyles.AllowLeadingWhite & ~NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture, out var number)
                || double.IsNaN(number))
            {
                return "Invalid latency-tracking-info-percentiles parameters";
            }

            if (number is < 0 or > 100)
                return "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]";
            // Six decimals, as Redis prints them.
            numbers.Add(number.ToString("0.######", CultureInfo.InvariantCulture));
        }

        canonical = string.Join(' ', numbers);
        return null;
    }

    public override IReadOnlyList<string> ConfLines(string canonical) => [canonical.Length == 0 ? "\"\"" : canonical];
}

/// <summary><c>oom-score-adj-values</c>: three numbers.</summary>
internal sealed class OomScoresKind : DirectiveKind
{
    public override string Expected => "three numbers from -2000 to 2000";

    public override bool IsMultiArgument => true;

    public override string? Normalize(IReadOnlyList<string> words, string current, out string canonical)
    {
        canonical = current;
        if (words.Count != 3)
            return "wrong number of arguments";
        var numbers = new List<long>();
        foreach (var word in words)
        {
            if (!long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                || number is < -2000 or > 2000)
            {
                return "Invalid oom-score-adj-values, elements must be between -2000 and 2000.";
            }

            numbers.Add(number);
        }

        canonical = string.Join(' ', numbers);
        return null;
    }
}

/// <summary><c>shutdown-on-sigint</c> and <c>-sigterm</c>: default, or several of the others.</summary>
internal sealed class ShutdownFlagsKind : DirectiveKind
{
    private static readonly string[] Names = ["default", "save", "nosave", "now", "force"];

    public override string Expected => "default, or any of save, nosave, now and force";

    public override bool IsMultiArgument => true;

    public override string? Normalize(IReadOnlyList<string> words, string current, out string canonical)
    {
        canonical = current;
        var flags = words.Select(word => word.ToLowerInvariant()).ToHashSet();
        if (!flags.IsSubsetOf(Names))
            return "argument(s) must be one of the following: " + string.Join(", ", Names);
        if (flags.IsSupersetOf(["save", "nosave"]))
            return "shutdown options SAVE and NOSAVE can't be used simultaneously";
        if (flags.Count > 1)
            flags.Remove("default");
        canonical = string.Join(' ', Names.Where(flags.Contains));
        return null;
    }
}

/// <summary><c>replicaof</c>: a host and a port, or <c>no one</c>.</summary>
internal sealed class ReplicaOfKind : DirectiveKind
{
    public override string Expected => "a host and a port, or no one";

    public override bool IsMultiArgument => true;

    public override string? Normalize(IReadOnlyList<string> words, string current, out string canonical)
    {
        canonical = "";
        if (words is [""])
            return null; // as it was made of "no one"
        if (words.Count != 2)
            return "wrong number of arguments";
        if (words[0].Equals("no", StringComparison.OrdinalIgnoreCase)
            && words[1].Equals("one", StringComparison.OrdinalIgnoreCase))
            return null;
        canonical = string.Join(' ', words);
        return ushort.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? null : "Invalid master port";
    }
}
