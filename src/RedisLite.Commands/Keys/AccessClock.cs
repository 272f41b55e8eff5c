using RedisLite.Commands.Server;

namespace RedisLite.Commands.Keys;

/// <summary>What the access mark of a key means, and how an access moves it: the one place that knows.</summary>
/// <remarks>
/// The mark is 24 bits in the key's record; <c>maxmemory-policy</c> says how they are read:
/// <code>
///   LRU and all others   [ seconds since the Unix epoch, modulo 2^24 (24)     ]
///   LFU                  [ minutes since the Unix epoch (16) | counter (8)    ]
/// </code>
/// As in Redis the seconds go round, every 194 days; a key that nobody used for longer passes for a younger one.
/// The LFU counter is Redis's: logarithmic, so that 255 stands for about a million accesses at a log factor of 10, and
/// one less for each decay time that passed without an access. As in Redis, a change between the two families at run
/// time leaves marks of the other kind behind, which mean little until the keys are used again.
/// </remarks>
internal static class AccessClock
{
    /// <summary>
    /// What a new key starts with, so that it is not the first to be evicted before it could be used.
    /// </summary>
    private const uint InitialCounter = 5;

    private const uint MaxCounter = 255;
    private const long MinuteMask = 0xFFFF;
    private const long SecondsMask = 0xFF_FFFF;
    private const long ClockSkewSeconds = 60;

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
    /// <remarks>A mark a little ahead of the clock, which another thread read later, is one of just now.</remarks>
    public static long IdleSeconds(uint mark, long nowMs)
    {
        var idle = ((nowMs / 1000) - mark) & SecondsMask;
        return idle > SecondsMask - ClockSkewSeconds ? 0 : idle;
    }

    /// <summary>The LRU mark of a key last accessed so many seconds ago, 194 days at most.</summary>
    public static uint OfIdleSeconds(long seconds, long nowMs) =>
        (uint)(((nowMs / 1000) - Math.Min(seconds, SecondsMask - ClockSkewSeconds)) & SecondsMask);

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

    private static uint Seconds(long nowMs) => (uint)(nowMs / 1000 & SecondsMask);
}
