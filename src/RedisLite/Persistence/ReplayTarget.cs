using System.Diagnostics;
using System.Globalization;
using System.Text;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Scripting;
using RedisLite.Persistence.Loading;
using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Locking;
using RedisLite.Storage.Serialization;
using RedisLite.Storage.Serialization.Collections;

namespace RedisLite.Persistence;

/// <summary>
/// Puts what is loaded from files into the data, commands through the one execution path. One thread.
/// </summary>
internal sealed class ReplayTarget : IReplayTarget, IDisposable
{
    private const string Present = "it holds a key that is there already";

    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(1);

    private readonly CommandServices _services;
    private readonly PersistenceStatus _status;
    private readonly ILoggingAdapter _log;
    private readonly CommandExecutor _executor;
    private readonly ReplyWriter _reply = new();
    private readonly LockPlan _plan;
    private readonly CollectionBuilder _builder;
    private readonly StringBatch _strings;
    private readonly Func<int, Keyspace> _tables;
    private ClientSession _session;
    private readonly bool _skipsUnknown;
    private LoadedFile _kind;
    private long _lastLogged = Stopwatch.GetTimestamp();

    /// <param name="services">The server's.</param>
    /// <param name="status">Told how far the load is.</param>
    /// <param name="log">The server's log.</param>
    /// <param name="tables">Where keys of snapshots go; the served databases if not given.</param>
    /// <param name="skipsUnknown">Leaves out commands that are not known: they are those of types that are not
    /// supported.</param>
    public ReplayTarget(
        CommandServices services, PersistenceStatus status, ILoggingAdapter log, Func<int, Keyspace>? tables = null,
        bool skipsUnknown = false)
    {
        Libraries = tables is null ? null : new LibraryDraft(services.Scripts);
        _skipsUnknown = skipsUnknown;
        _tables = tables ?? (database => services.Databases[database]);
        _services = services;
        _status = status;
        _log = log;
        _executor = new CommandExecutor(services);
        _plan = services.Databases.CreatePlan();
        _builder = new CollectionBuilder(services.Databases[0]);
        _strings = new StringBatch(services.Databases);
        _session = NewSession();
    }

    /// <summary>
    /// The libraries of a snapshot whose keys go into tables aside; else null, and they are served at once.
    /// </summary>
    public LibraryDraft? Libraries { get; }

    /// <summary>Whether a key that is served already ends the load.</summary>
    public bool RefusesPresent { get; init; }

    /// <summary>Commands left out so far.</summary>
    public long SkippedCommands { get; private set; }

    /// <summary>What the snapshot says of itself.</summary>
    public Dictionary<string, string> Facts { get; } = [];

