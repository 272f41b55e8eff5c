namespace RedisLite.EndToEnd.Tests.Differential.Generation;

/// <summary>Random commands on keys, expiry and connections, with every option, valid and not.</summary>
internal static class KeyCommandSource
{
    // "hello", 77 and a compressed string, as redis-server 7.0.15 dumps them, and damaged ones.
    private static readonly string[] Payloads =
    [
        "\0\u0005hello\n\0cr\u00dfve4 \n",
        "\0\u00c0M\n\u00007H9\u00b97\u00e8\u00ae\u00dc",
        "\0\u00c3\n@d\u0002aba\u00e0V\u0001\u0001ab\n\0\u00178=\u0094 \u0096\u00d8c",
        "\0\u0005hellx\n\0cr\u00dfve4 \n",
        "",
        "junk",
    ];

    public static readonly CommandTemplate[] Keys =
    [
        StringCommandSource.Set, StringCommandSource.Set, StringCommandSource.Set,
        r => ["GET", r.Key()],
        r => ["DEL", .. r.SomeKeys(4)],
        r => ["UNLINK", .. r.SomeKeys(4)],
        r => ["EXISTS", .. r.SomeKeys(4)],
        r => ["TOUCH", .. r.SomeKeys(4)],
        r => ["TYPE", r.Key()],
        r => ["COPY", r.Key(), r.Key()],
        r => ["COPY", r.Key(), r.Key(), "REPLACE"],
        r => ["COPY", r.Key(), r.Key(), "DB", r.Database(), .. r.OnceIn(2) ? ["REPLACE"] : Array.Empty<string>()],
        r => ["RENAME", r.Key(), r.Key()],
        r => ["RENAMENX", r.Key(), r.Key()],
        r => ["MOVE", r.Key(), r.Database()],
        r => ["SELECT", r.Database()],
        r => ["SELECT", "0"],
        r => ["SWAPDB", r.Database(), r.Database()],
        r => ["RANDOMKEY"],
        r => ["KEYS", r.Pattern()],
        r => ["DBSIZE"],
        r => r.OnceIn(8) ? ["FLUSHDB", .. r.OneOf<string[]>([], ["ASYNC"], ["SYNC"], ["BAD"])] : ["PING", r.Value()],
        r => r.OnceIn(15) ? ["FLUSHALL"] : ["ECHO", r.Value()],
        r => ["OBJECT", r.OneOf("ENCODING", "REFCOUNT", "IDLETIME", "FREQ", "BAD"), r.Key()],
        r => ["DUMP", r.OneOf("none", "none2")],
        r => ["RESTORE", r.Key(), r.OneOf("0", "0", "100000000", "-1", "abc"), r.OneOf(Payloads), .. RestoreOptions(r)],
        r =>
            ["SORT", r.OneOf("none", "none", r.Key()), .. r.OneOf<string[]>(
                [], ["ALPHA"], ["LIMIT", "0", "5"], ["STORE", r.Key()])],
        r => ["SCAN", r.OneOf("abc", "-1", ""), "COUNT", r.Integer()],
        r => ["SCAN", "0", "COUNT", r.OneOf("0", "-1", "abc", "1.5")],
        r => ["TTL", r.Key()],
    ];

    public static readonly CommandTemplate[] Expiry =
    [
        StringCommandSource.Set, StringCommandSource.Set,
        r => ["EXPIRE", r.Key(), r.Seconds(), .. Conditions(r)],
        r => ["PEXPIRE", r.Key(), r.Milliseconds(), .. Conditions(r)],
        r => ["EXPIREAT", r.Key(), r.UnixSeconds(), .. Conditions(r)],
        r => ["EXPIREAT", r.Key(), r.UnixSeconds(), .. Conditions(r)],
        r => ["PEXPIREAT", r.Key(), r.UnixMilliseconds(), .. Conditions(r)],
        r => ["PEXPIREAT", r.Key(), r.UnixMilliseconds(), .. Conditions(r)],
        r => [r.OneOf("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"), r.Key()],
        r => [r.OneOf("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"), r.Key()],
        r => ["PERSIST", r.Key()],
        r => ["GETEX", r.Key(), .. StringCommandSource.ExpiryOption(r)],
        r => ["GETSET", r.Key(), r.Value()],
        r => ["APPEND", r.Key(), r.Value()],
        r => ["INCR", r.Key()],
        r => ["RENAME", r.Key(), r.Key()],
        r => ["COPY", r.Key(), r.Key(), "REPLACE"],
        r => ["GET", r.Key()],
        r => ["DBSIZE"],
    ];

    public static readonly CommandTemplate[] Connection =
    [
        r => ["PING"],
        r => ["PING", r.Value()],
        r => ["ECHO", r.Value()],
        r => ["CLIENT", "SETNAME", r.OneOf("alice", "", "with space", "bob\n", r.Letters(20))],
        r => ["CLIENT", "GETNAME"],
        r => ["SELECT", r.Database()],
        r => ["HELLO", r.OneOf("2", "3", "4", "abc")],
        r => ["NOSUCH" + r.Letters(3), .. r.Many(4, r.Value)],
        r => ["CONFIG", "GET", r.OneOf("maxmemory", "timeout", "nosuch", "databases")],
        r => ["OBJECT", "BAD", r.Key()],
        r => ["DBSIZE"],
    ];

    private static string[] Conditions(RandomArguments r) => r.Next(10) switch
    {
        0 => ["NX"],
        1 => ["XX"],
        2 or 3 => ["GT"],
        4 or 5 => ["LT"],
        6 => [r.OneOf("XX", "NX", "lt"), r.OneOf("GT", "LT", "BAD")],
        _ => [],
    };

    private static string[] RestoreOptions(RandomArguments r) => r.Next(5) switch
    {
        0 or 1 => ["REPLACE"],
        2 => ["ABSTTL", "REPLACE"],
        3 => [r.OneOf("IDLETIME", "FREQ", "BAD"), r.OneOf("5", "-1", "abc", "300")],
        _ => [],
    };
}
