using System.Collections.Concurrent;
using RedisLite.Commands.Server;
using RedisLite.Storage.Locking;

namespace RedisLite.Commands.Scripting;

/// <summary>
/// The scripts and libraries that clients have sent, and the scripts that have run for long. One for each server.
/// </summary>
/// <remarks>
/// Any thread. A script is compiled once; executors make what they run of it. A script that runs longer than
/// <c>busy-reply-threshold</c> is entered as slow, and left when it ends: only then do clients who would wait for one
/// of its stripes get BUSY, and only then can SCRIPT KILL find it.
/// </remarks>
public sealed class ScriptRegistry(RuntimeOptions options) : IWaitLimit
{
    /// <summary>Bytes of a text that is compiled in a moment.</summary>
    internal const int LongestShortText = 4 * 1024;

    private static readonly byte[] BusyWithScript =
        "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."u8.ToArray();

    private static readonly byte[] BusyWithFunction =
        "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE."u8.ToArray();

    private readonly ConcurrentDictionary<ScriptDigest, EvalScript> _scripts = new();
    private readonly Lock _compilingShort = new();
    private readonly Lock _compilingLong = new();
    private long _compilations;
    private readonly Lock _gate = new();
    private ScriptHost[] _slow = [];
    private FunctionSet _functions = FunctionSet.Empty;
    private long _evalStateBytes;
    private long _functionStateBytes;
    private volatile bool _isStopping;

    /// <summary>Bytes that one script may hold.</summary>
    public long MemoryLimit => options.ScriptMemoryLimit;

    /// <summary>The libraries; replaced as a whole. LOCK: changed with all stripes held exclusively.</summary>
    internal FunctionSet Functions
    {
        get => Volatile.Read(ref _functions);
        set => Volatile.Write(ref _functions, value);
    }

    /// <summary>
    /// The text of each library, for files and replicas. LOCK: all stripes are held, or nobody else uses the server.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> LibraryTexts =>
        [.. Functions.Libraries.Select(library => (ReadOnlyMemory<byte>)library.Text)];

    internal int ScriptCount => _scripts.Count;

    /// <summary>About the bytes that the scripts take.</summary>
    internal long ScriptBytes => _scripts.Sum(item => item.Value.Size);

    /// <summary>The server is about to end: no script may go on.</summary>
    internal bool IsStopping => _isStopping;

    /// <summary>The script that has run for longest, of those that have run for long.</summary>
    internal ScriptHost? Slowest => Volatile.Read(ref _slow) is [var first, ..] ? first : null;

    /// <summary>Those that have run for long, in the order in which that was noticed.</summary>
    internal IReadOnlyList<ScriptHost> Slow => Volatile.Read(ref _slow);

    /// <summary>Loads a library from a file. LOCK: nobody else uses the server, or all stripes are held.</summary>
    /// <returns>Why it could not be loaded; null if it was.</returns>
    public string? TryLoadLibrary(ReadOnlySpan<byte> text)
    {
        var draft = new LibraryDraft(this, Functions);
        var problem = draft.TryAdd(text);
        Functions = draft.Functions;
        return problem;
    }

    /// <summary>
    /// Serves another server's libraries in place of those that are here. LOCK: all stripes are held exclusively.
    /// </summary>
    public void Adopt(LibraryDraft libraries)
    {
        ArgumentNullException.ThrowIfNull(libraries);
        Functions = libraries.Functions;
    }

    /// <summary>
    /// Ends all scripts that run, now and from now on; what a script has changed is taken back or not logged.
    /// </summary>
    public void StopAll() => _isStopping = true;

    bool IWaitLimit.IsReached(int stripe) => BusyReply(stripe) is not null;

    /// <summary>What to tell a client who would wait for a stripe; null when no slow script holds it.</summary>
    internal byte[]? BusyReply(int stripe)
    {
        foreach (var host in Volatile.Read(ref _slow))
            if (host.Holds(stripe))
                return BusyReplyFor(host);
        return null;
    }

    internal static byte[] BusyReplyFor(ScriptHost host) => host.RunsFunction ? BusyWithFunction : BusyWithScript;

    internal EvalScript? Find(in ScriptDigest digest) => _scripts.GetValueOrDefault(digest);

    /// <summary>Finds a script by its text, or compiles it.</summary>
    /// <exception cref="ScriptRefusedException">It cannot be compiled.</exception>
    internal EvalScript FindOrAdd(ReadOnlySpan<byte> text, out ScriptDigest digest)
    {
        digest = ScriptDigest.Of(text);
        if (Find(digest) is { } found)
            return found;

        // Of several clients who bring a script at once, one compiles it. A short one does not wait for a long one.
        lock (text.Length <= LongestShortText ? _compilingShort : _compilingLong)
        {
            if (Find(digest) is { } added)
                return added;
            var script = EvalScript.Compile(text, digest);
            Interlocked.Increment(ref _compilations);
            return _scripts[digest] = script;
        }
    }

    /// <summary>How often a script was compiled since the server started.</summary>
    internal long Compilations => Volatile.Read(ref _compilations);

    internal void ForgetScripts() => _scripts.Clear();

    internal void AddSlow(ScriptHost host)
    {
        lock (_gate)
            Volatile.Write(ref _slow, [.. _slow, host]);
    }

    internal void RemoveSlow(ScriptHost host)
    {
        lock (_gate)
            Volatile.Write(ref _slow, [.. _slow.Where(other => other != host)]);
    }

    /// <summary>About the bytes that the Lua states of the executors took when they were made.</summary>
    internal long StateBytesOf(bool functions) =>
        Interlocked.Read(ref functions ? ref _functionStateBytes : ref _evalStateBytes);

    /// <summary>An executor has made a Lua state of so many bytes, or dropped one.</summary>
    internal void CountState(bool forFunctions, long bytes) =>
        Interlocked.Add(ref forFunctions ? ref _functionStateBytes : ref _evalStateBytes, bytes);
}

/// <summary>Libraries that are read from a copy and not served yet. One thread at a time.</summary>
public sealed class LibraryDraft
{
    private readonly ScriptRegistry _registry;

    /// <summary>Begins without libraries.</summary>
    public LibraryDraft(ScriptRegistry registry)
        : this(registry, FunctionSet.Empty)
    {
    }

    internal LibraryDraft(ScriptRegistry registry, FunctionSet functions)
    {
        _registry = registry;
        Functions = functions;
    }

    internal FunctionSet Functions { get; private set; }

    /// <returns>Why it could not be loaded; null if it was.</returns>
    public string? TryAdd(ReadOnlySpan<byte> text)
    {
        try
        {
            Functions = Functions.With(FunctionLibrary.Load(text, _registry.MemoryLimit), replaces: true);
            return null;
        }
        catch (ScriptRefusedException refusal)
        {
            return refusal.Message;
        }
    }
}
