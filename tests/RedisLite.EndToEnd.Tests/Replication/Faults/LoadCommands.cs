using System.Globalization;

namespace RedisLite.EndToEnd.Tests.Replication.Faults;

/// <summary>Random writes of all types, with expiry, transactions, scripts, functions and several databases.</summary>
/// <remarks>
/// Few keys, so that commands meet each other's values; a part of them meets the wrong type and fails, as it should.
/// </remarks>
internal sealed class LoadCommands(Random random)
{
    private const string Library =
        "#!lua name=lib\nredis.register_function('put', function(keys, args) redis.call('SET', keys[1], "
        + "redis.call('TIME')[2]) "
        + "redis.call('RPUSH', keys[2], args[1]) return redis.call('SPOP', keys[3]) end)";

    // A PFCOUNT alone is a read, by which a redis-server that has just become a replica changes its own value.
    private const string Count = "redis.call('PFADD', KEYS[1], ARGV[1]) return redis.call('PFCOUNT', KEYS[1])";

    private static readonly string[] Scripts =
    [
        "for i = 1, ARGV[1] do redis.call('INCR', KEYS[1] .. i) end return redis.call('TIME')",
        "redis.call('SET', KEYS[1], ARGV[1]) redis.call('PEXPIRE', KEYS[1], 100 * ARGV[1]) return "
            + "redis.call('RANDOMKEY')",
        "redis.call('SADD', 's1', ARGV[1], KEYS[1]) redis.call('SPOP', 's2') error('after a write')",
        "redis.call('SELECT', ARGV[1] % 4) redis.call('APPEND', KEYS[1], 'x') redis.pcall('INCR', KEYS[1])",
    ];

    private static readonly Func<LoadCommands, string[]>[] Kinds =
    [
        .. StringCommands(), .. ListCommands(), .. SetCommands(), .. HashCommands(), .. SortedSetCommands(),
        .. StreamCommands(),
        .. KeyCommands(), .. ScriptCommands(),
    ];

    /// <summary>Some requests to be sent at once.</summary>
    public IReadOnlyList<string[]> NextPipeline()
    {
        var requests = new List<string[]>();
        if (random.Next(4) == 0)
            requests.Add(["SELECT", $"{random.Next(4)}"]);
        var isTransaction = random.Next(4) == 0;
        if (isTransaction && random.Next(3) == 0)
            requests.Add(["WATCH", Key('i')]);
        if (isTransaction)
            requests.Add(["MULTI"]);
        for (var count = random.Next(1, 8); count > 0; count--)
            requests.Add(Next());
        if (isTransaction)
            requests.Add([random.Next(10) == 0 ? "DISCARD" : "EXEC"]);
        return requests;
    }

    private static IEnumerable<Func<LoadCommands, string[]>> StringCommands() =>
    [
        c => ["SET", c.Key('i'), c.Text()],
        c => ["SET", c.Key('i'), c.Number(), "PX", c.Number(3000), "GET"],
        c => ["INCRBY", c.Key('n'), c.Number()],
        c => ["INCRBYFLOAT", c.Key('f'), $"0.{c.Number()}"],
        c => ["APPEND", c.Key('i'), c.Text()],
        c => ["SETRANGE", c.Key('i'), c.Number(200), c.Text()],
        c => ["SETBIT", c.Key('b'), c.Number(3000), c.Number(2)],
        c =>
            ["BITFIELD", c.Key('b'), "INCRBY", "u8", c.Number(
                500), "3", "OVERFLOW", "SAT", "SET", "i16", "0", c.Number()],
        c => ["BITOP", "XOR", c.Key('b'), c.Key('b'), c.Key('i')],
        c => ["MSET", c.Key('i'), c.Text(), c.Key('n'), c.Number()],
        c => ["MSETNX", c.Key('i'), c.Text(), c.Key('j'), c.Text()],
        c => ["GETEX", c.Key('i'), "PX", c.Number(3000)],
        c => ["GETDEL", c.Key('i')],
        c => ["PFADD", c.Key('p'), c.Text(), c.Text(), c.Number()],
        c => ["PFMERGE", c.Key('p'), c.Key('p'), c.Key('p')],
    ];

