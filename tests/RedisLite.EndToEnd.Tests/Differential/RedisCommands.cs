namespace RedisLite.EndToEnd.Tests.Differential;

/// <summary>
/// The commands that the keyspace issue promises, by family; what a server lacks of them can be left out of a run.
/// </summary>
internal static class RedisCommands
{
    private static readonly string[] Strings =
    [
        "SET", "GET", "GETDEL", "GETEX", "GETSET", "SETNX", "SETEX", "PSETEX", "MGET", "MSET", "MSETNX",
        "APPEND", "STRLEN",
        "GETRANGE", "SUBSTR", "SETRANGE", "INCR", "DECR", "INCRBY", "DECRBY", "INCRBYFLOAT", "LCS", "SETBIT", "GETBIT",
        "BITCOUNT", "BITPOS", "BITOP", "BITFIELD", "BITFIELD_RO",
    ];

    private static readonly string[] Lists =
    [
        "LPUSH", "RPUSH", "LPUSHX", "RPUSHX", "LPOP", "RPOP", "LLEN", "LINDEX", "LSET", "LRANGE", "LTRIM", "LREM",
        "LINSERT", "LPOS",
        "LMOVE", "RPOPLPUSH", "LMPOP", "BLPOP", "BRPOP", "BLMOVE", "BRPOPLPUSH", "BLMPOP",
    ];

    private static readonly string[] HyperLogLogs = ["PFADD", "PFCOUNT", "PFMERGE", "PFDEBUG", "PFSELFTEST"];

    private static readonly string[] Keys =
    [
        "DEL", "UNLINK", "EXISTS", "TYPE", "TOUCH", "COPY", "RENAME", "RENAMENX", "MOVE", "RANDOMKEY", "KEYS",
        "SCAN", "DBSIZE",
        "SWAPDB", "FLUSHDB", "FLUSHALL", "OBJECT", "DUMP", "RESTORE", "EXPIRE", "PEXPIRE", "EXPIREAT",
        "PEXPIREAT", "TTL",
        "PTTL", "EXPIRETIME", "PEXPIRETIME", "PERSIST", "SORT", "SORT_RO", "WAIT",
    ];

    private static readonly string[] Connections =
    [
        "MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE",
        "PUNSUBSCRIBE", "PUBLISH",
        "PUBSUB", "SSUBSCRIBE", "SUNSUBSCRIBE", "SPUBLISH", "AUTH", "HELLO", "RESET", "CLIENT", "SELECT", "ECHO",
        "PING", "QUIT",
    ];

    private static readonly string[] Servers =
    [
        "COMMAND", "CONFIG", "INFO", "MEMORY", "SLOWLOG", "LATENCY", "MONITOR", "DEBUG", "TIME", "LOLWUT",
        "ROLE", "SHUTDOWN",
    ];

    /// <summary>Commands of Redis 7.0 that must all be there, in upper case.</summary>
    public static IReadOnlySet<string> OfKeyspaceIssue { get; } =
        new HashSet<string>(
            [.. Strings, .. Lists, .. HyperLogLogs, .. Keys, .. Connections, .. Servers], StringComparer.Ordinal);

    /// <summary>Commands beyond Redis 7.0 that must be there, in upper case.</summary>
    public static IReadOnlySet<string> BeyondRedis { get; } = new HashSet<string>(
        ["DELIFEQ", "DELEX", "EXIT"], StringComparer.Ordinal);
}