    public void TakeFact(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        Facts[Encoding.Latin1.GetString(name)] = Encoding.Latin1.GetString(value);

    /// <summary>What the base says of itself is where it began, and not where its increments end.</summary>
    public void EndStream(string? id, long offset)
    {
        Facts.Clear();
        if (id is null)
            return;
        Facts["repl-id"] = id;
        Facts["repl-offset"] = offset.ToString(CultureInfo.InvariantCulture);
        Facts["repl-stream-db"] = _session.Database.ToString(CultureInfo.InvariantCulture);
    }

    public void BeginFile(string name, LoadedFile kind)
    {
        _kind = kind;
        _log.Info("Loading {0}", name);
        _session = NewSession();
    }

    public void ExpectKeys(int database, long keys)
    {
        if (database < _services.Databases.Count)
            _tables(database).Expect(keys);
    }

    public void EndKeys() => _strings.Flush();

    public string? LoadString(int database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expireAtMs)
    {
        if (RefuseDatabase(database) is { } refusal)
            return refusal;
        if (IsOver(expireAtMs))
            return null;
        if (expireAtMs < 0)
            expireAtMs = Keyspace.NoExpiry;
        if (key.Length + value.Length <= StringBatch.LongestPair && !RefusesPresent)
        {
            _strings.Add(_tables(database), key, value, expireAtMs);
            return null;
        }

        _strings.Flush();
        var hashed = _services.Databases.MakeKey(key);
        Lock(hashed);
        try
        {
            if (IsRefused(database, hashed))
                return Present;
            _tables(database).SetString(hashed, value, expireAtMs);
        }
        finally
        {
            _plan.Exit();
        }

        return null;
    }

    public bool CanLoad(RdbType type) => CollectionBuilder.CanBuild(type);

    public string? LoadCollection(int database, ReadOnlySpan<byte> key, ISerializedValue value, long expireAtMs)
    {
        if (RefuseDatabase(database) is { } refusal)
            return refusal;
        if (IsOver(expireAtMs))
            return null;
        _builder.Clear(_services.Options.Encodings);
        if (!value.ReadInto(_builder))
            return null; // as Redis does: an empty collection is no value
        _strings.Flush();
        var hashed = _services.Databases.MakeKey(key);
        Lock(hashed);
        try
        {
            if (IsRefused(database, hashed))
                return Present;
            _builder.Store(_tables(database), hashed, expireAtMs < 0 ? Keyspace.NoExpiry : expireAtMs);
        }
        finally
        {
            _plan.Exit();
        }

        return null;
    }

    public string? LoadLibrary(ReadOnlySpan<byte> text) =>
        Libraries is null ? _services.Scripts.TryLoadLibrary(text) : Libraries.TryAdd(text);

    public string? Execute(Arguments command)
    {
        // What the last command replied is no news of this one.
        _reply.Clear();
        if (_executor.Replay(command, _session, _reply))
            return null;
        var name = Encoding.Latin1.GetString(command[0]);
        if (_reply.Length > 0 && _services.Cluster is not null && command.Count == 2 && command.Is(0, "SELECT"u8))
            return $"it has keys of database {Encoding.Latin1.GetString(command[1])}, and a node of a cluster has "
                + "database 0 alone: move or delete them without cluster-enabled";
        if (_reply.Length > 0)
            return $"the command {name} failed: {Encoding.Latin1.GetString(_reply.Written).Trim()}";
        return _services.Commands.Resolve(command) is { IsRunnable: true }
            ? $"the command {name} has a wrong number of arguments"
            : _skipsUnknown
            ? Skip() : $"the command {name} is not known; start with --skip-unknown-types to leave such commands out";
    }

    public void AbandonTransaction() => _session.Transaction = null;

    public void ReportProgress(long loadedBytes, long totalBytes)
    {
        _status.Update(report => report with { LoadedBytes = loadedBytes, LoadTotalBytes = totalBytes });
        if (Stopwatch.GetElapsedTime(_lastLogged) < LogInterval || totalBytes == 0)
            return;
        _lastLogged = Stopwatch.GetTimestamp();
        _log.Info("Loading: {0}% of {1} bytes", loadedBytes * 100 / totalBytes, totalBytes);
    }

    public void Dispose()
    {
        _executor.Dispose();
        _reply.Dispose();
        _builder.Dispose();
    }

    private string? RefuseDatabase(int database) => database < _services.Databases.Count
        ? null
        : $"it holds database {database}, and there are {_services.Databases.Count} (see the databases directive)";

    /// <summary>
    /// Expired keys do not come back; those of an append only file wait for the commands that follow. So do those of a
    /// stream: a replica goes on where its primary had them still, and a primary's replicas, which have them, are told
    /// of their deletion.
    /// </summary>
    private bool IsOver(long expireAtMs) =>
        _kind == LoadedFile.Snapshot && expireAtMs >= 0 && expireAtMs <= _services.NowMs
        && _services.Role == ServerRole.Primary && !Facts.ContainsKey("repl-id");

    private bool IsRefused(int database, in Key key) =>
        RefusesPresent && _services.Databases[database].TryGet(key, _services.NowMs, out _);

    private void Lock(in Key key)
    {
        _plan.Clear();
        _plan.Add(key.Hash, exclusive: true);
        _plan.Enter();
    }

    private string? Skip()
    {
        SkippedCommands++;
        return null;
    }

    private ClientSession NewSession() =>
        new(0, NoConnection.Instance, _services.NowMs) { Origin = SessionOrigin.Replay };
}
