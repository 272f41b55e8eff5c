using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Lua;
using RedisLite.Protocol;

namespace RedisLite.Commands.Scripting;

/// <summary>Runs scripts and functions for one executor, inside the command that names them.</summary>
/// <remarks>
/// <code>
///   Run     refused?              read-only replica, memory, disk, flags (ScriptGate)
///           known to stray?       then all stripes first: the command runs again under them
///           Lua                   redis.call runs commands under the stripes that are held, and keeps what they
///           overwrite
///   stray   a key of others       what it wrote is taken back, the command runs again under all stripes; remembered
///   long    where it must be short  (on a thread that reads sockets) what it wrote is taken back, the pool runs it;
///   remembered
///   killed  by a client, a limit  what it wrote is taken back; an error
///   ended                         its result, or its error with the script's name and line
/// </code>
/// So a script is one step for everybody else, whatever it touches, and scripts on different keys run side by side. One
/// thread at a time; <see cref="Kill"/>, <see cref="Holds"/> and the figures may be asked by others while it is slow.
/// </remarks>
internal sealed class ScriptHost : IDisposable
{
    // Where a script must be short: slices of Lua's work, each of some tens of microseconds; text that is hashed.
    private const int MostShortSlices = 20;
    private const int LongestHashed = 64 * 1024;
    private const int MostFunctionsKept = 64;

    private const string KilledMessage = "ERR Script killed by user with SCRIPT KILL.";

    private readonly CommandRun _run;
    private readonly ScriptRegistry _registry;
    private readonly ClientSession _clientsSession;
    private readonly ClientSession _obeyedSession;
    private readonly ConditionalWeakTable<FunctionLibrary, LoadedLibrary> _libraries = [];
    private readonly RunningRequest _request = new();
    private ScriptState? _evalState;
    private ScriptState? _functionState;
    private LibraryLoader? _loader;
    private readonly Dictionary<EvalScript, LuaFunction> _bodies = [];
    private EvalScript? _lastScript;
    private LuaFunction? _lastFunction;
    private LibraryFunction? _lastCalled;
    private LoadedLibrary? _lastLibrary;
    private LuaFunction? _lastBody;
    private CallableScript? _script;
    private long _started;
    private int _slices;
    private bool _strayed;
    private bool _leaves;
    private bool _isCertain;
    private bool _isSlow;
    private volatile bool _isKilled;

    public ScriptHost(CommandRun run)
    {
        _run = run;
        _registry = run.Services.Scripts;
        _clientsSession = new ClientSession(0, NoConnection.Instance, 0) { Origin = SessionOrigin.Script };
        _obeyedSession = new ClientSession(0, NoConnection.Instance, 0) { Origin = SessionOrigin.Replay };
        Session = _clientsSession;
        Call = new RedisCall(this, run);
        Undo = new ScriptUndo(run.Services.Databases);
    }

    public RedisCall Call { get; }

    /// <summary>What the running script has overwritten.</summary>
    public ScriptUndo Undo { get; }

    /// <summary>The session of what a script calls.</summary>
    public ClientSession Session { get; private set; }

    /// <summary>The time of all that the script does.</summary>
    public long NowMs { get; private set; }

    public bool IsRunning { get; private set; }

    /// <summary>It may call no write command.</summary>
    public bool IsReadOnly { get; private set; }

    /// <summary>It may write when memory is short.</summary>
    public bool AllowsOom { get; private set; }

    public bool RunsFunction => _script is LibraryFunction;

    public LogVerbosity LogLevel => _run.Services.Options.LogLevel;

    /// <summary>The name of what runs; for FUNCTION STATS.</summary>
    public byte[] RunningName => _script?.Name ?? [];

    /// <summary>The request that runs it, from when it is slow.</summary>
    public IReadOnlyList<byte[]> Request => _request.ToList();

    /// <summary>Milliseconds since it began.</summary>
    public long ElapsedMs => (long)Stopwatch.GetElapsedTime(Volatile.Read(ref _started)).TotalMilliseconds;

    /// <summary>Where small values are made that last for the run; null when there is no such place.</summary>
    public LuaScratch? Scratch { get; private set; }

