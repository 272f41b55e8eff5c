namespace RedisLite.EndToEnd.Tests.Differential.Generation;

/// <summary>Random commands on hashes and sets of Redis 7.0, with every option, valid and not.</summary>
/// <remarks>
/// What is drawn by chance is asked for whole, so that there is one outcome. Small thresholds make both forms frequent.
/// </remarks>
internal static class HashCommandSource
{
    private static readonly string[] WrongTypes = ["k8", "k9"];

    public static readonly CommandTemplate[] Hashes =
    [
        Set, Set, Set, Set,
        r => ["HMSET", Key(r), .. FieldsAndValues(r)],
        r => ["HSETNX", Key(r), Field(r), r.Value()],
        r => ["HGET", Key(r), Field(r)],
        r => ["HMGET", Key(r), .. r.Many(5, () => Field(r))],
        r => ["HGETALL", Key(r)],
        r => ["HKEYS", Key(r)],
        r => ["HVALS", Key(r)],
        r => ["HLEN", Key(r)],
        r => ["HSTRLEN", Key(r), Field(r)],
        r => ["HEXISTS", Key(r), Field(r)],
        r => ["HDEL", Key(r), .. r.Many(4, () => Field(r))],
        r => ["HDEL", Key(r), .. r.Many(4, () => Field(r))],
        r => ["HINCRBY", Key(r), Field(r), r.Integer()],
        r => ["HINCRBYFLOAT", Key(r), Field(r), r.Float()],
        r =>
            ["HRANDFIELD", Key(r), r.OneOf("0", "100", "1000000", "abc", "-9223372036854775808", "9223372036854775807"),
                .. WithValues(r)],
        r => ["HSCAN", Key(r), r.OneOf("0", "abc", "-1"), "COUNT", r.OneOf("10000", "0", "-1", "abc")],
        r => ["HSCAN", Key(r), "0", "MATCH", r.OneOf("*", "a*", "f?", "", "[0-9]*"), "COUNT", "10000"],
        r => ["OBJECT", "ENCODING", Key(r)],
        r => r.OnceIn(4) ? ["DEL", Key(r)] : ["TYPE", Key(r)],
        r => ["COPY", Key(r), Key(r), "REPLACE"],
        r => ["RENAME", Key(r), Key(r)],
        r =>
            r.OnceIn(4) ? ["CONFIG", "SET", "hash-max-listpack-entries", r.OneOf("0", "3", "512")] : ["EXISTS", Key(r)],
        r => r.OnceIn(4) ? ["CONFIG", "SET", "hash-max-listpack-value", r.OneOf("0", "8", "64")] : ["EXISTS", Key(r)],
        r => ["SET", r.OneOf(WrongTypes), r.Value()],
    ];

    public static readonly CommandTemplate[] Sets =
    [
        Add, Add, Add, Add,
        r => ["SREM", Key(r), .. r.Many(4, () => Member(r))],
        r => ["SREM", Key(r), .. r.Many(4, () => Member(r))],
        r => ["SMOVE", Key(r), Key(r), Member(r)],
        r => ["SISMEMBER", Key(r), Member(r)],
        r => ["SMISMEMBER", Key(r), .. r.Many(4, () => Member(r))],
        r => ["SCARD", Key(r)],
        r => ["SMEMBERS", Key(r)],
        r => ["SPOP", Key(r), r.OneOf("0", "100", "1000000", "abc", "-1", "9223372036854775807")],
        r =>
            ["SRANDMEMBER", Key(r), r.OneOf(
                "0", "100", "1000000", "abc", "-9223372036854775808", "9223372036854775807")],
        r => [r.OneOf("SINTER", "SUNION", "SDIFF"), .. r.Many(4, () => Key(r))],
        r => [r.OneOf("SINTER", "SUNION", "SDIFF"), .. r.Many(4, () => Key(r))],
        r => [r.OneOf("SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"), Key(r), .. r.Many(4, () => Key(r))],
        r => [r.OneOf("SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"), Key(r), .. r.Many(4, () => Key(r))],
        r => ["SINTERCARD", r.OneOf("1", "2", "2", "0", "abc", "9"), Key(r), Key(r)],
        r => ["SINTERCARD", "2", Key(r), Key(r), "LIMIT", r.OneOf("0", "1", "3", "-1", "abc")],
        r => ["SSCAN", Key(r), r.OneOf("0", "abc", "-1"), "COUNT", r.OneOf("10000", "0", "-1", "abc")],
        r => ["SSCAN", Key(r), "0", "MATCH", r.OneOf("*", "a*", "f?", "", "[0-9]*"), "COUNT", "10000"],
        r => ["OBJECT", "ENCODING", Key(r)],
        r => r.OnceIn(4) ? ["DEL", Key(r)] : ["TYPE", Key(r)],
        r => ["COPY", Key(r), Key(r), "REPLACE"],
        r => r.OnceIn(4) ? ["CONFIG", "SET", "set-max-intset-entries", r.OneOf("0", "3", "512")] : ["EXISTS", Key(r)],
        r => ["SET", r.OneOf(WrongTypes), r.Value()],
    ];

    /// <summary>
    /// How the replies of these commands are compared: those of large forms have an order of the server's own.
    /// </summary>
    public static Comparison ComparisonOf(string[] command) => command[0].ToUpperInvariant() switch
    {
        "HGETALL" or "HKEYS" or "HVALS" or "HRANDFIELD" or "SMEMBERS" or "SPOP" or "SRANDMEMBER" or "SINTER" or "SUNION"
            or "SDIFF" =>
            Comparison.Sorted,
        "HSCAN" or "SSCAN" => Comparison.Shape,
        _ => Comparison.Default,
    };

    /// <summary>Commands that have one outcome only with the counts that are asked for here.</summary>
    public static bool IsByChance(string[] command) =>
        command[0].ToUpperInvariant() is "SPOP" or "SRANDMEMBER" or "HRANDFIELD";

    private static string[] Set(RandomArguments r) => ["HSET", Key(r), .. FieldsAndValues(r)];

    private static string[] Add(RandomArguments r) => ["SADD", Key(r), .. r.Many(6, () => Member(r))];

    private static string Key(RandomArguments r) => r.OnceIn(15) ? r.OneOf(WrongTypes) : r.Key();

    private static string Field(RandomArguments r) => r.Next(6) switch
    {
        0 => r.Value(),
        1 or 2 => r.OneOf("f1", "f2", "f3", "f4", "f5", "n"),
        _ => r.Letters(1 + r.Next(2)),
    };

    private static string Member(RandomArguments r) => r.Next(6) switch
    {
        0 => r.Value(),
        1 => r.Letters(1),
        _ => r.OneOf("1", "2", "3", "4", "5", "6", "7", "-8", "100000", "10000000000"),
    };

    private static string[] FieldsAndValues(RandomArguments r) =>
        r.Many(4, () => Field(r)).SelectMany(field => new[] { field, r.Value() }).ToArray();

    private static string[] WithValues(RandomArguments r) =>
        r.OnceIn(2) ? [r.OneOf("WITHVALUES", "withvalues", "BAD")] : [];
}
