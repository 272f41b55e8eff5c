using RedisLite.Lua.Compiler;
using RedisLite.Lua.Machine;

namespace RedisLite.Lua;

/// <summary>A Lua universe: globals, libraries and the main thread. One thread at a time uses it; chunks are
/// shared.</summary>
/// <remarks>
/// A run is <see cref="TryCall"/>; what it returned stays on the stack until the next. Nothing a script does ends the
/// process or passes the limits: work is cut into slices, after each of which <see cref="SliceEnded"/> is asked and a
/// kill takes effect, memory is bounded by <see cref="MemoryLimit"/>, nesting of calls, coroutines, syntax and
/// patterns by constants. A kill is an error that no <c>pcall</c> catches. An exception of the host's own leaves <see
/// cref="TryCall"/> as it is; the next run begins clean.
/// </remarks>
public sealed class LuaState
{
    private const int MainSlots = 256;
    private const int SlotsKept = 4096;

    internal int Fuel;
    internal bool IsKilled;
    internal int Nesting;
    internal int HandlersRunning;
    internal LuaValue Error = LuaValue.Nil;
    internal LuaThread Thread;
    internal LuaThread Main;
    internal LuaTable? StringMetatable;
    internal object? NextFunction;
    internal long LiveBytes;
    internal long AllocatedAtCount;
    internal long CountThreshold;

    private volatile string? _killRequest;
    private Prototype? _errorIn;
    private int _errorPc;

    /// <summary>A state without libraries: <c>StandardLibraries.Open</c> adds those that Redis has.</summary>
    public LuaState()
    {
        Globals = new LuaTable(0, 64);
        Main = new LuaThread(MainSlots, Globals);
        Thread = Main;
    }

    /// <summary>The global variables.</summary>
    public LuaTable Globals { get; }

    /// <summary>Bytes that a script may hold; past it the script ends.</summary>
    public long MemoryLimit { get; set; } = 256L << 20;

    /// <summary>
    /// Whether <c>pcall</c> gives in place of an error table the text in its field <c>err</c>, as Redis's does.
    /// </summary>
    public bool UnwrapsErrors { get; set; }

    /// <summary>Asked after each slice of work, on the script's thread; it may <see cref="Kill"/>.</summary>
    public Action<LuaState>? SliceEnded { get; set; }

    /// <summary>What <c>math.random</c> draws from; seed it before a run to make the run repeatable.</summary>
    public LuaRandom Random { get; } = new();

    /// <summary>Results of the last run that succeeded.</summary>
    public int ResultCount { get; private set; }

    /// <summary>The error of the last run that failed, of any type.</summary>
    public LuaValue ErrorValue => Error;

    /// <summary>
    /// The last run put an object where it stays, among what <see cref="TryWatchStores"/> has marked.
    /// </summary>
    public bool HasKept { get; internal set; }

    /// <summary>The last run was killed, by the host or by a limit.</summary>
    public bool WasKilled => IsKilled;

    /// <summary>The chunk name, as compiled, of the Lua function in which the last run failed; null if there was
    /// none.</summary>
    public string? ErrorChunk => _errorIn?.ChunkName;

    /// <summary>The line in it; -1 if there is none.</summary>
    public int ErrorLine => _errorIn?.LineAt(_errorPc) ?? -1;

    internal List<LuaThread> Resumers { get; } = [];

    /// <summary>A function that runs the chunk with this state's globals.</summary>
    public LuaFunction Load(LuaChunk chunk) => new LuaClosure(chunk.Prototype, Globals);

    /// <summary>
    /// From now on <see cref="HasKept"/> tells of runs of these functions whether something that was made for them may
    /// still be found afterwards.
    /// </summary>
    /// <returns>False if that cannot be told of these.</returns>
    public static bool TryWatchStores(IEnumerable<LuaFunction> functions) => StoreWatch.TryBegin(functions);

    /// <summary>Ends the running script at its next slice; any thread may call it. Without a run it has no
    /// effect.</summary>
    public void Kill(string message) => _killRequest = message;

