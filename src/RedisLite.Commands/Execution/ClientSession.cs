using RedisLite.Commands.Access;
using RedisLite.Commands.Replication;
using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>What the commands of one client leave behind for its next ones: database, name, transaction, ...</summary>
/// <remarks>
/// Written only by the thread that runs the client's batch (there is one batch in flight per client, and the message
/// that carries it orders memory). Other threads read single fields for CLIENT LIST and may see them a moment old.
/// </remarks>
public sealed class ClientSession(long id, IClientConnection connection, long nowMs)
{
    private Transaction? _transaction;
    private bool _isAuthenticated = true;

    public long Id { get; } = id;

    public IClientConnection Connection { get; } = connection;

    public long CreatedMs { get; } = nowMs;

    public long LastInteractionMs { get; set; } = nowMs;

    public int Database { get; set; }

    /// <summary>2 or 3; changed by HELLO.</summary>
    public int ProtocolVersion { get; set; } = 2;

    /// <summary>Whether a multi-bulk request was seen: from then on inline requests get RESP replies as well.</summary>
    public bool HasSpokenResp { get; set; }

    /// <summary>Set by the server when inline requests are to be answered as Redis does.</summary>
    public bool InlineRepliesAreResp { get; set; }

    /// <summary>Who the client is; null for what is no client: a file, the primary, a script.</summary>
    public AccessUser? User { get; set; }

    /// <summary>
    /// Whether it has said who it is, or did not have to when it connected, or does not have to any more; and is a user
    /// that still exists.
    /// </summary>
    public bool IsAuthenticated
    {
        get => User is not { } user || (!user.IsRemoved && (_isAuthenticated || user.IsOpen));
        set => _isAuthenticated = value;
    }

    /// <summary>It has waited for its turn to try a password, and has not tried one yet.</summary>
    internal bool HasLoginTurn { get; set; }

    /// <summary>Whether its requests need not be looked at: its user may do everything.</summary>
    public bool IsTrusted => User is not { } user || (_isAuthenticated && user.Rules.IsUnrestricted);

    /// <summary>Empty when not set.</summary>
    public byte[] Name { get; set; } = [];

    public byte[] LibraryName { get; set; } = [];

    public byte[] LibraryVersion { get; set; } = [];

    public Command? LastCommand { get; set; }

    /// <summary>The log's position after the client's last write; what WAITAOF waits for.</summary>
    public long LogPosition { get; set; }

    public long CommandCount { get; set; }

    public ReplyMode ReplyMode { get; set; }

    /// <summary>
    /// What the running command sends although CLIENT REPLY keeps its reply back: it is no reply. Null when there is
    /// none.
    /// </summary>
    internal ReplyWriter? Unsilenced { get; private set; }

    /// <summary>
    /// Where the running command writes what is no reply, but stands among replies: subscriptions, own messages.
    /// </summary>
    /// <param name="reply">The command's own, where such things go as long as replies do.</param>
    public ReplyWriter PushesAmong(ReplyWriter reply) =>
        ReplyMode is ReplyMode.On or ReplyMode.SkipNext ? reply : Unsilenced ??= new ReplyWriter(reply.Format);

    /// <summary>Puts what no CLIENT REPLY keeps back in the place of what it does.</summary>
    internal void WriteUnsilenced(ReplyWriter reply)
    {
        if (Unsilenced is not { } pushes)
            return;
        Unsilenced = null;
        using (pushes)
            reply.Raw(pushes.Written);
    }

    /// <summary>Set to have the connection closed once the replies of the batch are sent.</summary>
    public bool CloseAfterReply { get; set; }

    /// <summary>Where its commands come from.</summary>
    public SessionOrigin Origin { get; init; }

    /// <summary>Of a script's session: the client that runs the script, while it runs.</summary>
    public ClientSession? Caller { get; set; }

    /// <summary>
    /// Its commands have been executed before, elsewhere or in a former life: they are never refused, nothing is
    /// decided anew by this server's clock or limits, and they are not logged as effects of their own.
    /// </summary>
    public bool IsObeyed => Origin is SessionOrigin.Replay or SessionOrigin.Primary or SessionOrigin.Import;

    /// <summary>Nobody is told what its commands change: it is nobody's to see yet.</summary>
    public bool IsUnseen => Origin == SessionOrigin.Import;

    /// <summary>The stream that its commands are; null unless it comes from the primary.</summary>
    public PrimaryStream? Stream { get; init; }

    /// <summary>What a replica has said of itself; null for all other clients.</summary>
    public ReplicaPeer? Replica { get; set; }

    /// <summary>
    /// Set by PSYNC: the connection hands itself to replication with this when its replies have been sent.
    /// </summary>
    public SyncRequest? Sync { get; set; }

    /// <summary>READONLY: in a cluster, a replica answers its reads.</summary>
    public bool ReadsReplicas { get; set; }

    /// <summary>
    /// ASKING: of so many commands, this one included, the last is served for a slot that is on its way here.
    /// </summary>
    public int Asking { get; private set; }

    /// <summary>ASKING has come: for the next command, or transaction.</summary>
    internal void Ask() => Asking = 2;

    /// <summary>A command has run while <see cref="Asking"/> was not 0.</summary>
    internal void EndAsking() => Asking = Transaction is null ? Asking - 1 : 1;

