namespace RedisLite.Lua.Machine;

/// <summary>The limits of a run: work counted in slices, memory counted by what the thread allocates.</summary>
/// <remarks>
/// Backward jumps, calls and the steps of library loops take from <see cref="LuaState.Fuel"/>. When a slice is spent,
/// the host is asked, a kill takes effect, and what was allocated since the last count is added to what lived then.
/// Only if that passes the limit is what lives counted anew, from the stacks and globals; if that is too much, the
/// script ends. Large allocations ask before they happen.
/// </remarks>
internal static class Budget
{
    public const int Slice = 10_000;

    private const int LargeAllocation = 32 * 1024;
    private const int BytesPerUnit = 128;

    // The state that runs on this thread, for allocations far from it.
    [ThreadStatic]
    private static LuaState? _running;

    public static LuaState? Enter(LuaState? state)
    {
        var before = _running;
        _running = state;
        return before;
    }

    /// <summary>A slice is spent: false if the script must end, with the error in the state.</summary>
    public static bool TryContinue(LuaState state)
    {
        if (state.Fuel >= 0)
            return true;
        state.Fuel = Slice;
        if (!state.IsKilled)
            state.EndSlice();
        if (!state.IsKilled && IsOverLimit(state, 0))
            state.KillNow("not enough memory");
        return !state.IsKilled;
    }

    /// <summary>Work done in a library.</summary>
    /// <exception cref="LuaException">The script must end.</exception>
    public static void Tick(LuaState state, int units = 1)
    {
        state.Fuel -= units;
        if (state.Fuel < 0 && !TryContinue(state))
            throw new LuaException(state.Error, isKill: true);
    }

    /// <summary>Bytes about to be allocated or copied.</summary>
    /// <exception cref="LuaException">The script must end.</exception>
    public static void Charge(LuaState state, long bytes)
    {
        Tick(state, (int)Math.Min(bytes / BytesPerUnit, Slice));
        if (bytes >= LargeAllocation)
            CheckAhead(state, bytes);
    }

    /// <summary>The same where the state is not at hand; small ones are free.</summary>
    /// <exception cref="LuaException">The script must end.</exception>
    public static void BeforeLargeAllocation(long bytes)
    {
        if (bytes >= LargeAllocation && _running is { } state)
            CheckAhead(state, bytes);
    }

    private static void CheckAhead(LuaState state, long bytes)
    {
        if (!IsOverLimit(state, bytes))
            return;
        state.KillNow("not enough memory");
        throw new LuaException(state.Error, isKill: true);
    }

    private static bool IsOverLimit(LuaState state, long ahead)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var used = state.LiveBytes + allocated - state.AllocatedAtCount;
        if (used + ahead <= state.CountThreshold)
            return false;
        state.LiveBytes = MemoryCount.Of(state);
        state.AllocatedAtCount = allocated;
        // With little left, wait for an eighth of the limit to be allocated before the next count.
        state.CountThreshold = Math.Max(state.MemoryLimit, state.LiveBytes + (state.MemoryLimit / 8));
        return state.LiveBytes + ahead > state.MemoryLimit;
    }
}