    /// <summary>Runs a function. Results are read with <see cref="Result"/>, an error with
    /// <see cref="ErrorValue"/>.</summary>
    /// <returns>False if it failed or was killed.</returns>
    public bool TryCall(LuaFunction function, params ReadOnlySpan<LuaValue> arguments)
    {
        BeginRun();
        var outer = Budget.Enter(this);
        try
        {
            if (!Main.TryEnsureStack(arguments.Length + 1))
                throw new ArgumentException("too many arguments", nameof(arguments));
            Main.Stack[0] = function;
            for (var index = 0; index < arguments.Length; index++)
                Main.Stack[1 + index] = arguments[index];
            var outcome = Interpreter.Run(this, Main, 0, 0, arguments.Length);
            ResultCount = outcome == Outcome.Done ? Main.Top : 0;
            return outcome == Outcome.Done;
        }
        finally
        {
            Budget.Enter(outer);
        }
    }

    /// <summary>A result of the last run, counted from 0; nil beyond the last.</summary>
    public LuaValue Result(int index = 0) => index < ResultCount ? Main.Stack[index] : LuaValue.Nil;

    /// <summary>About the bytes that the state holds, its globals included. Not during a run.</summary>
    public long CountMemory() => MemoryCount.Of(this);

    /// <summary>Drops what the last run left on the stack, so that it can be collected.</summary>
    public void ReleaseResults()
    {
        ResultCount = 0;
        Error = LuaValue.Nil;
        if (Main.Stack.Length > SlotsKept)
            Main = new LuaThread(MainSlots, Main.Environment);
        else
            Main.ClearStack();
        Thread = Main;
    }

    /// <summary>What <c>tostring</c> makes of a value, metamethod included.</summary>
    /// <exception cref="LuaException">The metamethod failed.</exception>
    internal LuaValue Show(in LuaValue value)
    {
        if (value.IsString)
            return value;
        var handler = Metamethods.MetatableOf(this, value)?.FindString(Metamethods.ToStringName) ?? LuaValue.Nil;
        return handler.O == LuaValue.NilMark ? new LuaValue(ToText.Of(value)) : Thread.Stack[Call(handler, 1, value)];
    }

    /// <summary>Calls a function from a host function's body.</summary>
    /// <returns>The slot of the first of exactly as many results as wanted.</returns>
    /// <exception cref="LuaException">It failed.</exception>
    internal int Call(in LuaValue function, int wanted, params ReadOnlySpan<LuaValue> arguments)
    {
        var thread = Thread;
        var slot = thread.Top;
        if (!thread.TryEnsureStack(slot + arguments.Length + wanted + 2))
            throw Raise("stack overflow");
        thread.Stack[slot] = function;
        for (var index = 0; index < arguments.Length; index++)
            thread.Stack[slot + 1 + index] = arguments[index];
        thread.Top = slot + arguments.Length + 1;
        var isDone = Calls.TryCall(this, slot, arguments.Length, wanted, fromHost: true);
        thread.Top = slot;
        return isDone ? slot : throw new LuaException(Error, IsKilled);
    }

    /// <summary>An error with the position of the Lua function that called the host function.</summary>
    internal LuaException Raise(string message)
    {
        ErrorMessages.Fail(this, message);
        return new LuaException(Error);
    }

    internal void KillNow(string message)
    {
        ErrorMessages.Fail(this, message);
        IsKilled = true;
    }

    internal void EndSlice()
    {
        SliceEnded?.Invoke(this);
        if (_killRequest is { } message)
            KillNow(message);
    }

    /// <summary>Notes where an error was raised, unless it is on its way up already.</summary>
    internal void NoteOrigin(LuaThread thread)
    {
        for (var index = thread.Depth - 1; _errorIn is null && index >= 0; index--)
        {
            if (thread.Frames[index].Closure is { } closure)
            {
                _errorIn = closure.Prototype;
                _errorPc = thread.Frames[index].Pc - 1;
            }
        }
    }

    /// <summary>The error was caught.</summary>
    internal void ForgetError() => _errorIn = null;

    private void BeginRun()
    {
        Thread = Main;
        Main.Depth = 0;
        Main.Top = 0;
        Main.Barriers = 0;
        Main.Environment = Globals;
        Main.Status = ThreadStatus.Running;
        Resumers.Clear();
        Nesting = 0;
        HandlersRunning = 0;
        Fuel = Budget.Slice;
        IsKilled = false;
        HasKept = false;
        _killRequest = null;
        _errorIn = null;
        LiveBytes = 0;
        CountThreshold = MemoryLimit;
        AllocatedAtCount = GC.GetAllocatedBytesForCurrentThread();
    }
}
