using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>
/// What one client sent in one go: its whole requests, the commands they name, and the replies as they come.
/// </summary>
/// <remarks>
/// Belongs to a connection, which fills it, hands it to an executor and gets it back: it has one owner at any time,
/// and the message that carries it is the hand-over. <see cref="Next"/> lets a run stop between two commands (busy
/// stripe, full reply buffer, parked command) and another executor go on.
/// </remarks>
public sealed class CommandBatch(ClientSession session, CommandServices services) : IDisposable
{
    // Of a request whose keys are located when it runs.
    private static readonly KeysOfRequest NotLocated = new(0, -1, KeyspaceUse.None);

    private readonly RequestKeyList _keys = new();
    private Resolved[] _resolved = new Resolved[4];
    private ILongReply? _longReply;
    private ReplyFormat _longReplyFormat;

    public ClientSession Session { get; } = session;

    public RequestBatch Requests { get; } = new();

    public ReplyWriter Reply { get; } = new() { PartSource = services.Databases.StringSource };

    /// <summary>Index of the next request to run.</summary>
    public int Next { get; set; }

    public int Count => Requests.Count;

    /// <summary>Set when what followed the last whole request broke the protocol; answered after all of them.</summary>
    public ReadOnlyMemory<byte>? ProtocolError { get; set; }

    /// <summary>How the request that broke the protocol began, which decides how its error is told.</summary>
    public RequestForm ProtocolErrorForm { get; set; }

    /// <summary>Whether a command in it may run long.</summary>
    public bool NeedsPool { get; private set; }

    /// <summary>Bytes of input that the requests were parsed from.</summary>
    public long InputLength { get; private set; }

    /// <summary>The log position that the replies wait for under <c>appendfsync always</c>; 0 for none.</summary>
    public long LogPosition { get; set; }

    /// <summary>Of <see cref="WrittenSlot"/>: several, or not known.</summary>
    public const int SeveralSlots = -1;

    /// <summary>Whether its requests have written since the last replies went out.</summary>
    public bool HasWritten { get; private set; }

    /// <summary>The one slot that they wrote; or <see cref="SeveralSlots"/>.</summary>
    public int WrittenSlot { get; private set; }

    /// <summary>The command that made the run stop with <see cref="BatchOutcome.Parked"/>.</summary>
    public ParkedCommand? Parked { get; set; }

    /// <summary>Whether a reply is not written to its end.</summary>
    public bool HasLongReply => _longReply is not null;

    /// <summary>The command that a request names; null when there is none.</summary>
    public Command? CommandAt(int index) => _resolved[index].Command;

    /// <summary>The hash of a request's key if it has exactly one.</summary>
    internal bool TryGetOnlyKey(int index, out ulong hash)
    {
        ref readonly var keys = ref _resolved[index].Keys;
        hash = keys.Count == 1 ? _keys.View(keys)[0].Hash : 0;
        return keys.Count == 1;
    }

    /// <summary>The keys of a request; located now if they are not yet.</summary>
    internal RequestKeys KeysAt(int index, scoped in Arguments args)
    {
        ref var resolved = ref _resolved[index];
        if (resolved.Keys.Count < 0)
        {
            if (resolved.Command is null)
                return default;
            resolved.Keys = _keys.Locate(resolved.Command, args, services.Databases);
        }

        return _keys.View(resolved.Keys);
    }

    /// <summary>
    /// Takes the batch up after its wait has ended: writes the reply that it ended with, or leaves the command to run
    /// again.
    /// </summary>
    /// <returns>Whether there is a reply.</returns>
    public bool TakeUp()
    {
        var parked = Parked!;
        Parked = Session.Parked = null;
        parked.OnEnded?.Invoke();
        Reply.Format = Session.FormatFor(Requests.FormOf(Next));
        var mark = Reply.Length;
        if (!parked.TryReply(Reply))
            return false;
        Session.Waiter = null;
        if (parked.LogPosition != 0)
            LogPosition = Session.LogPosition = parked.LogPosition;
        CommandRun.ApplyReplyMode(Session, Reply, mark);
        Next++;
        return true;
    }

