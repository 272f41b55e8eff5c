namespace RedisLite.Lua;

/// <summary>The generator that Redis gives scripts: the 48-bit one of drand48, the same on every machine.</summary>
public sealed class LuaRandom
{
    private const ulong Multiplier = 0x5_DEEC_E66D;
    private const ulong Increment = 0xB;
    private const ulong Mask = (1UL << 48) - 1;
    private const int Largest = int.MaxValue;

    private ulong _state = 0x1234_ABCD_330E;

    public void Seed(int seed) => _state = ((ulong)(uint)seed << 16) | 0x330E;

    /// <summary>A number from 0 up to but not 1.</summary>
    internal double NextDouble() => (double)(Next() % Largest) / Largest;

    private int Next()
    {
        _state = ((_state * Multiplier) + Increment) & Mask;
        return (int)(_state >> 17);
    }
}
