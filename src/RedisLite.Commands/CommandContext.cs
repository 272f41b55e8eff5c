using RedisLite.Commands.Execution;
using RedisLite.Commands.Execution.Waiting;
using RedisLite.Commands.Keys;
using RedisLite.Commands.Scripting;
using RedisLite.Commands.Server;
using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands;

/// <summary>
/// One request in its run, and everything that the run may touch. Lives on the executor's stack and cannot leave its
/// thread.
/// </summary>
/// <remarks>
/// Made once for a request and passed by reference through all steps of its run: it is too large to be copied for each.
///
/// LOCK: the stripes of the command's declared keys are held while it runs, shared for R, exclusive for W and RW. A
/// command takes no lock, sends no message and touches no file; it reads and changes its declared keys, reports what
/// it changed, and writes exactly one reply.
/// </remarks>
public ref struct CommandContext
{
    // Of work aside whose sources change meanwhile; after them it is done under the stripes.
    private const int MostAsideRounds = 3;

    private readonly CommandRun _run;
    private bool _isPropagated;

    /// <summary>The next request of a batch.</summary>
    internal CommandContext(CommandRun run, CommandBatch batch, long nowMs)
    {
        var (session, reply, next) = (batch.Session, batch.Reply, batch.Next);
        _run = run;
        Session = session;
        Reply = reply;
        NowMs = nowMs;
        Form = batch.Requests.FormOf(next);
        reply.Format = session.FormatFor(Form);
        Mark = reply.Length;
        ErrorsBefore = reply.ErrorCount;
        if (session.Stream is not null)
        {
            Raw = batch.Requests.RawOf(next);
            RawParts = batch.Requests.PartsOf(next);
        }

        if (session.Waiter is { } waiter)
        {
            NamedCommand = waiter.Request.Command;
            Args = waiter.Request.Arguments;
            Keys = waiter.Request.Keys;
            IsFurtherTry = waiter.HasRun;
        }
        else
        {
            NamedCommand = batch.CommandAt(next);
            Args = batch.Requests[next];
            Keys = batch.KeysAt(next, Args);
        }
    }

    /// <summary>A request that comes from elsewhere; its reply begins where the buffer ends.</summary>
    internal CommandContext(
        CommandRun run, Command command, in Arguments args, RequestKeys keys, ClientSession session,
        ReplyWriter reply, long nowMs)
    {
        _run = run;
        NamedCommand = command;
        Args = args;
        Keys = keys;
        Session = session;
        Reply = reply;
        NowMs = nowMs;
        Mark = reply.Length;
        ErrorsBefore = reply.ErrorCount;
    }

    /// <summary>The whole request; index 0 is the command's name, 1 a subcommand's.</summary>
    public readonly Arguments Args { get; }

    public readonly Command Command => NamedCommand!;

    public readonly ClientSession Session { get; }

    public readonly ReplyWriter Reply { get; }

    /// <summary>Milliseconds since the Unix epoch; the same for all of a transaction.</summary>
    public readonly long NowMs { get; }

    /// <summary>The request's keys, found and hashed.</summary>
    public readonly RequestKeys Keys { get; }

    /// <summary>Null when the request names no command: it does not pass the gate then.</summary>
    internal readonly Command? NamedCommand { get; }

    /// <summary>Where its reply begins.</summary>
    internal readonly int Mark { get; }

    /// <summary>Error replies in the buffer before its own.</summary>
    internal readonly long ErrorsBefore { get; }

    /// <summary>How the client wrote it, which decides how it is answered.</summary>
    internal RequestForm Form { get; init; }

    /// <summary>The request as it came; only for what comes from the primary.</summary>
    internal readonly ReadOnlySpan<byte> Raw { get; }

    /// <summary>Large arguments, which stood between the bytes of <see cref="Raw"/>.</summary>
    internal readonly ReadOnlySpan<LargePart> RawParts { get; }

    /// <summary>
    /// The key that is ready for a client that waited, when the run that made it so serves it; null otherwise.
    /// </summary>
    internal byte[]? ReadyKey { get; init; }

    /// <summary>It goes into the client's transaction and does not run now.</summary>
    internal readonly bool IsQueued => Session.Transaction is not null && !Command.Has(CommandFlags.Immediate);

    public readonly CommandServices Services => _run.Services;

    public readonly RuntimeOptions Options => _run.Services.Options;

    public readonly Databases Databases => _run.Services.Databases;

    /// <summary>The client's selected database.</summary>
    public readonly Keyspace Keyspace => _run.Services.Databases[Session.Database];

    /// <summary>How a walk over the whole keyspace gets its stripes: inside EXEC they are held already.</summary>
    public readonly StripeAccess StripeAccess => IsInTransaction ? StripeAccess.HeldByCaller : StripeAccess.TakeEach;

    /// <summary>Runs inside EXEC or a script: a blocking command answers at once, as if its time had run out.</summary>
    public readonly bool IsInTransaction => _run.Nested.IsActive;

    /// <summary>
    /// A blocking command that has waited already and is tried once more; see
    /// <see cref="Execution.Waiting.BlockingKeys"/>.
    /// </summary>
    internal bool IsFurtherTry { get; init; }

    /// <summary>Whether effects are kept at all; a command may skip preparing them otherwise.</summary>
    public readonly bool IsLogged => _run.IsLogged(Session);

    /// <summary>
    /// Whether a time to expire at that is over already means a deletion now. A replay or a replica must not decide
    /// that by its own clock: it keeps the key until the deletion comes.
    /// </summary>
    public readonly bool DeletesExpired => Services.DecidesDeletions && !Session.IsObeyed;

    /// <summary>
    /// Whether a command that only reads may keep in the value what it has found out: a replica's values are changed by
    /// its primary's stream alone.
    /// </summary>
    public readonly bool KeepsFindings => Session.IsObeyed || Services.Role == ServerRole.Primary;

    /// <summary>How many changes were reported; 0 means that nothing is logged.</summary>
    public int Changes { get; private set; }

    /// <summary>Whether it has had an effect: on data, or one of its own.</summary>
    internal readonly bool HasChanged => Changes != 0 || HasOwnEffects || _isPropagated;

    /// <summary>Whether the request itself goes to the log.</summary>
    internal readonly bool IsRequestLogged => !HasOwnEffects
        && (_isPropagated ? Audience == LogAudience.All || Services.ChangeLog.HasReplicas : Changes != 0
            && Command.IsWrite);

    /// <summary>For whom.</summary>
    internal LogAudience Audience { get; private set; }

    internal bool HasOwnEffects { get; private set; }

    internal bool SawExpired { get; private set; }

    internal ParkedCommand? Parked { get; private set; }

    /// <summary>Runs once more, under all stripes.</summary>
    internal bool IsAgain { get; set; }

    /// <summary>What goes on with the reply when the stripes are released.</summary>
    internal ILongReply? LongReply { get; private set; }

    /// <summary>What is to be computed when the stripes are released, before the command ends.</summary>
    internal IAsideWork? Aside { get; private set; }

    /// <summary>How often that has been computed already.</summary>
    internal int AsideRounds { get; set; }

    /// <summary>Whether work that is not done yet will be computed under the stripes, and not aside.</summary>
    internal readonly bool IsNextRoundUnderStripes => AsideRounds >= MostAsideRounds;

    /// <summary>Forgets what a try has done: the command runs once more.</summary>
    internal void BeginAgain()
    {
        (Changes, Audience) = (0, default);
        _isPropagated = HasOwnEffects = SawExpired = false;
        (Parked, LongReply, Aside) = (null, null, null);
    }

    /// <summary>The key at an argument with its hash.</summary>
    public readonly Key Key(int argument) =>
        Keys.TryFind(argument, out var key) ? new Key(Args[argument], key.Hash) : Databases.MakeKey(Args[argument]);

    /// <summary>Whether a further try of a blocking command is for this key.</summary>
    internal readonly bool IsReady(scoped in Key key) => ReadyKey is not { } ready || key.Bytes.SequenceEqual(ready);

    /// <summary>
    /// Finds the live entry of a declared key of the client's database; false when missing or expired.
    /// </summary>
    /// <remarks>
    /// Counts a hit or miss for read commands and touches the access clock, as a look-up by a client does.
    /// </remarks>
    public bool TryGet(int argument, out Entry entry)
    {
        var key = Key(argument);
        return TryGet(key, out entry);
    }

    /// <inheritdoc cref="TryGet(int, out Entry)"/>
    public bool TryGet(scoped in Key key, out Entry entry)
    {
        if (Command.IsRead)
            return TryRead(key, out entry);
        var found = TryPeek(key, out entry);
        if (found)
            Touch(entry);
        return found;
    }

    /// <summary>
    /// As <see cref="TryGet(in Key, out Entry)"/>, and counted as a read whatever the command is declared as: a write
    /// command's look-up of a key that it only reads (COPY's source, GETEX).
    /// </summary>
    /// <param name="key">A declared key.</param>
    /// <param name="entry">The live entry.</param>
    /// <param name="touches">Whether it is an access for the eviction policy: not so for TTL, EXISTS, OBJECT,
    /// ...</param>
    /// <param name="notifies">Whether a miss is a "keymiss" event.</param>
    internal bool TryRead(scoped in Key key, out Entry entry, bool touches = true, bool notifies = true)
    {
        var found = TryPeek(key, out entry);
        _run.CountLookup(found);
        if (!found && notifies)
            Notify(KeyspaceEvents.KeyMiss, "keymiss"u8, key.Bytes);
        else if (found && touches)
            Touch(entry);
        return found;
    }

    /// <summary>As <see cref="TryGet(in Key, out Entry)"/>, without statistics and access clock.</summary>
    public bool TryPeek(scoped in Key key, out Entry entry) => TryPeek(Keyspace, key, out entry);

    /// <inheritdoc cref="TryPeek(in Key, out Entry)"/>
    /// <param name="keyspace">Any database: a key has the same stripe in all of them.</param>
    /// <param name="key">A declared key.</param>
    /// <param name="entry">The live entry.</param>
    internal bool TryPeek(Keyspace keyspace, scoped in Key key, out Entry entry)
    {
        if (keyspace.TryGet(key, NowMs, out entry))
            return true;
        if (!keyspace.TryGetStale(key, out entry))
            return false;

        // A log holds each expiry as a deletion of its own: until that comes, the key was alive when this was logged.
        if (Session.IsObeyed)
            return true;

        // Expired but still there. A command that holds the stripe exclusively, as a write command does for all its
        // keys, removes it now, so that the deletion is logged before its own effect; a reader leaves it to its
        // executor, which takes the stripe again. Where nothing may be deleted it stays, but for what a client writes
        // over on a replica that lets it: the new value must not get the old one's expiry.
        entry = default;
        if (_run.Stripes.HoldsExclusive(key.Hash) && (Services.MayDelete || Command.IsWrite))
            keyspace.RemoveIfExpired(key, NowMs);
        else
            SawExpired = Services.MayDelete;
        return false;
    }

    /// <summary>Finds a string. When the key holds another type the error is replied and the result is false.</summary>
    /// <param name="argument">Position of a declared key.</param>
    /// <param name="entry">Check <paramref name="exists"/> first.</param>
    /// <param name="exists">Whether there is a live value.</param>
    public bool TryGetString(int argument, out Entry entry, out bool exists)
    {
        exists = TryGet(argument, out entry);
        if (!exists || entry.Type == EntryType.String)
            return true;
        Reply.Error(Errors.WrongType);
        return false;
    }

    /// <summary>Replies a string that a key holds; a large one from where it lies.</summary>
    public readonly void ReplyString(scoped in Entry entry)
    {
        if (entry.IsLargeString)
            ReplyLarge(entry, 0, entry.Value.Length);
        else
            Reply.Bulk(entry.Value);
    }

    /// <summary>Replies a part of a string that a key holds.</summary>
    public readonly void ReplyString(scoped in Entry entry, int start, int length)
    {
        if (entry.IsLargeString)
            ReplyLarge(entry, start, length);
        else
            Reply.Bulk(entry.Value.Slice(start, length));
    }

    private readonly void ReplyLarge(scoped in Entry entry, int start, int length)
    {
        if (Reply.TakesParts && length >= Keyspace.LargeStringLength)
            Reply.Bulk(Keyspace.HoldString(entry), start, length);
        else
            Reply.Bulk(entry.Value.Slice(start, length));
    }

    /// <summary>Reports changes of data: without a report the command counts as having done nothing.</summary>
    public void Changed(int count = 1) => Changes += count;

    /// <summary>
    /// Has the request logged although it reports no change of a key: PUBLISH, or what changes functions. The command
    /// must be declared <see cref="CommandFlags.MayReplicate"/>, or <see cref="CommandFlags.Write"/> when it changes
    /// data.
    /// </summary>
    /// <param name="audience">Replicas alone when it leaves no trace that a restart must find again.</param>
    public void Propagate(LogAudience audience)
    {
        if (!Command.IsWrite && !Command.Has(CommandFlags.MayReplicate))
            throw new InvalidOperationException($"'{Command.Name}' propagates but is not declared so");
        _isPropagated = true;
        Audience = audience;
    }

    /// <summary>
    /// Begins a command to be logged in place of the request, for effects that depend on time or chance, or that are
    /// only a part of it. May be called several times; call <see cref="Changed"/> as well.
    /// </summary>
    /// <param name="argumentCount">The name included; write each with
    /// <see cref="ReplyWriter.Bulk(ReadOnlySpan{byte})"/>.</param>
    public ReplyWriter PropagateAs(int argumentCount)
    {
        HasOwnEffects = true;
        return _run.Effects.Begin(Session.Database, argumentCount);
    }

    /// <summary>
    /// Logs, before the request or what replaces it, the deletion of fields that it came across. To be called while
    /// <see cref="IsLogged"/> says so, and before <see cref="PropagateAs"/>.
    /// </summary>
    internal readonly void LogDeletionBefore(scoped in Key key, FieldNames fields) =>
        _run.Effects.DeleteFields(Session.Database, key, fields);

    /// <summary>
    /// Publishes a keyspace event about a key of the client's database, if such events are configured.
    /// </summary>
    /// <param name="kind">The class that <c>notify-keyspace-events</c> selects it by.</param>
    /// <param name="name">The event, as Redis names it: "set", "expire", "rename_from", ...</param>
    /// <param name="key">The key it happened to.</param>
    public readonly void Notify(KeyspaceEvents kind, ReadOnlySpan<byte> name, ReadOnlySpan<byte> key) =>
        Notify(kind, name, key, Session.Database);

    /// <inheritdoc cref="Notify(KeyspaceEvents, ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public readonly void Notify(KeyspaceEvents kind, ReadOnlySpan<byte> name, ReadOnlySpan<byte> key, int database)
    {
        if ((Options.NotifyKeyspaceEvents & kind) != 0 && !Session.IsUnseen)
            Services.Events.Publish(kind, name, key, database);
    }

    /// <summary>
    /// To be called before a write that creates the key if it is not there: publishes "new", after the "expired" of a
    /// key that was there and had expired. Costs a look-up, and that only while keyspace events are configured.
    /// </summary>
    /// <param name="key">A declared key, held exclusively, in the client's database.</param>
    public void NotifyIfNew(scoped in Key key)
    {
        if (Options.NotifyKeyspaceEvents != KeyspaceEvents.None && !TryPeek(key, out _))
            Notify(KeyspaceEvents.New, "new"u8, key.Bytes);
    }

    /// <summary>
    /// Has work done when the stripes are released, after the whole transaction inside EXEC: freeing what nobody can
    /// reach any more. On the executor's thread, before the reply leaves; must not touch the keyspace or throw.
    /// </summary>
    internal readonly void AfterRelease(Action work) => _run.AfterRelease(work);

    /// <summary>
    /// Ends the command with a reply that is written after the stripes are released, as the client takes it; at once
    /// inside EXEC, scripts, and for clients that waited. Takes over <paramref name="reply"/>; nothing else may be
    /// replied.
    /// </summary>
    public void ReplyFrom(ILongReply reply)
    {
        if (!Session.IsObeyed && !IsInTransaction && !_run.Waiters.IsServing)
        {
            LongReply = reply;
            return;
        }

        using (reply)
        {
            while (reply.WriteMore(Reply))
            {
            }
        }
    }

    /// <summary>
    /// Has work done while the stripes are released, and ends the command with it; at once where the stripes cannot be
    /// released: inside EXEC and scripts, in a replay, for clients that waited. Takes over <paramref name="work"/>.
    /// </summary>
    /// <remarks>
    /// For commands declared <see cref="CommandFlags.Pooled"/>, or not <see cref="CommandFlags.Fast"/>.
    /// </remarks>
    public void RunAside(IAsideWork work)
    {
        if (!Session.IsObeyed && !IsInTransaction && !_run.Waiters.IsServing)
        {
            Aside = work;
            return;
        }

        using (work)
        {
            do
                work.Compute();
            while (!work.TryFinish(ref this));
        }
    }

    /// <summary>Ends what <see cref="RunAside"/> began.</summary>
    internal void FinishAside(IAsideWork work)
    {
        while (!work.TryFinish(ref this))
        {
            if (!IsNextRoundUnderStripes)
            {
                Aside = work;
                return;
            }

            work.Compute();
        }

        work.Dispose();
    }

    /// <summary>
    /// The command finds that it has much to do, and has changed nothing: it begins anew on the pool, if it does not
    /// run there. For commands declared <see cref="CommandFlags.PooledByItself"/>.
    /// </summary>
    /// <returns>Whether it has to end now.</returns>
    public bool LeavesToPool()
    {
        if (_run.MayTakeLong || Session.IsObeyed || IsInTransaction || _run.Waiters.IsServing)
            return false;
        _run.LeaveToPool();
        return true;
    }

    /// <summary>
    /// Leaves the executor without a reply until the wait is over; the rest of the batch waits with it.
    /// </summary>
    /// <remarks>Not inside a transaction: see <see cref="IsInTransaction"/>.</remarks>
    public void Park(ParkedCommand parked)
    {
        parked.Connection ??= Session.Connection;
        Parked = parked;
    }

    /// <summary>
    /// A blocking command (flag <see cref="CommandFlags.Blocking"/>) has found nothing: its client waits until a key is
    /// ready, and the command then runs again, for it, under its stripes. Inside EXEC and scripts it answers as if time
    /// had run out.
    /// </summary>
    /// <remarks>
    /// To be called without a reply, again by each further try that finds nothing, with the same arguments.
    /// </remarks>
    /// <param name="wait">What for, how long, and what to answer otherwise.</param>
    /// <param name="first">The first argument that names a key to wait for; a declared key, as all up to
    /// <paramref name="last"/>.</param>
    /// <param name="last">The last.</param>
    public void WaitForKeys(KeyWait wait, int first, int last)
    {
        if (IsInTransaction || Session.IsObeyed)
            wait.OnTimedOut(Reply);
        else
            Parked = _run.Waiters.Wait(this, wait, first, last);
    }

    /// <summary>
    /// Has clients that wait for a key tried when this command ends. Every change that the table reports does so by
    /// itself; this is for what makes a key ready without one.
    /// </summary>
    /// <param name="key">A declared key, held exclusively, in the client's database.</param>
    public readonly void SignalKeyReady(scoped in Key key)
    {
        if (Services.Waiting.IsAny)
            Services.Waiting.Changed(Session.Database, key, _run.Waiters);
    }

    /// <summary>
    /// Runs another command inside this one, under the stripes that this one holds: what a script calls.
    /// </summary>
    /// <param name="command">One that may run inside others, with a number of arguments that it accepts.</param>
    /// <param name="args">Its whole request.</param>
    /// <param name="reply">Its reply is appended, in the format that the buffer has.</param>
    public NestedOutcome RunNested(Command command, in Arguments args, ReplyWriter reply) =>
        _run.Nested.Run(ref this, command, args, reply);

    /// <summary>
    /// Gives the stripes back after this command and runs it once more under all of them: for one that met keys which
    /// it did not declare. It must have changed nothing; its reply is dropped.
    /// </summary>
    public readonly void RunAgainUnderAllStripes() => _run.RunAgainUnderAllStripes();

    /// <summary>Runs scripts inside this command.</summary>
    internal readonly ScriptHost Scripts => _run.Scripts;

    /// <summary>Whether every stripe is held.</summary>
    internal readonly bool HoldsAllStripes(bool exclusive) => _run.Stripes.Plan.CoversAll(exclusive);

    /// <summary>Runs the queue of the client's transaction: EXEC.</summary>
    internal void RunTransaction() => _run.Nested.RunQueue(ref this);

    /// <summary>
    /// Marks an access that no look-up has marked: a key overwritten unseen. Not for new keys, whose mark is right.
    /// </summary>
    internal readonly void Touch(scoped in Entry entry)
    {
        if (!Session.NoTouch)
            entry.TouchAccess(AccessClock.Touched(entry.AccessClock, NowMs, Options));
    }
}