    /// <summary>Has a subscription: a RESP2 client may then send only the commands about subscriptions.</summary>
    public bool IsSubscribed { get; set; }

    public bool IsMonitor { get; set; }

    public bool NoEvict { get; set; }

    /// <summary>CLIENT NO-TOUCH: its commands leave a key's access clock alone.</summary>
    public bool NoTouch { get; set; }

    /// <summary>The commands queued since MULTI; null outside a transaction.</summary>
    public Transaction? Transaction
    {
        get => _transaction;
        set
        {
            if (!ReferenceEquals(value, _transaction))
                _transaction?.Dispose();
            _transaction = value;
        }
    }

    /// <summary>Ends the transaction and gives its queue to whoever runs it, and disposes it.</summary>
    public Transaction TakeTransaction()
    {
        var transaction = _transaction!;
        _transaction = null;
        return transaction;
    }

    /// <summary>The command that waits; set while its connection has the batch parked.</summary>
    public ParkedCommand? Parked { get; set; }

    /// <summary>
    /// What its transactions and scripts have asked the cluster for since the last replies went out; null for nothing.
    /// </summary>
    public AskedCluster? AskedCluster { get; set; }

    /// <summary>A batch of the client is executed and waits to be on the disk.</summary>
    public bool AwaitsDisk { get; set; }

    /// <summary>Its command that waits for a key, from when it first parked until it has replied.</summary>
    internal Waiting.KeyWaiter? Waiter { get; set; }

    /// <summary>Client-side caching, when the client has switched it on; owned by <see cref="Extensions"/>.</summary>
    public Tracking.ClientTracking? Tracking { get; internal set; }

    /// <summary>The keys under WATCH; null when there are none.</summary>
    public WatchedKeys? Watched { get; set; }

    /// <summary>
    /// Lets each family keep what it needs per client without this class knowing it (subscriptions, tracking).
    /// </summary>
    public SessionExtensions Extensions { get; } = new();

    /// <summary>Its command does not wait for a key any more: refused, or its connection has ended.</summary>
    internal void LeaveWait()
    {
        Waiter?.TryEnd(ParkedEnd.Gone);
        Waiter = null;
    }

    /// <summary>The encoding of what is sent to the client unasked. Any thread.</summary>
    public ReplyFormat PushFormat =>
        ProtocolVersion == 3 ? ReplyFormat.Resp3 : HasSpokenResp
        || InlineRepliesAreResp ? ReplyFormat.Resp2 : ReplyFormat.Plain;

    /// <summary>The encoding of the reply to a request of this form, which is noted.</summary>
    public ReplyFormat FormatFor(RequestForm form)
    {
        if (form == RequestForm.Multibulk)
            HasSpokenResp = true;
        else if (!HasSpokenResp && !InlineRepliesAreResp)
            return ReplyFormat.Plain;
        return ProtocolVersion == 3 ? ReplyFormat.Resp3 : ReplyFormat.Resp2;
    }
}

/// <summary>Where a session's commands come from.</summary>
public enum SessionOrigin
{
    /// <summary>A connection.</summary>
    Client,

    /// <summary>A file that is being loaded.</summary>
    Replay,

    /// <summary>The stream of the primary that this server is a replica of.</summary>
    Primary,

    /// <summary>
    /// Another node of the cluster, whose slots are on their way here. What it sends goes to the log as it came.
    /// </summary>
    Import,

    /// <summary>A script that a client runs: what it calls is judged as the client's, and not shown to it.</summary>
    Script,
}

/// <summary>CLIENT REPLY.</summary>
public enum ReplyMode
{
    On,
    Off,

    /// <summary>Set by CLIENT REPLY SKIP itself: the next command is the one without a reply.</summary>
    SkipNext,
    Skip,
}

/// <summary>
/// What a command may ask of the connection its client came by; implemented by whoever owns the socket.
/// </summary>
/// <remarks>All members may be called from any thread and return at once.</remarks>
public interface IClientConnection
{
    /// <summary>As "address:port".</summary>
    string RemoteAddress { get; }

    string LocalAddress { get; }

    /// <summary>Whether it came by a Unix socket; the addresses are the socket's path and ":0" then.</summary>
    bool IsUnixSocket => false;

    /// <summary>Bytes received and not yet executed.</summary>
    long QueryBufferLength { get; }

    /// <summary>What of them stands in native memory, and is counted there.</summary>
    long LargeInputLength => 0;

    /// <summary>Bytes of native memory that it takes, its room to grow included.</summary>
    long LargeInputMemory => 0;

    /// <summary>Bytes of replies not yet taken by the socket.</summary>
    long OutputBufferLength { get; }

    /// <summary>Sends bytes that are no reply to a request, between replies: pub/sub, MONITOR, invalidations.</summary>
    /// <param name="message">Encoded for this client; owned by the connection from here on.</param>
    void Push(ReadOnlyMemory<byte> message);

    /// <summary>Closes the connection; replies already written are sent if <paramref name="afterReplies"/>.</summary>
    void Close(bool afterReplies);

    /// <summary>The wait of a parked command has ended: see <see cref="ParkedCommand"/>.</summary>
    void Resume(ParkedCommand parked);
}
