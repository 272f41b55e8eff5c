namespace RedisLite.Commands;

/// <summary>What a command is, beyond its keys. The names are those that <c>COMMAND INFO</c> shows.</summary>
/// <remarks>"write" and "readonly" are not here: they follow from <see cref="CommandAttribute.Keys"/>.</remarks>
[Flags]
public enum CommandFlags : long
{
    None = 0,

    /// <summary>Refused with <c>-OOM</c> while used memory is over <c>maxmemory</c>.</summary>
    DenyOom = 1 << 0,
    Admin = 1 << 1,
    PubSub = 1 << 2,
    NoScript = 1 << 3,
    Blocking = 1 << 4,

    /// <summary>Allowed while the data is being loaded at start.</summary>
    Loading = 1 << 5,
    Stale = 1 << 6,
    SkipMonitor = 1 << 7,
    SkipSlowlog = 1 << 8,

    /// <summary>O(1) or O(log n) in Redis's own documentation; the source of <c>@fast</c> and <c>@slow</c>.</summary>
    Fast = 1 << 9,

    /// <summary>Allowed before authentication.</summary>
    NoAuth = 1 << 10,

    /// <summary>
    /// No write command, although it may have an effect that is logged; see <see cref="Command.LocksExclusive"/> for
    /// its keys.
    /// </summary>
    MayReplicate = 1 << 11,
    NoAsyncLoading = 1 << 12,

    /// <summary>May be called without a key although it takes keys.</summary>
    NoMandatoryKeys = 1 << 17,
    NoMulti = 1 << 13,
    AllowBusy = 1 << 14,
    MovableKeys = 1 << 15,
    TouchesArbitraryKeys = 1 << 16,

    /// <summary>Ours: may run long, so a batch holding it goes to the executor pool, never to an event loop.</summary>
    Pooled = 1 << 20,

    /// <summary>Ours: <see cref="Pooled"/> if it has a count, the argument after its key (SPOP, ZPOPMIN).</summary>
    PooledWithCount = 1L << 31,

    /// <summary>
    /// Ours: goes on to the pool by itself when it finds much to do (XREADGROUP). What calls others has it there from
    /// the start.
    /// </summary>
    PooledByItself = 1L << 33,

    /// <summary>
    /// Ours: what it changes of a key is nothing that a client waits for: who has got which entry of a stream, and
    /// entries that go.
    /// </summary>
    WakesNobody = 1L << 34,

    /// <summary>Ours: runs at once inside MULTI instead of being queued (EXEC, DISCARD, RESET, ...).</summary>
    Immediate = 1 << 22,

    /// <summary>Ours: allowed for a RESP2 client with subscriptions.</summary>
    InSubscribedMode = 1 << 23,

    /// <summary>Ours: changes data although no key of it is declared W, so <c>COMMAND INFO</c> says "write".</summary>
    Write = 1 << 24,

    /// <summary>Ours: refused unless <c>enable-debug-command</c> lets the client use it.</summary>
    Protected = 1 << 26,

    /// <summary>Ours: reads data although it declares no key, so <c>COMMAND INFO</c> says "readonly".</summary>
    ReadOnly = 1 << 25,

    /// <summary>
    /// Ours: runs the client's queue, so its stripes, refusals and pauses are those of the queued commands (EXEC).
    /// </summary>
    RunsQueue = 1 << 27,

    /// <summary>Ours: what it says applies to the commands that follow it in a log (SELECT, MULTI, EXEC).</summary>
    FramesOthers = 1 << 29,

    /// <summary>
    /// Ours: refused as a write is when the disk fails, so that who checks the server's health hears of it (PING).
    /// </summary>
    RefusedAsWrite = 1 << 28,

    /// <summary>
    /// Ours: calls other commands, on keys that nobody can name before: inside EXEC all stripes are held for it (EVAL).
    /// </summary>
    CallsCommands = 1 << 19,

    /// <summary>Ours: what CLIENT CACHING said still holds for the command after it (CLIENT itself).</summary>
    KeepsCaching = 1L << 32,

    /// <summary>In a cluster it is served as if ASKING had come before it.</summary>
    Asking = 1 << 21,

    /// <summary>
    /// Ours: it carries keys away from a slot that is on its way, or to it: it runs here whoever has which key
    /// (MIGRATE).
    /// </summary>
    MovesKeys = 1 << 30,

    /// <summary>
    /// Ours: may change a key of another database than the client's, by its name in this one (MOVE, COPY).
    /// </summary>
    CrossDatabase = 1 << 18,
}

/// <summary>The documentation groups of Redis; also the source of an ACL category each.</summary>
public enum CommandGroup
{
    Generic,
    String,
    Bitmap,
    List,
    Set,
    SortedSet,
    Hash,
    PubSub,
    Transactions,
    Connection,
    Server,
    Scripting,
    HyperLogLog,
    Stream,
    Geo,
    Cluster,
}