    /// <summary>Goes on with a reply until it is complete or the buffer is full.</summary>
    /// <param name="limit">Bytes in the buffer at which to stop.</param>
    /// <returns>Whether the reply is complete.</returns>
    internal bool Continue(int limit)
    {
        Reply.Format = _longReplyFormat;
        while (_longReply is not null)
        {
            if (Reply.TotalLength >= limit)
                return false;
            if (!_longReply.WriteMore(Reply))
                EndLongReply();
        }

        return true;
    }

    /// <summary>The request that has just run is answered piece by piece.</summary>
    internal void Begin(ILongReply reply)
    {
        _longReply = reply;
        _longReplyFormat = Reply.Format;

        // CLIENT REPLY OFF or SKIP: nobody wants it.
        if (Session.ReplyMode is not (ReplyMode.On or ReplyMode.SkipNext))
            EndLongReply();
    }

    /// <summary>Gives up the rest of a reply.</summary>
    internal void EndLongReply()
    {
        _longReply?.Dispose();
        _longReply = null;
    }

    /// <summary>The connection has ended: nobody waits any more.</summary>
    public void Abandon()
    {
        EndLongReply();
        Parked?.TryEnd(ParkedEnd.Gone);
        Parked?.OnEnded?.Invoke();
        Parked = Session.Parked = null;
        Session.LeaveWait();
    }

    /// <summary>In a cluster: a request has written.</summary>
    /// <param name="slot">Of its keys; or <see cref="SeveralSlots"/>.</param>
    public void NoteWrite(int slot)
    {
        WrittenSlot = HasWritten && slot != WrittenSlot ? SeveralSlots : slot;
        HasWritten = true;
    }

    /// <summary>The replies so far have gone out.</summary>
    public void ForgetWrites() => HasWritten = false;

    /// <summary>Forgets the requests, which have run.</summary>
    public void Clear()
    {
        Requests.Clear();
        _keys.Clear();
    }

    /// <summary>
    /// Looks up the commands of freshly parsed requests, locates their keys, and decides where they may run.
    /// </summary>
    /// <param name="inputLength">Bytes that the requests came as.</param>
    /// <param name="poolThreshold">A command with more arguments than this goes to the pool.</param>
    public void Resolve(long inputLength, int poolThreshold)
    {
        Next = 0;
        NeedsPool = false;
        InputLength = inputLength;
        LogPosition = 0;
        _keys.Clear();
        if (_resolved.Length < Requests.Count)
            _resolved = new Resolved[Math.Max(Requests.Count, _resolved.Length * 2)];
        ReadOnlySpan<byte> name = default;
        Command? command = null;
        for (var i = 0; i < Requests.Count; i++)
        {
            var args = Requests[i];

            // Pipelines repeat themselves: most requests name the same command as the one before.
            if (command is not { Subcommands: null, Parent: null } || !args[0].SequenceEqual(name))
                command = Session.IsObeyed ? services.Commands.ResolveLogged(args) : services.Commands.Resolve(args);
            name = args[0];
            var isLong = args.Count > poolThreshold;
            NeedsPool |= isLong || (command is not null && (command.Has(CommandFlags.Pooled)
                || (args.Count > 2 && command.Has(CommandFlags.PooledWithCount))));

            // Hashing a long list of keys is work for the pool.
            var keys = isLong || command is null ? NotLocated : _keys.Locate(command, args, services.Databases);
            _resolved[i] = new Resolved(command, keys);
        }
    }

    public void Dispose()
    {
        EndLongReply();
        Requests.Clear();
        Reply.Dispose();
    }

    private struct Resolved(Command? command, KeysOfRequest keys)
    {
        public Command? Command = command;
        public KeysOfRequest Keys = keys;
    }
}

/// <summary>Why a run of a batch stopped.</summary>
public enum BatchOutcome
{
    /// <summary>All requests have run.</summary>
    Completed,

    /// <summary>A stripe was taken by a long holder and the run was not allowed to wait: the pool goes on.</summary>
    LockBusy,

    /// <summary>The replies so far are large: they are to be sent before the run goes on.</summary>
    ReplyFull,

    /// <summary><see cref="CommandBatch.Parked"/> waits for something; everything after it waits with it.</summary>
    Parked,

    /// <summary>The connection is to be closed once the replies are sent.</summary>
    Close,
}