    private static IEnumerable<Func<LoadCommands, string[]>> ListCommands() =>
    [
        c => ["RPUSH", c.Key('l'), c.Text(), c.Number(), c.Text()],
        c => ["LPUSH", c.Key('l'), c.Number()],
        c => ["LPOP", c.Key('l'), c.Number(3)],
        c => ["LINSERT", c.Key('l'), "BEFORE", c.Number(), c.Text()],
        c => ["LSET", c.Key('l'), c.Number(5), c.Text()],
        c => ["LREM", c.Key('l'), "1", c.Number()],
        c => ["LTRIM", c.Key('l'), "0", c.Number(60)],
        c => ["LMOVE", c.Key('l'), c.Key('l'), "LEFT", "RIGHT"],
        c => ["LMPOP", "2", c.Key('l'), c.Key('l'), "RIGHT", "COUNT", "2"],
        c => ["BLPOP", c.Key('l'), c.Key('l'), "0.01"],
        c => ["BLMOVE", c.Key('l'), c.Key('l'), "RIGHT", "LEFT", "0.01"],
        c => ["SORT", c.Key('l'), "ALPHA", "LIMIT", "0", "20", "STORE", c.Key('l')],
    ];

    private static IEnumerable<Func<LoadCommands, string[]>> SetCommands() =>
    [
        c => ["SADD", c.Key('s'), c.Number(), c.Number(), c.Number()],
        c => ["SADD", c.Key('s'), c.Text(), c.Number()],
        c => ["SREM", c.Key('s'), c.Number()],
        c => ["SPOP", c.Key('s')],
        c => ["SPOP", c.Key('s'), c.Number(4)],
        c => ["SMOVE", c.Key('s'), c.Key('s'), c.Number()],
        c => ["SUNIONSTORE", c.Key('s'), c.Key('s'), c.Key('s')],
        c => ["SDIFFSTORE", c.Key('s'), c.Key('s'), c.Key('s')],
    ];

    private static IEnumerable<Func<LoadCommands, string[]>> HashCommands() =>
    [
        c => ["HSET", c.Key('h'), c.Number(), c.Text(), c.Number(), c.Number()],
        c => ["HSETNX", c.Key('h'), c.Number(), c.Text()],
        c => ["HINCRBY", c.Key('h'), "n", c.Number()],
        c => ["HINCRBYFLOAT", c.Key('h'), "f", $"1.{c.Number()}"],
        c => ["HDEL", c.Key('h'), c.Number(), c.Number()],
    ];

    private static IEnumerable<Func<LoadCommands, string[]>> SortedSetCommands() =>
    [
        c => ["ZADD", c.Key('z'), c.Number(), c.Number(), $"0.{c.Number()}", c.Text()],
        c => ["ZADD", c.Key('z'), "GT", "CH", c.Number(), c.Number()],
        c => ["ZINCRBY", c.Key('z'), c.Number(), c.Number()],
        c => ["ZREM", c.Key('z'), c.Number()],
        c => ["ZPOPMIN", c.Key('z'), c.Number(3)],
        c => ["BZPOPMAX", c.Key('z'), c.Key('z'), "0.01"],
        c => ["ZREMRANGEBYRANK", c.Key('z'), "0", "-80"],
        c => ["ZRANGESTORE", c.Key('z'), c.Key('z'), "0", "20"],
        c => ["ZUNIONSTORE", c.Key('z'), "2", c.Key('z'), c.Key('s'), "WEIGHTS", "1.5", "1"],
        c => ["GEOADD", c.Key('g'), $"1.{c.Number()}", $"4{c.Number(9)}.{c.Number()}", c.Number()],
        c => ["GEOSEARCHSTORE", c.Key('z'), c.Key('g'), "FROMLONLAT", "1.5", "45", "BYRADIUS", "800", "km"],
    ];

