using System.Diagnostics;
using System.Net;
using System.Text;
using RedisLite.Commands.Server;
using RedisLite.Commands.Server.Diagnostics;
using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>What a request must pass before it may run or be queued, in the order in which Redis checks it.</summary>
/// <remarks>One per executor; one thread at a time. <see cref="Admits"/> is the list of checks.</remarks>
internal sealed class CommandGate(CommandServices services)
{
    // So much may be written before memory is looked at again: a pipeline of large values passes the limit by no more.
    private const long BytesPerLook = 64 * 1024;

    // What an event loop gives to eviction at once; and a pool thread, while only its own client waits.
    private static readonly TimeSpan ShortEviction = TimeSpan.FromMicroseconds(500);
    private static readonly TimeSpan LongestEviction = TimeSpan.FromMilliseconds(100);

    private readonly Evictor _evictor = new(services);
    private long _nowMs;
    private long _bytesSinceLook;
    private Room _room;
    private byte[]? _writeRefusal;

    /// <summary>Whether there was no room in memory when it was last looked at.</summary>
    public bool IsOutOfMemory => _room == Room.None;

    /// <summary>
    /// Whether the last request was refused because of its slot: EXEC then replies that, and nothing of its own.
    /// </summary>
    public bool IsRedirected { get; private set; }

    /// <summary>Reads what is constant for a batch, and makes room.</summary>
    /// <remarks>LOCK: the caller holds no stripe.</remarks>
    public void BeginBatch(long nowMs)
    {
        _nowMs = nowMs;
        _writeRefusal = services.WriteRefusal;
        MakeRoom(ShortEviction);
    }

    /// <summary>
    /// Sees to it that there is room for a request that needs memory; else <see cref="Admits"/> refuses it.
    /// </summary>
    /// <remarks>LOCK: the caller holds no stripe.</remarks>
    /// <returns>False when making room takes longer than an event loop can spare, and the pool has to do it.</returns>
    public bool TryMakeRoom(in CommandContext request, bool mayWait)
    {
        if (services.Options.MaxMemory <= 0 || request.NamedCommand is null || !NeedsMemory(request))
            return true;
        _bytesSinceLook += request.Args.ByteLength;
        if (_bytesSinceLook < BytesPerLook && _room != Room.Short)
            return true;
        MakeRoom(ShortEviction);
        if (_room == Room.Short && !mayWait)
            return false;
        for (var started = Stopwatch.GetTimestamp(); _room == Room.Short
            && Stopwatch.GetElapsedTime(started) < LongestEviction;)
        {
            Thread.Yield();
            MakeRoom(ShortEviction);
        }

        return true;
    }

    /// <summary>
    /// Whether the request may go on. When not, the error is replied, or <paramref name="parked"/> says what to wait
    /// for.
    /// </summary>
    public bool Admits(in CommandContext request, out ParkedCommand? parked)
    {
        parked = null;
        IsRedirected = false;
        if (!IsKnown(request))
            return false;
        if (request.Session.IsObeyed)
            return true;
        var isWrite = IsWrite(request);
        var isTrusted = request.Session.IsTrusted;
        return MayUseProtected(request)
            && (isTrusted || IsAuthenticated(request))
            && IsAllowedInMulti(request)
            && (isTrusted || services.Access.Admits(request))
            && IsInSlots(request, ref parked)
            && HasMemory(request)
            && IsWritable(request, isWrite)
            && HasReplicas(request, isWrite)
            && IsOnPrimary(request, isWrite, ref parked)
            && HasRoomInLog(request, isWrite, ref parked)
            && IsAllowedWhileSubscribed(request)
            && IsFresh(request, ref parked)
            && IsLoadedFor(request, services.IsLoading)
            && MayLogIn(request, ref parked)
            && IsNotPaused(request, isWrite, ref parked);
    }

    private bool IsKnown(in CommandContext request) =>
        (request.NamedCommand is { Handler: not null } command && command.AcceptsArgumentCount(request.Args.Count))
        || RefuseUnknown(request.NamedCommand, request.Args, request.Session, request.Reply);

    private bool MayUseProtected(in CommandContext request) =>
        !request.Command.Has(CommandFlags.Protected) || AdmitsProtected(request.Session, request.Reply);

