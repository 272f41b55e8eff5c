using RedisLite.Commands.Server;

namespace RedisLite.Commands.Keys;

/// <summary>What the access mark of a key means, and how an access moves it: the one place that knows.</summary>
/// <remarks>
/// The mark is 32 bits in the key's record; <c>maxmemory-policy</c> says how they are read:
/// <code>
///   LRU and all others   [ seconds since the Unix epoch (32)                          ]
///   LFU                  [ 0 (8) | minutes since the Unix epoch (16) | counter (8)    ]
/// </code>
/// The LFU counter is Redis's: logarithmic, so that 255 stands for about a million accesses at a log factor of 10, and
/// one less for each decay time that passed without an access. As in Redis, a change between the two families at run
/// time leaves marks of the other kind behind, which mean little until the keys are used again.
/// </remarks>
internal static class AccessClock
{
    /// <summary>What a new key starts with, so that it is not the first to be evicted before it could be used.</summary>
    private const uint InitialCounter = 5;

    private const uint MaxCounter = 255;
    private const long MinuteMask = 0xFFFF;

    public static bool IsLfu(RuntimeOptions options) =>
        options.MaxMemoryPolicy is MaxMemoryPolicy.AllKeysLfu or MaxMemoryPolicy.VolatileLfu;

    /// <summary>The mark of a key created now.</summary>
    public static uint ForNewKey(long nowMs, RuntimeOptions options) =>
        IsLfu(options) ? OfCounter(InitialCounter, nowMs) : Seconds(nowMs);

    /// <summary>The mark after an access.</summary>
    public static uint Touched(uint mark, long nowMs, RuntimeOptions options)
    {
        if (!IsLfu(options))
            return Seconds(nowMs);
        var counter = Counter(mark, nowMs, options.LfuDecayMinutes);
        return OfCounter(Incremented(counter, options.LfuLogFactor, Random.Shared.NextDouble()), nowMs);
    }

    /// <summary>Whole seconds since the last access, by an LRU mark.</summary>
    public static long IdleSeconds(uint mark, long nowMs) => Math.Max(0, (nowMs / 1000) - mark);

    /// <summary>The LRU mark of a key last accessed so many seconds ago; before the epoch counts as the epoch.</summary>
    public static uint OfIdleSeconds(long seconds, long nowMs) => (uint)Math.Max(0, (nowMs / 1000) - seconds);

    /// <summary>The LFU mark of a counter value as of now.</summary>
    public static uint OfCounter(uint counter, long nowMs) => ((uint)(nowMs / 60_000 & MinuteMask) << 8) | counter;

    /// <summary>The LFU counter as of now: less one for each decay time since the mark was made.</summary>
    /// <param name="mark">An LFU mark.</param>
    /// <param name="nowMs">Unix time in milliseconds.</param>
    /// <param name="decayMinutes">0: the counter never falls.</param>
    public static uint Counter(uint mark, long nowMs, int decayMinutes)
    {
        var counter = mark & MaxCounter;
        if (decayMinutes <= 0)
            return counter;
        // Sixteen bits of minutes go round every 45 days; the difference is right for anything shorter.
        var elapsed = (nowMs / 60_000 - (mark >> 8)) & MinuteMask;
        return (uint)Math.Max(0, counter - elapsed / decayMinutes);
    }

    /// <summary>Counts one access, the less likely the higher the counter is already.</summary>
    /// <param name="counter">As of now.</param>
    /// <param name="logFactor">0: every access counts.</param>
    /// <param name="chance">Uniform in [0, 1).</param>
    public static uint Incremented(uint counter, int logFactor, double chance)
    {
        if (counter >= MaxCounter)
            return MaxCounter;
        var above = counter > InitialCounter ? counter - InitialCounter : 0;
        return chance < 1.0 / ((above * (double)logFactor) + 1) ? counter + 1 : counter;
    }

    private static uint Seconds(long nowMs) => (uint)(nowMs / 1000);
}
