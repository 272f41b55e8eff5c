namespace RedisLite.EndToEnd.Tests.Differential.Generation;

/// <summary>Random commands on strings and bitmaps, with every option, valid and not.</summary>
internal static class StringCommandSource
{
    public static readonly CommandTemplate[] Strings =
    [
        Set, Set, Set, Set,
        r => ["GET", r.Key()],
        r => ["GET", r.Key()],
        r => ["GETDEL", r.Key()],
        r => ["GETEX", r.Key(), .. ExpiryOption(r), .. r.OnceIn(5) ? ["PERSIST"] : Array.Empty<string>()],
        r => ["GETSET", r.Key(), r.Value()],
        r => ["SETNX", r.Key(), r.Value()],
        r => ["SETEX", r.Key(), r.Seconds(), r.Value()],
        r => ["PSETEX", r.Key(), r.Milliseconds(), r.Value()],
        r => ["MGET", .. r.SomeKeys(5)],
        r => ["MSET", .. KeysAndValues(r)],
        r => ["MSETNX", .. KeysAndValues(r)],
        r => ["APPEND", r.Key(), r.Value()],
        r => ["STRLEN", r.Key()],
        r => ["GETRANGE", r.Key(), r.Index(), r.Index()],
        r => ["SUBSTR", r.Key(), r.Index(), r.Index()],
        r => ["SETRANGE", r.Key(), r.Offset(), r.Value()],
        r => ["INCR", r.Key()],
        r => ["DECR", r.Key()],
        r => ["INCRBY", r.Key(), r.Integer()],
        r => ["DECRBY", r.Key(), r.Integer()],
        r => ["INCRBYFLOAT", r.Key(), r.Float()],
        r => ["SET", r.Key(), r.Float()],
        r => ["INCRBYFLOAT", r.Key(), r.Float()],
        r => ["LCS", r.Key(), r.Key(), .. LcsOptions(r)],
        r => ["OBJECT", "ENCODING", r.Key()],
        r => ["DEL", r.Key()],
        r => ["TTL", r.Key()],
    ];

    public static readonly CommandTemplate[] Bitmaps =
    [
        r => ["SET", r.Key(), r.Value()],
        r => ["SETBIT", r.Key(), r.Offset(), Bit(r)],
        r => ["SETBIT", r.Key(), r.Offset(), Bit(r)],
        r => ["GETBIT", r.Key(), r.Offset()],
        r => ["BITCOUNT", r.Key()],
        r => ["BITCOUNT", r.Key(), r.Index(), r.Index(), .. Unit(r)],
        r => ["BITPOS", r.Key(), Bit(r)],
        r => ["BITPOS", r.Key(), Bit(r), r.Index()],
        r => ["BITPOS", r.Key(), Bit(r), r.Index(), r.Index(), .. Unit(r)],
        r => ["BITOP", r.OneOf("AND", "OR", "XOR", "NOT", "and", "BAD"), r.Key(), .. r.SomeKeys(4)],
        r => ["BITOP", "NOT", r.Key(), r.Key()],
        r => ["BITFIELD", r.Key(), .. BitfieldOperations(r, readOnly: false)],
        r => ["BITFIELD", r.Key(), .. BitfieldOperations(r, readOnly: false)],
        r => ["BITFIELD_RO", r.Key(), .. BitfieldOperations(r, readOnly: !r.OnceIn(5))],
        r => ["GET", r.Key()],
        r => ["STRLEN", r.Key()],
        r => ["OBJECT", "ENCODING", r.Key()],
        r => ["DEL", r.Key()],
    ];

    public static string[] Set(RandomArguments r)
    {
        List<string> command = ["SET", r.Key(), r.Value()];
        if (r.OnceIn(4))
            command.Add(r.OneOf("NX", "XX", "nx", "xX"));
        if (r.OnceIn(4))
            command.Add("GET");
        if (r.OnceIn(3))
            command.AddRange(ExpiryOption(r));
        if (r.OnceIn(8))
            command.Add("KEEPTTL");
        return [.. command];
    }

    public static string[] ExpiryOption(RandomArguments r) => r.Next(5) switch
    {
        0 => ["EX", r.Seconds()],
        1 => ["PX", r.Milliseconds()],
        2 => ["EXAT", r.UnixSeconds()],
        3 => ["PXAT", r.UnixMilliseconds()],
        _ => [],
    };

    private static string[] KeysAndValues(RandomArguments r) =>
        r.SomeKeys(4).SelectMany(key => new[] { key, r.Value() }).ToArray();

    private static string[] LcsOptions(RandomArguments r) => r.Next(6) switch
    {
        0 => ["LEN"],
        1 => ["IDX"],
        2 => ["IDX", "MINMATCHLEN", r.Index()],
        3 => ["IDX", "WITHMATCHLEN", "MINMATCHLEN", r.OneOf("0", "2", "4")],
        4 => ["LEN", "IDX"],
        _ => [],
    };

    private static string Bit(RandomArguments r) => r.OnceIn(12) ? r.OneOf("2", "-1", "abc", "") : r.OneOf("0", "1");

    private static string[] Unit(RandomArguments r) => r.Next(3) switch
    {
        0 => ["BIT"],
        1 => ["byte"],
        _ => [],
    };

    private static List<string> BitfieldOperations(RandomArguments r, bool readOnly)
    {
        var operations = new List<string>();
        for (var i = r.Next(4); i >= 0; i--)
        {
            var type = r.OnceIn(15)
                ? r.OneOf("u64", "i65", "u0", "x8", "", "8") : $"{r.OneOf("u", "i")}{1 + r.Next(63)}";
            var offset = $"{(r.OnceIn(3) ? "#" : "")}{(r.OnceIn(12) ? r.Offset() : $"{r.Next(150)}")}";
            switch (readOnly ? 0 : r.Next(4))
            {
                case 0: operations.AddRange(["GET", type, offset]); break;
                case 1: operations.AddRange(["SET", type, offset, r.Integer()]); break;
                case 2: operations.AddRange(["INCRBY", type, offset, r.Integer()]); break;
                default: operations.AddRange(["OVERFLOW", r.OneOf("WRAP", "SAT", "FAIL", "sat", "BAD")]); break;
            }
        }

        return operations;
    }
}
