using System.Collections.Concurrent;
using RedisLite.Commands.Server;
using RedisLite.Storage.Locking;

namespace RedisLite.Commands.Scripting;

/// <summary>The scripts and libraries that clients have sent, and the scripts that have run for long. One for each server.</summary>
/// <remarks>
/// Any thread. A script is compiled once; executors make what they run of it. A script that runs longer than
/// <c>busy-reply-threshold</c> is entered as slow, and left when it ends: only then do clients who would wait for one of its
/// stripes get BUSY, and only then can SCRIPT KILL find it.
/// </remarks>
public sealed class ScriptRegistry(RuntimeOptions options) : IWaitLimit
{
    private static readonly byte[] BusyWithScript =
        "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."u8.ToArray();

    private static readonly byte[] BusyWithFunction =
        "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE."u8.ToArray();

    private readonly ConcurrentDictionary<ScriptDigest, EvalScript> _scripts = new();
    private readonly Lock _gate = new();
    private ScriptHost[] _slow = [];
    private FunctionSet _functions = FunctionSet.Empty;
    private long _stateCount;
    private long _stateBytes;
    private volatile bool _isStopping;

    /// <summary>Bytes that one script may hold.</summary>
    public long MemoryLimit => options.ScriptMemoryLimit;

    /// <summary>The libraries; replaced as a whole. LOCK: changed with all stripes held exclusively.</summary>
    internal FunctionSet Functions
    {
        get => Volatile.Read(ref _functions);
        set => Volatile.Write(ref _functions, value);
    }

    /// <summary>The text of each library, for files and replicas. LOCK: all stripes are held, or nobody else uses the server.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> LibraryTexts => [.. Functions.Libraries.Select(library => (ReadOnlyMemory<byte>)library.Text)];

    internal int ScriptCount => _scripts.Count;

    /// <summary>About the bytes that the scripts take.</summary>
    internal long ScriptBytes => _scripts.Sum(item => item.Value.Size);

    /// <summary>About the bytes that the Lua states of the executors took when they were made.</summary>
    internal long StateBytes => Interlocked.Read(ref _stateBytes);

    /// <summary>How many there are.</summary>
    internal long StateCount => Interlocked.Read(ref _stateCount);

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
        try
        {
            Functions = Functions.With(FunctionLibrary.Load(text, MemoryLimit), replaces: true);
            return null;
        }
        catch (ScriptRefusedException refusal)
        {
            return refusal.Message;
        }
    }

    /// <summary>Forgets the libraries, as before another server's data is loaded. LOCK: all stripes are held exclusively.</summary>
    public void ForgetLibraries() => Functions = FunctionSet.Empty;

    /// <summary>Ends all scripts that run, now and from now on; what a script has changed is taken back or not logged.</summary>
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
        return Find(digest) ?? _scripts.GetOrAdd(digest, EvalScript.Compile(text, digest));
    }

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

    /// <summary>An executor has made a Lua state, or dropped one.</summary>
    internal void CountState(int count, long bytes)
    {
        Interlocked.Add(ref _stateCount, count);
        Interlocked.Add(ref _stateBytes, bytes);
    }
}