    private static bool IsAuthenticated(in CommandContext request) =>
        request.Session.IsAuthenticated || request.Command.Has(CommandFlags.NoAuth)
        || Refuse(request.Reply, Errors.NoAuthentication);

    private static bool IsAllowedInMulti(in CommandContext request) =>
        request.Session.Transaction is null || !request.Command.Has(CommandFlags.NoMulti)
        || Refuse(request.Reply, "ERR Command not allowed inside a transaction"u8);

    private bool IsInSlots(in CommandContext request, ref ParkedCommand? parked)
    {
        if (services.Cluster is not { } cluster)
            return true;
        if (SlotGate.Admits(cluster, request, out parked))
            return true;
        IsRedirected = parked is null;
        return false;
    }

    /// <summary>A request that is queued needs memory for the queue, EXEC what the queued commands need.</summary>
    private bool HasMemory(in CommandContext request) =>
        !IsOutOfMemory || !(NeedsMemory(request) || request.IsQueued) || Refuse(request.Reply, Errors.OutOfMemory);

    private static bool NeedsMemory(in CommandContext request) =>
        request.Command.Has(CommandFlags.DenyOom) || Executed(request) is { NeedsMemory: true };

    private void MakeRoom(TimeSpan budget)
    {
        _bytesSinceLook = 0;
        _room = Evictor.MayBeNeeded(services) ? _evictor.MakeRoom(_nowMs, budget) : Room.Enough;
    }

    private bool IsWritable(in CommandContext request, bool isWrite) =>
        _writeRefusal is null || !(isWrite || request.Command.Has(CommandFlags.RefusedAsWrite))
        || Refuse(request.Reply, _writeRefusal);

    /// <summary>A write that too few replicas would get is refused, rather than be lost with this server.</summary>
    private bool HasReplicas(in CommandContext request, bool isWrite) =>
        !isWrite || services.Options.Replication.MinReplicasToWrite == 0 || services.Role == ServerRole.Replica
        || services.Replication.HasEnoughReplicas
        || Refuse(request.Reply, Errors.NotEnoughReplicas);

    /// <remarks>
    /// A node of a cluster may have become a replica since its slots were looked at: they are another's then, and the
    /// client is told so. Slots change before a primary becomes a replica, and after a replica becomes a primary.
    /// </remarks>
    private bool IsOnPrimary(in CommandContext request, bool isWrite, ref ParkedCommand? parked) =>
        !isWrite || services.Role == ServerRole.Primary || !services.Options.ReplicaReadOnly
        || (IsInSlots(request, ref parked) && Refuse(request.Reply, Errors.ReadOnly));

    /// <summary>
    /// While the disk is behind, writers wait outside the executor. Queueing a command writes nothing.
    /// </summary>
    private bool HasRoomInLog(in CommandContext request, bool isWrite, ref ParkedCommand? parked)
    {
        if ((isWrite || CallsWriters(request.Command)) && !request.IsQueued)
            parked = services.Writers.ParkIfHeld(services.Persistence, request.Session.Connection);
        return parked is null;
    }

    private static bool IsAllowedWhileSubscribed(in CommandContext request) =>
        request.Session is not { IsSubscribed: true, ProtocolVersion: 2 }
        || request.Command.Has(CommandFlags.InSubscribedMode)
        || RefuseWhileSubscribed(request);

    private bool IsFresh(in CommandContext request, ref ParkedCommand? parked) =>
        services.Role == ServerRole.Primary || request.Command.Has(CommandFlags.Stale) || !services.Replication.IsStale
        || (IsInSlots(request, ref parked) && Refuse(request.Reply, Errors.PrimaryDown));

    /// <summary>Whether a request may run while data is loaded: EXEC if all may that are queued.</summary>
    public static bool IsLoadedFor(in CommandContext request, bool isLoading) =>
        !isLoading || request.Session.IsObeyed
        || (request.Command.Has(CommandFlags.Loading) && Executed(request) is not { NeedsData: true })
        || Refuse(request.Reply, Errors.Loading);

