namespace RedisLite.Lua.Machine;

/// <summary>How the start of a call, an instruction, or a run ended.</summary>
internal enum Outcome
{
    /// <summary>Results are where they belong; of a run: it is at an end.</summary>
    Done,

    /// <summary>A frame of Lua code is on top, to be run.</summary>
    Entered,

    /// <summary>The error is in the state.</summary>
    Failed,

    /// <summary>The coroutine is suspended.</summary>
    Yielded,
}

/// <summary>What a host function returns instead of a number of results.</summary>
internal static class CallCode
{
    public const int Failed = -1;
    public const int Yielded = -2;
    public const int ProtectedCall = -3;
    public const int HandledCall = -4;
}
