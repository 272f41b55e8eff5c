using System.Globalization;

namespace RedisLite.Commands.Server;

/// <summary>What happens to a write that needs memory when <c>maxmemory</c> is reached.</summary>
public enum MaxMemoryPolicy : byte
{
    NoEviction,
    AllKeysLru,
    AllKeysLfu,
    AllKeysRandom,
    VolatileLru,
    VolatileLfu,
    VolatileRandom,
    VolatileTtl,
}

/// <summary>The policies as <c>maxmemory-policy</c> and INFO name them.</summary>
public static class MaxMemoryPolicyNames
{
    /// <summary>Redis's name, in lower case with dashes.</summary>
    public static string Name(this MaxMemoryPolicy policy) => policy switch
    {
        MaxMemoryPolicy.AllKeysLru => "allkeys-lru",
        MaxMemoryPolicy.AllKeysLfu => "allkeys-lfu",
        MaxMemoryPolicy.AllKeysRandom => "allkeys-random",
        MaxMemoryPolicy.VolatileLru => "volatile-lru",
        MaxMemoryPolicy.VolatileLfu => "volatile-lfu",
        MaxMemoryPolicy.VolatileRandom => "volatile-random",
        MaxMemoryPolicy.VolatileTtl => "volatile-ttl",
        _ => "noeviction",
    };
}

/// <summary>When what was appended to the append only file is forced to the disk.</summary>
public enum AppendFsync : byte
{
    /// <summary>When the operating system likes.</summary>
    No,

    /// <summary>Once a second: a crash of the machine loses at most the last two seconds.</summary>
    EverySec,

    /// <summary>Before the reply: an acknowledged write survives a crash of the machine.</summary>
    Always,
}

/// <summary>Redis's log levels, most verbose first.</summary>
public enum LogVerbosity : byte
{
    Debug,
    Verbose,
    Notice,
    Warning,
}

/// <summary>Who may use a command that is dangerous in the wrong hands (DEBUG).</summary>
public enum ProtectedAccess : byte
{
    No,

    /// <summary>Connections from this machine only.</summary>
    Local,

    Yes,
}

/// <summary>The classes of clients that have output buffer limits of their own.</summary>
public enum ClientClass : byte
{
    Normal,
    Replica,
    PubSub,
}

/// <summary>
/// How much unsent output a client may have: more than <paramref name="HardBytes"/> at any moment, or more than
/// <paramref name="SoftBytes"/> for longer than <paramref name="SoftSeconds"/>, disconnects it. Zero means no limit.
/// </summary>
public readonly record struct OutputBufferLimit(long HardBytes, long SoftBytes, int SoftSeconds);

/// <summary>
/// How much all clients together may take: so many bytes, or so many percent of <c>maxmemory</c>; 0 is no limit.
/// </summary>
public readonly record struct ClientMemoryLimit(long Bytes, int Percent)
{
    /// <summary>The limit in bytes; 0 for none, as where there is no <c>maxmemory</c> to take percents of.</summary>
    public long InBytes(long maxMemory) => Percent > 0 ? (long)((Int128)maxMemory * Percent / 100) : Bytes;

    /// <summary>As the directive shows it.</summary>
    public override string ToString() =>
        Percent > 0 ? string.Create(CultureInfo.InvariantCulture, $"{Percent}%") : Bytes.ToString(
            CultureInfo.InvariantCulture);
}

/// <summary>
/// A snapshot is due when <paramref name="Seconds"/> have passed with at least <paramref name="Changes"/>.
/// </summary>
public readonly record struct SavePoint(long Seconds, int Changes);
