using RedisLite.Commands.Execution;
using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.Tracking;

/// <summary>
/// Client-side caching of one client: which keys it may hold, and whom to tell when one of them changes.
/// </summary>
/// <remarks>
/// Changed by the client's own commands; keys are invalidated by whichever thread changes them. Registered per key in
/// <see cref="KeyWatchTable"/>, once for each time the client reads it, or by prefix in <see cref="TrackingRegistry"/>.
/// </remarks>
public sealed class ClientTracking : IKeyWatcher, IDisposable
{
    private readonly CommandServices _services;
    private readonly ClientSession _session;

    // Guards the set alone: commands add to it while other threads invalidate.
    private readonly Lock _gate = new();
    private readonly HashSet<(int Database, string Key)> _keys = [];

    internal ClientTracking(ClientSession session, CommandServices services, TrackingOptions options)
    {
        _session = session;
        _services = services;
        Options = options;
        services.Tracking.Add(this);
    }

    internal TrackingOptions Options { get; private set; }

    /// <summary>The argument of CLIENT CACHING for the next command; null when it was not given.</summary>
    internal bool? Caching { get; set; }

    public bool IsBroadcast => Options.IsBroadcast;

    /// <summary>The client that gets the invalidations does not exist any more.</summary>
    public bool IsRedirectBroken { get; private set; }

    /// <summary>As CLIENT LIST and CLIENT GETREDIR show it: 0 when there is none.</summary>
    public long RedirectShown => Options.Redirect;

    internal int KeyCount
    {
        get
        {
            lock (_gate)
                return _keys.Count;
        }
    }

    internal void Change(TrackingOptions options) => Options = options;

    /// <summary>Remembers the keys that a read command has looked at. LOCK: their stripes are held.</summary>
    internal void Remember(in Arguments args, RequestKeys keys)
    {
        if (IsBroadcast || (Options.IsOptIn && Caching != true) || (Options.IsOptOut && Caching == false))
            return;
        foreach (ref readonly var key in keys)
            Remember(_session.Database, new Key(args[key.Position], key.Hash));
    }

    /// <summary>
    /// Tells of changed keys under the client's prefixes: a message for each prefix, as Redis sends them.
    /// </summary>
    /// <param name="changes">Sorted by key, each key once.</param>
    internal void Broadcast(IReadOnlyList<KeyChange> changes)
    {
        foreach (var prefix in Options.Prefixes)
        {
            var keys = changes.Where(
                change => change.Key.AsSpan().StartsWith(prefix) && !(Options.IsNoLoop && change.By == _session));
            Send([.. keys.Select(change => change.Key)]);
        }
    }

    /// <summary>Everything may have changed: one message without keys.</summary>
    internal void Flushed()
    {
        ForgetAll();
        SendTo(static (writer, _, _) => writer.Null(), default, []);
    }

    bool IKeyWatcher.KeyChanged(int database, ReadOnlySpan<byte> key, ClientSession? by)
    {
        bool wasThere;
        lock (_gate)
            wasThere = _keys.Remove((database, ToText(key)));
        if (wasThere)
            _services.Tracking.CountKeys(-1);
        if (!IsOwnChange(by))
            Send(key);

        // The client drops the key; reading it again registers it again.
        return false;
    }

    public void Dispose()
    {
        _services.Tracking.Remove(this);
        _session.Tracking = null;
        ForgetAll();
    }

    private void Remember(int database, in Key key)
    {
        var text = ToText(key.Bytes);
        lock (_gate)
        {
            if (!_keys.Add((database, text)))
                return;
        }

        _services.Watches.Add(database, key, this);
        if (_services.Tracking.CountKeys(1) > _services.Options.TrackingTableMaxKeys
            && _services.Options.TrackingTableMaxKeys > 0)
            Evict();
    }

    /// <summary>Over the limit of remembered keys: the client is told to drop one, which is always safe.</summary>
    private void Evict()
    {
        (int Database, string Key) victim;
        lock (_gate)
        {
            using var first = _keys.GetEnumerator();
            if (!first.MoveNext())
                return;
            victim = first.Current;
            _keys.Remove(victim);
        }

        var bytes = ToBytes(victim.Key);
        _services.Watches.Remove(victim.Database, _services.Databases.MakeKey(bytes), this);
        _services.Tracking.CountKeys(-1);
        Send(bytes);
    }

    private void ForgetAll()
    {
        (int Database, string Key)[] keys;
        lock (_gate)
        {
            keys = [.. _keys];
            _keys.Clear();
        }

        foreach (var (database, key) in keys)
            _services.Watches.Remove(database, _services.Databases.MakeKey(ToBytes(key)), this);
        _services.Tracking.CountKeys(-keys.Length);
    }

    private bool IsOwnChange(ClientSession? by) => Options.IsNoLoop && by == _session;

    private void Send(ReadOnlySpan<byte> key) =>
        SendTo(
            static (writer, bytes, _) =>
            {
                writer.Array(1);
                writer.Bulk(bytes);
            },
            key,
            []);

    private void Send(byte[][] keys)
    {
        if (keys.Length == 0)
            return;
        SendTo(
            static (writer, _, all) =>
            {
                writer.Array(all.Length);
                foreach (var one in all)
                    writer.Bulk(one);
            },
            default,
            keys);
    }

    private void SendTo(KeysWriter writeKeys, ReadOnlySpan<byte> key, byte[][] keys)
    {
        var target = _session;
        if (Options.Redirect != 0)
        {
            if (_services.Clients.Find(Options.Redirect) is not { } redirect)
            {
                ReportBrokenRedirect();
                return;
            }

            target = redirect;
        }

        using var writer = new ReplyWriter(target.PushFormat);
        if (target.ProtocolVersion == 3)
        {
            writer.Push(2);
            writer.Bulk("invalidate"u8);
        }
        else if (Options.Redirect != 0 && target.IsSubscribed)
        {
            writer.Array(3);
            writer.Bulk("message"u8);
            writer.Bulk("__redis__:invalidate"u8);
        }
        else
        {
            // A RESP2 client cannot tell such a message from a reply.
            return;
        }

        writeKeys(writer, key, keys);
        target.Connection.Push(writer.ToArray());
    }

    private void ReportBrokenRedirect()
    {
        if (IsRedirectBroken || _session.ProtocolVersion != 3)
        {
            IsRedirectBroken = true;
            return;
        }

        IsRedirectBroken = true;
        using var writer = new ReplyWriter(ReplyFormat.Resp3);
        writer.Push(2);
        writer.Bulk("tracking-redir-broken"u8);
        writer.Integer(Options.Redirect);
        _session.Connection.Push(writer.ToArray());
    }

    // Latin-1 maps bytes to chars one to one: a string compares by content where an array would not.
    private static string ToText(ReadOnlySpan<byte> key) => System.Text.Encoding.Latin1.GetString(key);

    private static byte[] ToBytes(string key) => System.Text.Encoding.Latin1.GetBytes(key);

    private delegate void KeysWriter(ReplyWriter writer, ReadOnlySpan<byte> key, byte[][] keys);
}

/// <summary>The options of CLIENT TRACKING; immutable.</summary>
internal sealed record TrackingOptions
{
    public bool IsBroadcast { get; init; }

    public bool IsOptIn { get; init; }

    public bool IsOptOut { get; init; }

    public bool IsNoLoop { get; init; }

    /// <summary>The id of the client that gets the invalidations; 0 for the client itself.</summary>
    public long Redirect { get; init; }

    /// <summary>Of broadcast mode; the empty one is every key's.</summary>
    public IReadOnlyList<byte[]> Prefixes { get; init; } = [];
}