    /// <summary>Where many passwords were wrong lately, the next one waits before it is looked at.</summary>
    private bool MayLogIn(in CommandContext request, ref ParkedCommand? parked)
    {
        if (!request.Command.Has(CommandFlags.NoAuth) || request.IsQueued || !HasSecret(request))
            return true;
        parked = services.Access.Logins.ParkIfHeldBack(request.Session, out var isRefused);
        return parked is null && (!isRefused || Refuse(request.Reply, Errors.TooManyLogins));
    }

    private static bool HasSecret(in CommandContext request)
    {
        for (var i = 1; i < request.Args.Count; i++)
            if (SensitiveArguments.IsSensitive(request.Command, request.Args, i))
                return true;
        return false;
    }

    private bool IsNotPaused(in CommandContext request, bool isWrite, ref ParkedCommand? parked)
    {
        if (services.Pause.IsActive && !request.IsQueued)
            parked = services.Pause.ParkIfPaused(
                request.Session.Connection, isWrite || MayReplicate(request));
        return parked is null;
    }

    /// <summary>EXEC counts as a write if a queued command is one.</summary>
    private static bool IsWrite(in CommandContext request) =>
        request.Command.IsWrite || Executed(request) is { HasWrites: true };

    private static bool MayReplicate(in CommandContext request) =>
        request.Command.Has(CommandFlags.MayReplicate) || Executed(request) is { MayReplicate: true };

    private static bool CallsWriters(Command command) =>
        command.Has(CommandFlags.CallsCommands) && command.LocksExclusive;

    private static Transaction? Executed(in CommandContext request) =>
        request.Command.Has(CommandFlags.RunsQueue) ? request.Session.Transaction : null;

    private static bool RefuseWhileSubscribed(in CommandContext request) =>
        Refuse(request.Reply, Encoding.ASCII.GetBytes(
        $"ERR Can't execute '{request.Command.Name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET "
            + "are allowed in this context"));

    private bool AdmitsProtected(ClientSession session, ReplyWriter reply)
    {
        var access = services.Options.EnableDebugCommand;
        return access == ProtectedAccess.Yes
            || (access == ProtectedAccess.Local && IsLocal(session.Connection))
            || Refuse(
                reply, "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you "u8
                    + "can run it from a local connection, otherwise you need to set this option in the "u8
                    + "configuration file, and then restart the server."u8);
    }

    private static bool IsLocal(IClientConnection connection) => connection.IsUnixSocket
        || IPEndPoint.TryParse(connection.RemoteAddress, out var endPoint) && IPAddress.IsLoopback(endPoint.Address);

    private static bool Refuse(ReplyWriter reply, ReadOnlySpan<byte> error)
    {
        reply.Error(error);
        return false;
    }

    private bool RefuseUnknown(Command? command, in Arguments args, ClientSession session, ReplyWriter reply)
    {
        if (command is null)
        {
            // What a browser sends to this port: somebody may be using it to reach us from a web page.
            if (args.Is(0, "POST"u8) || args.Is(0, "HOST:"u8))
            {
                session.CloseAfterReply = true;
                services.CrossProtocol.Note(session);
            }

            return Refuse(reply, Encoding.Latin1.GetBytes(UnknownCommand(args)));
        }

        if (command.Subcommands is not null && args.Count >= 2)
            return Refuse(reply, Encoding.Latin1.GetBytes(
                $"ERR unknown subcommand '{Clip(args[1], 128)}'. Try {command.Name.ToUpperInvariant()} HELP."));
        return Refuse(reply, Encoding.Latin1.GetBytes($"ERR wrong number of arguments for '{command.Name}' command"));
    }

    private static string UnknownCommand(in Arguments args)
    {
        var shown = new StringBuilder();
        for (var i = 1; i < args.Count && shown.Length < 128; i++)
        {
            var room = 128 - shown.Length;
            shown.Append('\'').Append(Clip(args[i], room)).Append("' ");
        }

        return $"ERR unknown command '{Clip(args[0], 128)}', with args beginning with: {shown}";
    }

    // Bytes are shown one to one; as in C, a text ends at its first zero byte.
    private static string Clip(ReadOnlySpan<byte> text, int length)
    {
        var end = text.IndexOf((byte)0);
        if (end >= 0)
            text = text[..end];
        return Encoding.Latin1.GetString(text[..Math.Min(length, text.Length)]);
    }
}