    private static IEnumerable<Func<LoadCommands, string[]>> StreamCommands() =>
    [
        c => ["XADD", c.Key('x'), "*", "field", c.Text()],
        c => ["XADD", c.Key('x'), "MAXLEN", "~", "100", "*", "a", c.Number(), "b", c.Text()],
        c => ["XADD", c.Key('x'), "NOMKSTREAM", "MAXLEN", "60", "*", "c", c.Text()],
        c => ["XTRIM", c.Key('x'), "MAXLEN", c.Number(80)],
        c => ["XGROUP", "CREATE", c.Key('x'), "g1", "0", "MKSTREAM"],
        c => ["XGROUP", "CREATECONSUMER", c.Key('x'), "g1", "c1"],
        c => ["XGROUP", "DELCONSUMER", c.Key('x'), "g1", "c2"],
        c => ["XGROUP", "SETID", c.Key('x'), "g1", "$"],
        c => ["XREADGROUP", "GROUP", "g1", $"c{c.Number(3)}", "COUNT", "3", "STREAMS", c.Key('x'), ">"],
        c => ["XREADGROUP", "GROUP", "g1", "c1", "COUNT", "2", "NOACK", "STREAMS", c.Key('x'), ">"],
        c => ["XAUTOCLAIM", c.Key('x'), "g1", "c1", "0", "0", "COUNT", "3"],
        c => ["XREADGROUP", "GROUP", "g1", "c1", "BLOCK", "5", "STREAMS", c.Key('x'), ">"],
    ];

    private static IEnumerable<Func<LoadCommands, string[]>> KeyCommands() =>
    [
        c => ["DEL", c.AnyKey(), c.AnyKey()],
        c => ["UNLINK", c.AnyKey()],
        c => ["PEXPIRE", c.AnyKey(), c.Number(4000)],
        c => ["EXPIRE", c.AnyKey(), "100000", "NX"],
        c => ["PEXPIREAT", c.AnyKey(), "1"],
        c => ["PERSIST", c.AnyKey()],
        c => ["RENAME", c.AnyKey(), c.AnyKey()],
        c => ["COPY", c.AnyKey(), c.AnyKey(), "DB", c.Number(4), "REPLACE"],
        c => ["MOVE", c.AnyKey(), c.Number(4)],
        c => ["PUBLISH", "channel", c.Text()],
        c => c.Rarely(["SWAPDB", c.Number(4), c.Number(4)]),
        c => c.Rarely(["FLUSHDB", c.Number() == "1" ? "ASYNC" : "SYNC"]),
        c => c.Rarely(["FLUSHALL"]),
    ];

    private static IEnumerable<Func<LoadCommands, string[]>> ScriptCommands() =>
    [
        c => ["EVAL", Scripts[c.Below(Scripts.Length)], "1", c.Key('i'), c.Number(9)],
        c => ["EVAL", Scripts[0], "1", c.Key('n'), c.Number(9)],
        c => ["EVAL", Count, "1", c.Key('p'), c.Number()],
        c => ["FCALL", "put", "3", c.Key('i'), c.Key('l'), c.Key('s'), c.Text()],
        c => ["FUNCTION", "LOAD", "REPLACE", $"{Library} -- {c.Number()}"],
        c => c.Rarely(["FUNCTION", "DELETE", "lib"]),
        c => c.Rarely(["SCRIPT", "FLUSH"]),
    ];

    private string[] Next() => Kinds[random.Next(Kinds.Length)](this);

    private int Below(int limit) => random.Next(limit);

    private string[] Rarely(string[] request) => random.Next(40) == 0 ? request : ["INCR", "n0"];

    private string Number(int limit = 100) => random.Next(limit).ToString(CultureInfo.InvariantCulture);

    private string Text() =>
        random.Next(12) == 0 ? new string((char)random.Next('a', 'z'), random.Next(5000)) : $"text {random.Next(1000)}";

    private string Key(char kind) => random.Next(40) == 0 ? AnyKey() : $"{kind}{random.Next(8)}";

    // None with a HyperLogLog: other commands would damage it, and then a redis-server goes on where RedisLite refuses.
    private string AnyKey() => $"{"injfblshzgx"[random.Next(11)]}{random.Next(8)}";
}
