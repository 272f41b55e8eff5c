namespace RedisLite.Storage.Values.Trees;

/// <summary>How much room strings get.</summary>
internal static class StringRoom
{
    /// <summary>The longest string, in bytes, as in Redis.</summary>
    public const int Longest = 512 * 1024 * 1024;

    /// <summary>
    /// A gap of this size is asked for as zeros, which the allocator has for nothing when it maps new pages: a bit set
    /// half a gibibyte away (SETBIT, SETRANGE) takes microseconds, and pages nobody writes to take no memory.
    /// </summary>
    public const int LargeGap = 128 * 1024;

    /// <summary>Room for a string that grows in place: double at first, then a mebibyte ahead, as Redis does.</summary>
    public static int After(int oldLength, int newLength)
    {
        const int FurthestAhead = 1024 * 1024;
        return newLength <= oldLength
            ? newLength
            : (int)Math.Min((long)newLength + Math.Min(newLength, FurthestAhead), Longest);
    }
}
