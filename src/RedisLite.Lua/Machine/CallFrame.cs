namespace RedisLite.Lua.Machine;

/// <summary>What a frame is, which says what happens when it ends.</summary>
internal enum FrameKind
{
    /// <summary>A Lua function that a Lua function called: its caller's frame is below.</summary>
    Lua,

    /// <summary>A Lua function below which a protected call stands.</summary>
    Protected,

    /// <summary>A Lua function that the host called: its end ends the run.</summary>
    Entry,

    /// <summary>A <c>pcall</c>: no code, catches errors.</summary>
    ProtectedCall,

    /// <summary>An <c>xpcall</c>: the same, with its handler in the slot after its own.</summary>
    HandledCall,

    /// <summary>A host function that calls back; stands for it where levels are counted.</summary>
    Host,
}

/// <summary>One activation.</summary>
/// <remarks>
/// <code>
///     stack   ... [ function | arguments beyond the parameters | registers ... ]
///                   ^ Return   (VarargCount)                     ^ Base
/// </code>
/// </remarks>
internal struct CallFrame
{
    public LuaClosure? Closure;
    public int Base;
    public int Pc;

    /// <summary>Where results go: the slot of the function.</summary>
    public int Return;

    /// <summary>Results that the caller wants, -1 for all.</summary>
    public int Wanted;
    public int VarargCount;

    /// <summary>Frames that tail calls replaced, which count as levels.</summary>
    public int TailCalls;
    public FrameKind Kind;
}
