using RedisLite.Lua.Machine;

namespace RedisLite.Lua;

internal enum ThreadStatus
{
    Suspended,
    Running,
    Normal,
    Dead,
}

/// <summary>A coroutine, or the main thread of a state: a stack of values and one of frames.</summary>
/// <remarks>INVARIANT: above any frame's registers and above <see cref="Top"/> there are <see cref="Slack"/>
/// slots.</remarks>
internal sealed class LuaThread
{
    /// <summary>Slots that a host function may use without asking.</summary>
    public const int Slack = 48;

    private const int FewSlots = 16;
    private const int MaxDepth = 20_000;
    private const int ExtraDepth = 400;
    private const int MaxStack = 1_000_000;

    public LuaValue[] Stack;
    public CallFrame[] Frames;

    /// <summary>Frames in use.</summary>
    public int Depth;

    /// <summary>The end of open results, and of a host function's arguments.</summary>
    public int Top;

    /// <summary>
    /// The highest end of a frame that may begin without asking. On the stack that runs share it rises to what one
    /// needs, so that only so much is cleared after it.
    /// </summary>
    public int StackLimit;

    /// <summary>Host functions and protected calls below, across which it cannot yield.</summary>
    public int Barriers;
    public ThreadStatus Status = ThreadStatus.Suspended;
    public LuaTable Environment;
    public int Mark;

    // Where the results of the yield go that suspended it.
    public int YieldSlot;
    public int YieldWanted;

    public LuaThread(int slots, LuaTable environment)
    {
        Stack = new LuaValue[slots + Slack];
        StackLimit = slots;
        Frames = new CallFrame[8];
        Environment = environment;
    }

    public long Size => 120 + (16L * Stack.Length) + (48L * Frames.Length);

    /// <summary>Drops what stands on the stack.</summary>
    public void ClearStack()
    {
        Stack.AsSpan(0, StackLimit + Slack).Clear();
        StackLimit = Math.Min(FewSlots, StackLimit);
    }

    /// <summary>Makes room for slots up to <paramref name="end"/>; false if the stack would be too large.</summary>
    public bool TryEnsureStack(int end)
    {
        if (end <= StackLimit)
            return true;
        if (end <= Stack.Length - Slack)
        {
            StackLimit = Math.Min(Math.Max(end, StackLimit * 2), Stack.Length - Slack);
            return true;
        }

        if (end > MaxStack)
            return false;
        var size = Math.Max(end, StackLimit * 2) + Slack;
        Budget.BeforeLargeAllocation(16L * size);
        Array.Resize(ref Stack, size);
        StackLimit = size - Slack;
        return true;
    }

    /// <summary>A new frame on top; false if there are too many.</summary>
    public bool TryPush(bool isHandlingError)
    {
        if (Depth == Frames.Length)
        {
            if (Depth >= (isHandlingError ? MaxDepth + ExtraDepth : MaxDepth))
                return false;
            Array.Resize(ref Frames, Math.Min(Depth * 2, Depth >= MaxDepth ? MaxDepth + ExtraDepth : MaxDepth));
        }
        Depth++;
        return true;
    }
}
