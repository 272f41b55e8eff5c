using System.Globalization;

namespace RedisLite.EndToEnd.Tests.Differential.Generation;

/// <summary>Random commands on lists and SORT, with every option, valid and not.</summary>
internal static class ListCommandSource
{
    public static readonly CommandTemplate[] Lists =
    [
        Push, Push, Push,
        r => [r.OneOf("LPUSHX", "RPUSHX"), r.Key(), .. r.Many(3, () => Element(r))],
        r => [r.OneOf("LPOP", "RPOP"), r.Key()],
        r => [r.OneOf("LPOP", "RPOP"), r.Key(), Count(r)],
        r => ["LLEN", r.Key()],
        r => ["LINDEX", r.Key(), Index(r)],
        r => ["LSET", r.Key(), Index(r), Element(r)],
        r => ["LRANGE", r.Key(), Index(r), Index(r)],
        r => ["LRANGE", r.Key(), "0", "-1"],
        r => ["LTRIM", r.Key(), Index(r), r.OnceIn(2) ? "-1" : Index(r)],
        r => ["LREM", r.Key(), Count(r), Element(r)],
        r => ["LREM", r.Key(), r.OneOf("-1", "-2", "1", "0"), Element(r)],
        r => ["LINSERT", r.Key(), r.OneOf("BEFORE", "AFTER", "before", "BAD"), Element(r), Element(r)],
        r => ["LPOS", r.Key(), Element(r), .. PositionOptions(r)],
        r => ["LMOVE", r.Key(), r.Key(), End(r), End(r)],
        r => ["RPOPLPUSH", r.Key(), r.Key()],
        r => ["LMPOP", .. Counted(r), End(r), .. CountOption(r)],
        r => ["SET", r.Key(), r.Value()],
        r => ["DEL", r.Key()],
        r => ["EXPIRE", r.Key(), r.Seconds()],
        r => [r.OneOf("TYPE", "TTL", "EXISTS"), r.Key()],
        r => ["OBJECT", "ENCODING", r.Key()],
        r => ["COPY", r.Key(), r.Key(), "REPLACE"],
        r => ["RENAME", r.Key(), r.Key()],
    ];

    public static readonly CommandTemplate[] Sorting =
    [
        r => ["RPUSH", r.Key(), .. r.Many(8, () => Text(r.Next(12)))],
        r => ["RPUSH", r.Key(), .. r.Many(3, () => Number(r))],
        r => ["SET", "w_" + Text(r.Next(12)), r.OneOf(Text(r.Next(100)), Number(r), r.Letters(3))],
        r => ["DEL", "w_" + Text(r.Next(12))],
        r => ["DEL", r.Key()],
        r => ["SORT", r.Key(), .. SortOptions(r)],
        r => ["SORT", r.Key(), .. SortOptions(r)],
        r => ["SORT", r.Key(), .. SortOptions(r), "STORE", r.Key()],
        r => ["SORT_RO", r.Key(), .. SortOptions(r)],
        r => ["LRANGE", r.Key(), "0", "-1"],
    ];

    private static string[] Push(RandomArguments r) =>
        [r.OneOf("LPUSH", "RPUSH"), r.Key(), .. r.Many(5, () => Element(r))];

    private static string Element(RandomArguments r) => r.OnceIn(4) ? r.Value() : r.OneOf("a", "b", "c", "1", "2", "");

    // None that is too large for a double: Redis calls every number bad from then on.
    private static string Number(RandomArguments r) =>
        r.OnceIn(15) ? r.OneOf("abc", "1a", "nan", "1 ", "--1") : r.OneOf(
            "0", "0.1", "-0.3", "1.5", "5e3", ".5", "5.", "inf", "-inf", "0x1f", " 1", "+1", "01", "");

    private static string Index(RandomArguments r) => r.OnceIn(3) ? r.Index() : Text(r.Next(12) - 6);

    private static string Count(RandomArguments r) => r.OnceIn(4) ? r.Integer() : Text(r.Next(6));

    private static string End(RandomArguments r) => r.OnceIn(20) ? "BAD" : r.OneOf("LEFT", "RIGHT", "left");

    private static string[] Counted(RandomArguments r)
    {
        var keys = r.SomeKeys(3);
        return [r.OnceIn(12) ? r.Integer() : Text(keys.Length), .. keys];
    }

    private static string[] CountOption(RandomArguments r) =>
        r.OnceIn(2) ? [] : ["COUNT", r.OnceIn(6) ? r.Integer() : Text(1 + r.Next(4))];

    private static string[] PositionOptions(RandomArguments r)
    {
        var options = new List<string>();
        if (r.OnceIn(2))
            options.AddRange(
                ["RANK", r.OnceIn(6) ? r.OneOf("0", "abc", "2147483648", "-100") : r.OneOf("1", "2", "3", "-1", "-2")]);
        if (r.OnceIn(2))
            options.AddRange(["COUNT", r.OnceIn(6) ? r.Integer() : Text(r.Next(4))]);
        if (r.OnceIn(3))
            options.AddRange(["MAXLEN", r.OnceIn(6) ? r.Integer() : Text(r.Next(6))]);
        return [.. options];
    }

    // Weights that are text and equal, with LIMIT: what comes first among them is left to chance in Redis.
    private static string[] SortOptions(RandomArguments r)
    {
        var options = new List<string>();
        var isByText = r.OnceIn(4);
        if (isByText)
            options.AddRange(["BY", "w_*", "ALPHA"]);
        else if (r.OnceIn(2))
            options.AddRange(["BY", r.OneOf("w_*", "w_*", "nosort", "x_*->f", "w_*->f")]);
        else if (r.OnceIn(2))
            options.Add("ALPHA");
        if (!isByText && r.OnceIn(3))
            options.AddRange(
                ["LIMIT", r.OnceIn(6) ? r.Integer() : Text(r.Next(4)), r.OnceIn(6) ? r.Integer() : Text(r.Next(6))]);
        if (r.OnceIn(3))
            options.Add(r.OneOf("ASC", "DESC", "desc"));
        while (r.OnceIn(3))
            options.AddRange(["GET", r.OneOf("#", "w_*", "nosuch", "x_*->f")]);
        return [.. options];
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