    /// <summary>Whether ending it now leaves no trace.</summary>
    public bool CanBeKilled => !Undo.IsDirty || Undo.IsComplete;

    /// <summary>Comes by a stream that must be followed to its end.</summary>
    public bool IsObeyed => Session.IsObeyed;

    /// <summary>Whether the command that runs it holds a stripe. Any thread.</summary>
    public bool Holds(int stripe) => _run.Stripes.Plan.Holds(stripe);

    /// <summary>Ends what runs, at its next slice. Any thread.</summary>
    public void Kill() => _isKilled = true;

    public void LogLine(LogVerbosity level, string line) => _run.Services.Control.LogScript(level, line);

    public void UseProtocol(int version)
    {
        Session.ProtocolVersion = version;
        Call.Format = version == 3 ? ReplyFormat.Resp3 : ReplyFormat.Resp2;
    }

    /// <summary>
    /// The script has come to a key whose stripe is not held: it must end, and nothing can stop that.
    /// </summary>
    public LuaException Stray(in LuaCall call)
    {
        _strayed = true;
        return End(call, "touches a key that is not locked");
    }

    /// <summary>
    /// The script is about to take long where it must be short: it must end, and nothing can stop that.
    /// </summary>
    /// <param name="call">What it has called.</param>
    /// <param name="isCertain">Whether that is so by what it does, and not by the clock alone.</param>
    public LuaException LeaveToPool(in LuaCall call, bool isCertain)
    {
        _leaves = true;
        _isCertain = isCertain;
        return End(call, "takes too long");
    }

    /// <inheritdoc cref="CommandRun.MayTakeLong"/>
    public bool MayTakeLong => _run.MayTakeLong;

    /// <summary>Whether a script's text may be hashed, and compiled if it is new; else the pool does that.</summary>
    public bool MayCompile(ReadOnlySpan<byte> text)
    {
        if (_run.MayTakeLong || text.Length <= ScriptRegistry.LongestShortText
            || (text.Length <= LongestHashed && _registry.Find(ScriptDigest.Of(text)) is not null))
            return true;
        _run.LeaveToPool();
        return false;
    }

    /// <summary>Runs a script of EVAL. Its keys begin at argument 3.</summary>
    public void RunScript(scoped ref CommandContext ctx, EvalScript script, int keyCount, bool isReadOnly)
    {
        if (!MayRun(ref ctx, script, isReadOnly))
            return;
        var state = _evalState ??= new ScriptState(this, _registry, forFunctions: false);
        if (script != _lastScript)
            (_lastScript, _lastFunction) = (script, BodyOf(state, script));
        Scratch = state.Scratch;
        state.SetArguments(
            script.SeesKeys ? TableOf(ctx.Args, 3, keyCount) : LuaValue.Nil,
            script.SeesArguments ? TableOf(ctx.Args, 3 + keyCount, ctx.Args.Count - 3 - keyCount) : LuaValue.Nil);
        Run(ref ctx, script, state.Lua, _lastFunction!, isReadOnly, []);
        state.SetArguments(LuaValue.Nil, LuaValue.Nil);
        Scratch!.TakeBack();
        Scratch = null;
    }

    /// <summary>Runs a function of a library. Its keys begin at argument 3.</summary>
    public void RunFunction(scoped ref CommandContext ctx, LibraryFunction function, int keyCount, bool isReadOnly)
    {
        if (!MayRun(ref ctx, function, isReadOnly))
            return;
        if (!_run.MayTakeLong && !function.Library.LoadsQuickly)
        {
            _run.LeaveToPool();
            return;
        }

        var state = _functionState ??= new ScriptState(this, _registry, forFunctions: true);
        try
        {
            if (function != _lastCalled)
                FindBody(state, function);
        }
        catch (ScriptRefusedException refusal)
        {
            ctx.Reply.Error(refusal.Reply);
            return;
        }

        var library = _lastLibrary!;
        Scratch = library.MayKeep ? null : state.Scratch;
        Run(ref ctx, function, state.Lua, _lastBody!, isReadOnly,
            [TableOf(ctx.Args, 3, keyCount), TableOf(ctx.Args, 3 + keyCount, ctx.Args.Count - 3 - keyCount)]);
        if (Scratch is null)
            return;
        library.MayKeep = state.Lua.HasKept;
        if (library.MayKeep)
            state.LeaveScratch();
        else
            Scratch.TakeBack();
        Scratch = null;
    }

