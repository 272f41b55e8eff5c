using System.Collections.Immutable;
using RedisLite.Protocol;

namespace RedisLite.Commands;

/// <summary>How a command uses a key.</summary>
[Flags]
public enum KeyAccess
{
    /// <summary>The stripe is taken shared, and the key is neither read nor changed for the client (WATCH).</summary>
    None = 0,

    /// <summary>The stripe is taken shared.</summary>
    Read = 1,

    /// <summary>The stripe is taken exclusive.</summary>
    Write = 2,
    ReadWrite = Read | Write,
}

/// <summary>What a command does with a key's value, for <c>COMMAND INFO</c>; the names are Redis's.</summary>
[Flags]
public enum KeyUsage
{
    None = 0,

    /// <summary>The value is returned, copied, or decides what the reply is.</summary>
    Access = 1 << 0,

    /// <summary>The value, or something beside it such as its expiry, is changed.</summary>
    Update = 1 << 1,

    /// <summary>Data is added, and what was there stays.</summary>
    Insert = 1 << 2,

    /// <summary>Data is taken away.</summary>
    Delete = 1 << 3,

    /// <summary>The options of a request can make it less than is declared here; see COMMAND GETKEYSANDFLAGS.</summary>
    Variable = 1 << 4,

    /// <summary>A request may hold keys that this does not find (MIGRATE).</summary>
    Incomplete = 1 << 5,
}

/// <summary>
/// One item of <see cref="CommandAttribute.Keys"/>: positions of keys among the arguments, with their access.
/// </summary>
/// <remarks>
/// The grammar, items separated by commas:
/// <code>
///   item     = access [":" usage {"+" usage}] position
///   access   = "R" | "W" | "RW" | "L" (only locked)
///   usage    = "access" | "update" | "insert" | "delete" | "variable" | "incomplete" |
///              "none"
///   position = n                       one argument (0 is the command's name)
///            | a ".." b ["/" step]      a range; a negative end counts from the last argument (-1)
///            | "numkeys@" n ["+" gap] ["/" step]
///                                       argument n holds how many keys follow; the first stands gap (1) after it
///            | WORD "@" n               the argument after the option WORD, wherever it stands from argument n on
///                                       (SORT ... STORE key); a negative n counts from the last argument, and the word
///                                       is looked for backwards
///            | WORD "@" n ".." b ["/" step] ["%" limit]
///                                       a range that begins after the first WORD and ends b after its first key, or at
///                                       the last argument (b = -1); with a limit only the first limit-th part of what
///                                       follows holds keys: "STREAMS@1..-1%2" is the first half (XREAD)
///            | "*"                      the whole keyspace: W takes every stripe, R goes stripe by stripe by itself
///            | "?"                      found by PlanWith; COMMAND INFO shows it as unknown
/// </code>
/// Without a usage R means access, RW access and update, W update, L none. <c>W:delete</c> is a removal of the whole
/// key. For a subcommand the positions count from the container's name, as Redis does: <c>OBJECT ENCODING key</c> is "R
/// 2".
/// </remarks>
public sealed record KeySpec(KeyAccess Access, KeySpecKind Kind, int First, int Last, int Step, string? Option)
{
    /// <summary>Only shown to clients: the locks follow from <see cref="Access"/>.</summary>
    public KeyUsage Usage { get; private init; }

    /// <summary>
    /// Of <see cref="KeySpecKind.AfterKeyword"/>: the part of the arguments that holds keys is one in so many; 0 for
    /// all.
    /// </summary>
    public int Limit { get; private init; }

