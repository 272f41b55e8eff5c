namespace RedisLite.Benchmark.Load;

/// <summary>SplitMix64: a pseudo-random sequence that a seed repeats exactly, a nanosecond a number.</summary>
/// <remarks>
/// Constants and steps from Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators" (2014).
/// </remarks>
internal sealed class SeededRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>
    /// The sequence for worker number <paramref name="index"/>: far from its neighbours' for any seed.
    /// </summary>
    public static SeededRandom ForWorker(ulong seed, int index)
    {
        var source = new SeededRandom(seed ^ ((ulong)(index + 1) * 0xD1B54A32D192ED03));
        return new SeededRandom(source.NextUInt64());
    }

    public ulong NextUInt64()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number in [0, <paramref name="bound"/>), its bias below bound / 2^64.</summary>
    public long NextBelow(long bound) => (long)Math.BigMul(NextUInt64(), (ulong)bound, out _);

    /// <summary>A number in [0, 1).</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));
}