    public void Dispose()
    {
        _evalState?.Dispose();
        _functionState?.Dispose();
        Call.Dispose();
        Undo.Dispose();
    }

    /// <summary>Asked after each slice of a script's work.</summary>
    internal void SliceEnded(LuaState state)
    {
        if (_isKilled || _registry.IsStopping)
            state.Kill(KilledMessage);
        else if (!_run.MayTakeLong && ++_slices > MostShortSlices)
            EndShortRun(state);
        else if (!_isSlow && ElapsedMs >= _run.Services.Options.BusyReplyThresholdMs)
            BecomeSlow();
    }

    private static LuaException End(in LuaCall call, string why)
    {
        call.State.Kill(why);
        call.Tick(int.MaxValue / 2);
        throw new UnreachableException();
    }

    private void EndShortRun(LuaState state)
    {
        _leaves = _isCertain = true;
        state.Kill("takes too long");
    }

    private LuaTable TableOf(in Arguments args, int first, int count)
    {
        var table = Scratch is null ? new LuaTable(count) : Scratch.Table(count);
        for (var i = 0; i < count; i++)
            table[i + 1] = Scratch is null ? LuaValue.String(args[first + i]) : Scratch.String(args[first + i]);
        return table;
    }

    private LuaFunction BodyOf(ScriptState state, EvalScript script)
    {
        if (_bodies.TryGetValue(script, out var body))
            return body;
        if (_bodies.Count == MostFunctionsKept)
            _bodies.Clear();
        return _bodies[script] = state.Lua.Load(script.Chunk);
    }

    private void BecomeSlow()
    {
        _isSlow = true;
        _registry.AddSlow(this);
    }

    /// <summary>
    /// Whether it may run now, under the stripes that are held; else an error is replied, or the command runs again.
    /// </summary>
    private bool MayRun(scoped ref CommandContext ctx, CallableScript script, bool isReadOnly)
    {
        if (ScriptGate.Refuse(ctx.Services, ctx.Session, script.Flags, isReadOnly, _run.IsOutOfMemory) is { } refusal)
        {
            ctx.Reply.Error(refusal);
            return false;
        }

        // What monitors are shown cannot be taken back; a stream that is followed must be read once.
        var needsAll = script.Strays || ctx.Services.Monitors.Any;
        if (!_run.MayTakeLong && (needsAll || script.TakesLong || ctx.Session.IsObeyed))
        {
            _run.LeaveToPool();
            return false;
        }

        var isReader = isReadOnly || script.Flags.Has(ScriptFlags.NoWrites);
        if (!needsAll || ctx.HoldsAllStripes(exclusive: !isReader))
            return true;
        ctx.RunAgainUnderAllStripes();
        return false;
    }

    private void FindBody(ScriptState state, LibraryFunction function)
    {
        if (!_libraries.TryGetValue(function.Library, out var library))
        {
            _loader ??= new LibraryLoader(state.Lua, LogLine);
            library = new LoadedLibrary(_loader.Run(function.Library.Chunk));
            _libraries.Add(function.Library, library);
        }

        _lastBody = library.Find(function.Name) ?? throw new ScriptRefusedException("Function not found");
        (_lastCalled, _lastLibrary) = (function, library);
    }

    private void Run(
        scoped ref CommandContext ctx, CallableScript script, LuaState state, LuaFunction function, bool isReadOnly,
        scoped ReadOnlySpan<LuaValue> arguments)
    {
        var mark = _run.Nested.Mark();
        if (ctx.Services.Cluster is not null)
        {
            var isFree = script.Flags.Has(ScriptFlags.Undeclared) || script.Flags.Has(ScriptFlags.AllowCrossSlotKeys);
            _run.Nested.BeginScript(ctx.Keys, isFree);
        }

        Begin(ref ctx, script, isReadOnly);
        var hasEnded = false;
        try
        {
            var succeeded = state.TryCall(function, arguments);
            Stop();
            if (_strayed || _leaves || (!succeeded && state.WasKilled))
                TakeBack(mark, ctx.IsLogged);
            hasEnded = true;
            if (_strayed || _leaves)
                RunAgain(ref ctx, script);
            else if (succeeded)
                new ResultWriter(ctx.Reply, Session.ProtocolVersion == 3, _registry.MemoryLimit).Write(state.Result());
            else
                WriteError(ref ctx, script, state);
        }
        finally
        {
            Stop();
            if (!hasEnded)
                TakeBack(mark, ctx.IsLogged);
            End(state);
        }

        if (!_leaves)
            script.NoteShort();
    }