    /// <summary>Reads the whole grammar above.</summary>
    /// <exception cref="FormatException">The text does not follow it; names the item.</exception>
    public static ImmutableArray<KeySpec> Parse(string text)
    {
        var specs = ImmutableArray.CreateBuilder<KeySpec>();
        foreach (var item in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            specs.Add(ParseItem(item));
        return specs.ToImmutable();
    }

    /// <summary>The positions of the keys among the arguments, ascending. Allocates nothing.</summary>
    /// <param name="args">The whole command. Where it does not hold what is declared, there are no positions.</param>
    public KeyPositions PositionsIn(in Arguments args)
    {
        switch (Kind)
        {
            case KeySpecKind.Range:
                return new KeyPositions(
                    args, First, Last < 0 ? args.Count + Last : Math.Min(Last, args.Count - 1), Step);
            case KeySpecKind.CountedByArgument when First < args.Count && args.TryGetInt64(First, out var count)
                && count > 0 && count <= (args.Count - First - Last + Step - 1) / Step:
                return new KeyPositions(args, First + Last, First + Last + ((int)(count - 1) * Step), Step);
            case KeySpecKind.AfterOption when First >= 0:
                return new KeyPositions(args, First + 1, args.Count - 1, step: 1, OptionBytes);
            case KeySpecKind.AfterOption when FindKeyword(args) is var word and > 0:
                return new KeyPositions(args, word + 1, Math.Min(word + 1, args.Count - 1), step: 1);
            case KeySpecKind.AfterKeyword when FindKeyword(args) is var word and > 0:
                return new KeyPositions(args, word + 1, LastAfter(word + 1, args.Count), Step);
            default:
                return new KeyPositions(args, first: 0, last: -1, step: 1);
        }
    }

    /// <summary>The position of the option's word; 0 when it is not there.</summary>
    private int FindKeyword(in Arguments args)
    {
        if (First >= 0)
        {
            for (var i = First; i < args.Count; i++)
                if (args.Is(i, OptionBytes))
                    return i;
            return 0;
        }

        for (var i = args.Count + First; i > 0; i--)
            if (args.Is(i, OptionBytes))
                return i;
        return 0;
    }

    private int LastAfter(int first, int count)
    {
        if (Last >= 0)
            return Math.Min(first + Last, count - 1);
        return Limit == 0 ? count + Last : first + ((count - first) / Limit) + Last;
    }

    private byte[] OptionBytes { get; } = Option is null ? [] : System.Text.Encoding.ASCII.GetBytes(Option);

    private static KeySpec ParseItem(string item)
    {
        var space = item.IndexOf(' ', StringComparison.Ordinal);
        var (letters, usages) = (space < 0 ? [] : item[..space].Split(':', 2)) switch
        {
            [var only] => (only, null),
            [var first, var second] => (first, second),
            _ => ("", null),
        };
        var (access, usage) = letters switch
        {
            "R" => (KeyAccess.Read, KeyUsage.Access),
            "W" => (KeyAccess.Write, KeyUsage.Update),
            "RW" => (KeyAccess.ReadWrite, KeyUsage.Access | KeyUsage.Update),
            "L" => (KeyAccess.None, KeyUsage.None),
            _ => throw new FormatException($"key spec '{item}' must begin with R, W, RW or L and a space"),
        };
        var position = ParsePosition(item, access, item[(space + 1)..].Trim());
        return position with { Usage = usages is null ? usage : ParseUsages(usages, item) };
    }

    private static KeyUsage ParseUsages(string text, string item)
    {
        var usage = KeyUsage.None;
        foreach (var word in text.Split('+'))
            usage |= Enum.TryParse<KeyUsage>(word, ignoreCase: true, out var value)
                ? value
                : throw new FormatException($"'{word}' in key spec '{item}' is no usage");
        return usage;
    }

    private static KeySpec ParsePosition(string item, KeyAccess access, string position)
    {
        if (position == "*")
            return new KeySpec(access, KeySpecKind.WholeKeyspace, 0, 0, 1, null);
        if (position == "?")
            return new KeySpec(access, KeySpecKind.Unknown, 0, 0, 1, null);

        var at = position.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
            return ParseAfter(item, access, position[..at], position[(at + 1)..]);

        var (range, step) = CutNumber(position, '/', 1, item);
        if (step < 1)
            throw new FormatException($"key spec '{item}' needs a step of at least 1");
        var (first, last) = CutRange(range, item);
        return new KeySpec(access, KeySpecKind.Range, first, last ?? first, step, null);
    }

    private static KeySpec ParseAfter(string item, KeyAccess access, string word, string rest)
    {
        (rest, var limit) = CutNumber(rest, '%', 0, item);
        (rest, var step) = CutNumber(rest, '/', 1, item);
        if (step < 1 || limit < 0)
            throw new FormatException($"key spec '{item}' needs a step of at least 1 and no negative limit");
        if (word == "numkeys")
        {
            (rest, var gap) = CutNumber(rest, '+', 1, item);
            return new KeySpec(access, KeySpecKind.CountedByArgument, Number(rest, item), gap, step, null);
        }

        var (from, last) = CutRange(rest, item);
        return last is { } end
            ? new KeySpec(access, KeySpecKind.AfterKeyword, from, end, step, word) { Limit = limit }
            : new KeySpec(access, KeySpecKind.AfterOption, from, 0, 1, word);
    }

    /// <summary>Cuts "mark number" off the end of a text.</summary>
    private static (string Text, int Number) CutNumber(string text, char mark, int otherwise, string item)
    {
        var at = text.IndexOf(mark, StringComparison.Ordinal);
        return at < 0 ? (text, otherwise) : (text[..at], Number(text[(at + 1)..], item));
    }

    /// <summary>Reads "a" or "a..b".</summary>
    private static (int First, int? Last) CutRange(string text, string item)
    {
        var dots = text.IndexOf("..", StringComparison.Ordinal);
        return dots < 0 ? (Number(text, item), null) : (Number(text[..dots], item), Number(text[(dots + 2)..], item));
    }

    private static int Number(string text, string item) =>
        int.TryParse(text, out var value) ? value : throw new FormatException(
            $"'{text}' in key spec '{item}' is no number");
}

/// <summary>How a <see cref="KeySpec"/> finds its keys.</summary>
public enum KeySpecKind
{
    Range,
    CountedByArgument,

    /// <summary>One key after each such word.</summary>
    AfterOption,

    /// <summary>A range after the first such word.</summary>
    AfterKeyword,
    WholeKeyspace,

    /// <summary>Found by the command's <see cref="KeyPlanner"/>.</summary>
    Unknown,
}