    private void Begin(scoped ref CommandContext ctx, CallableScript script, bool isReadOnly)
    {
        var caller = ctx.Session;
        Session = caller.IsObeyed ? _obeyedSession : _clientsSession;
        Session.Database = caller.Database;
        Session.ProtocolVersion = 2;
        Session.NoTouch = caller.NoTouch;
        Session.Tracking = caller.Tracking;
        Session.Caller = caller;
        NowMs = ctx.NowMs;
        IsReadOnly = isReadOnly || script.Flags.Has(ScriptFlags.NoWrites);
        AllowsOom = script.Flags.Has(ScriptFlags.AllowOom);
        Undo.Begin(ctx.NowMs, mayGiveUp: _run.MayTakeLong && ctx.HoldsAllStripes(exclusive: !IsReadOnly));
        _script = script;
        _strayed = _leaves = _isKilled = false;
        _slices = 0;
        // Where nothing waits for stripes, the command before has just read the clock.
        Volatile.Write(ref _started, _run.MayTakeLong ? Stopwatch.GetTimestamp() : _run.Meter.Timestamp);
        _request.Keep(ctx.Args);
        IsRunning = true;
    }

    /// <summary>Nobody can kill it any more.</summary>
    private void Stop()
    {
        if (_isSlow)
            _registry.RemoveSlow(this);
        _isSlow = false;
        IsRunning = false;
    }

    private void End(LuaState state)
    {
        Undo.Clear();
        Call.Reset();
        state.ReleaseResults();
        Session.Tracking = null;
        Session.Caller = null;
        _script = null;
    }

    private void TakeBack(in NestedMark mark, bool isLogged)
    {
        // At the end of the server what cannot be taken back is at least not logged in part.
        if (!Undo.IsDirty || !(Undo.IsComplete || _registry.IsStopping))
            return;
        _run.Nested.Rewind(mark);
        if (Undo.IsComplete)
        {
            _run.Records.Rewind(mark.Records);
            Undo.Apply(_run.Effects, isLogged);
        }
    }

    private void RunAgain(scoped ref CommandContext ctx, CallableScript script)
    {
        script.Strays |= _strayed;
        if (_leaves && _isCertain)
            script.TakesLong = true;
        else if (_leaves)
            script.SuspectLength();
        if (_run.MayTakeLong)
            ctx.RunAgainUnderAllStripes();
        else
            _run.LeaveToPool();
    }

    private void WriteError(scoped ref CommandContext ctx, CallableScript script, LuaState state)
    {
        var error = state.ErrorValue;
        var message = new StringBuilder();
        if (_isKilled && state.WasKilled)
            message.Append(KilledMessage);
        else if (error.Table is not { } table)
            message.Append("ERR ").Append(
                RedisApi.IsText(error) ? Encoding.Latin1.GetString(RedisApi.TextOf(error)) : error.ToString());
        else if (RedisApi.IsText(table[RedisApi.ErrorField]))
            message.Append(Encoding.Latin1.GetString(RedisApi.TextOf(table[RedisApi.ErrorField])));
        else
            message.Append("ERR the script failed with a table that has no field 'err'");
        if (error.Table?[RedisApi.IsCountedField].IsTruthy == true)
            _run.Nested.NoteCountedError();
        message.Append(" script: ").Append(Encoding.Latin1.GetString(script.Name));
        if (state.ErrorChunk is { } chunk)
            message.Append(", on ").Append(chunk).Append(':').Append(state.ErrorLine).Append('.');
        ctx.Reply.Error(Encoding.Latin1.GetBytes(message.ToString()));
    }
}
