using System.Text;
using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Persistence.Aof;
using RedisLite.Persistence.Files;
using RedisLite.Persistence.Rdb;
using RedisLite.Storage;
using RedisLite.Storage.Snapshots;

namespace RedisLite.Persistence;

/// <summary>Writes snapshots to files on a thread of its own: RDB files, and bases of the append only file.</summary>
/// <remarks>
/// A snapshot is written in one message, so that jobs queue up by themselves; <paramref name="stopping"/> ends it
/// early. Under a stripe's lock keys are only copied.
/// </remarks>
internal sealed class SnapshotActor(
    CommandServices services, PersistenceStatus status, IStorageDevice device, SnapshotFile file,
    DataReloader reloader, CancellationToken stopping)
    : UntypedActor, IWithTimers
{
    private const int MostReloads = 10;
    private const int KeysPerVisit = 128;
    private const int FlushAt = 256 * 1024;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(50);

    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly List<Action> _flushed = [];
    private long _canceledAtCut;
    private long _changesAtCut;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(
        CommandServices services, PersistenceStatus status, IStorageDevice device, SnapshotFile file,
        DataReloader reloader, CancellationToken stopping) =>
        Akka.Actor.Props.Create(() => new SnapshotActor(services, status, device, file, reloader, stopping));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Save save:
                // Not as the argument below: nobody waits for BGSAVE, and ?. would leave it out.
                var failure = SaveRdb();
                save.Done?.Invoke(failure);
                break;
            case SaveLast last when !status.TryBegin(BackgroundJob.Snapshot):
                // A rewrite is about to end: its base is written by this actor.
                Timers.StartSingleTimer(last, last, RetryInterval);
                break;
            case SaveLast last:
                last.Done(SaveRdb());
                AnswerFlushed();
                break;
            case SaveFlushed flushed:
                OnFlushed(flushed);
                break;
            case SendCopy send:
                SendToReplicas(send);
                break;
            case WriteBase write:
                WriteAofBase(write);
                break;
            case Reload reload:
                OnReload(reload);
                break;
            case AofFlushed { Failure: not null } unflushed:
                EndReload(unflushed.Reload, "ERR " + unflushed.Failure);
                break;
            case AofFlushed flushed:
                OnLoaded(flushed.Reload, reloader.LoadAppendOnly(flushed.Position));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Takes the cut: all stripes are held for an instant.</summary>
    /// <param name="databases">The data.</param>
    /// <param name="atCut">Runs while everything stands still.</param>
    /// <param name="slots">Only the keys of these; null for all.</param>
    public static Snapshot TakeCut(Databases databases, Action atCut, SlotSet? slots = null) =>
        databases.UnderAllStripes(() =>
        {
            var snapshot = Snapshot.Begin(databases, slots);
            atCut();
            return snapshot;
        });

    private void OnFlushed(SaveFlushed flushed)
    {
        _flushed.Add(flushed.Done);
        _canceledAtCut = status.CanceledSnapshots;
        if (!status.TryBegin(BackgroundJob.Snapshot))
            status.Schedule(BackgroundJob.Snapshot); // a rewrite runs: the append only file knows of the flush
        else
            SaveRdb();

        // The next flush, or the end, has given this one's snapshot up, and is the next message.
        if (_canceledAtCut == status.CanceledSnapshots)
            AnswerFlushed();
    }

    private void AnswerFlushed()
    {
        _flushed.ForEach(static done => done());
        _flushed.Clear();
    }

    private void ThrowIfFlushed()
    {
        if (_canceledAtCut != status.CanceledSnapshots)
            throw new OperationCanceledException("The data was flushed meanwhile");
    }

    /// <summary>BGSAVE's and SAVE's work; the job was claimed by whoever asked.</summary>
    /// <returns>Null, or why it failed.</returns>
    private string? SaveRdb()
    {
        try
        {
            device.CreateDirectory(file.Directory);
            IReadOnlyList<ReadOnlyMemory<byte>> libraries = [];
            IReadOnlyList<KeyValuePair<string, string>> facts = [];
            using (var snapshot = TakeCut(services.Databases, () =>
            {
                _changesAtCut = status.TotalChanges;
                _canceledAtCut = status.CanceledSnapshots;
                facts = services.Replication.FactsAtCut();
                libraries = services.Scripts.LibraryTexts;
            }))
            using (var target = new AtomicFile(device, file.Directory, $"temp-{Environment.ProcessId}.rdb"))
            {
                WriteRdb(snapshot, libraries, target.Output, isAofBase: false, facts);
                ThrowIfFlushed();
                target.Commit(file.Name);
            }

            // Not before the snapshot is given up: a rewrite may begin its own from here on.
            status.End(BackgroundJob.Snapshot, succeeded: true, _changesAtCut);
            _log.Info("DB saved on disk");
            return null;
        }
        catch (OperationCanceledException e)
        {
            status.Abandon(BackgroundJob.Snapshot);
            return e.Message;
        }
        catch (Exception e)
        {
            status.End(BackgroundJob.Snapshot, succeeded: false);
            if (e is IOException or UnauthorizedAccessException)
                _log.Error("Could not save {0}: {1}", Path.Combine(file.Directory, file.Name), e.Message);
            else
                _log.Error(e, "Could not save {0}", Path.Combine(file.Directory, file.Name));
            return e.Message;
        }
    }

    /// <summary>
    /// While clients are told LOADING, the data takes the place of itself. Again, if something has changed meanwhile: a
    /// command that was let in before has ended after the file was made, or a primary's stream goes on.
    /// </summary>
    private void OnReload(Reload reload)
    {
        if (!status.TryBegin(reload.Request.Saves ? BackgroundJob.Snapshot : BackgroundJob.Copy))
        {
            Timers.StartSingleTimer(reload, reload, RetryInterval);
            return;
        }

        var position = reloader.Begin();
        if (reload.Request.FromAppendOnly)
            reloader.FlushAsync().PipeTo(Self, success: failure => new AofFlushed(reload, position, failure));
        else if (reload.Request.Saves && SaveRdb() is not null)
            EndReload(reload, "ERR");
        else
            OnLoaded(reload, reloader.LoadSnapshot(reload.Request, _changesAtCut));
    }

    private void OnLoaded(Reload reload, ReloadOutcome outcome)
    {
        if (outcome == ReloadOutcome.Moved && reload.Tries < MostReloads)
        {
            ServeAgain(reload);
            Self.Tell(reload with { Tries = reload.Tries + 1 });
            return;
        }

        EndReload(reload, outcome == ReloadOutcome.Loaded ? null
            : reload.Request.FromAppendOnly ? "ERR Error trying to load the append only file"
            : "ERR Error trying to load the RDB dump");
    }

    private void EndReload(Reload reload, string? error)
    {
        ServeAgain(reload);

        // The append only file holds what was here before: it begins anew with what was loaded.
        if (error is null && !reload.Request.Saves && !reload.Request.FromAppendOnly
            && services.Persistence.AofEnabled)
            services.Persistence.StartRewrite();
        reload.Done(error);
    }

    private void ServeAgain(Reload reload)
    {
        reloader.End();
        if (!reload.Request.Saves)
            status.End(BackgroundJob.Copy, succeeded: true);
    }

    /// <summary>A full copy for replicas; the job was claimed by whoever asked.</summary>
    private void SendToReplicas(SendCopy send)
    {
        Exception? failure = null;
        try
        {
            IReadOnlyList<ReadOnlyMemory<byte>> libraries = [];
            using var snapshot = TakeCut(services.Databases, () =>
            {
                send.Target.AtCut();
                libraries = services.Scripts.LibraryTexts;
            }, send.Target.Slots);
            send.Target.Begin();
            if (send.Target.Slots is null)
                WriteRdb(
                    snapshot, libraries, send.Target.Output, isAofBase: false, send.Target.Facts, send.Target.HasKeys);
            else
                WriteAsCommands(snapshot, [], send.Target.Output);
            send.Target.End();
        }
        catch (Exception e)
        {
            failure = e;
        }

        status.End(BackgroundJob.Copy, succeeded: failure is null);
        Sender.Tell(new CopyEnded(send.Target, failure));
    }

    private void WriteAofBase(WriteBase write)
    {
        try
        {
            using (write.Snapshot)
                WriteAofBaseTo(write.Target.Output, write);
            Sender.Tell(new BaseWritten(write.Target, write.IsRdb));
        }
        catch (Exception e)
        {
            write.Target.Dispose();
            Sender.Tell(new BaseFailed(e));
        }
    }

    private void WriteAofBaseTo(Stream output, WriteBase write)
    {
        if (write.IsRdb)
        {
            WriteRdb(write.Snapshot, write.Libraries, output, isAofBase: true, write.Facts);
            return;
        }

        WriteAsCommands(write.Snapshot, write.Libraries, output);
    }

    private void WriteAsCommands(Snapshot snapshot, IReadOnlyList<ReadOnlyMemory<byte>> libraries, Stream output)
    {
        using var writer = new AofBaseWriter(output);
        WriteLibraries(libraries, writer);
        WriteKeys(snapshot, writer);
    }

    private void WriteRdb(
        Snapshot snapshot, IReadOnlyList<ReadOnlyMemory<byte>> libraries, Stream output, bool isAofBase,
        IReadOnlyList<KeyValuePair<string, string>>? facts = null, bool hasKeys = true)
    {
        using var writer = new RdbWriter(output, new RdbWriterOptions
        {
            Compress = services.Options.RdbCompression,
            Checksum = file.Checksum,
            AutoFlush = false,
            Limits = services.Options.Encodings,
        });
        writer.WriteHeader(new RdbDescription(
            services.Identity.RedisVersion, services.NowMs / 1000, services.Databases.UsedMemory, isAofBase));
        foreach (var (name, value) in facts ?? [])
            writer.WriteAuxiliary(Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(value));
        WriteLibraries(libraries, writer);
        if (!hasKeys)
        {
            writer.Complete();
            return;
        }

        foreach (var (database, keys) in snapshot.KeyCounts)
        {
            writer.SelectDatabase(database);
            writer.WriteSizeHint(keys, snapshot.ExpiringCounts[database]);
        }

        WriteKeys(snapshot, writer);
    }

    private static void WriteLibraries(IReadOnlyList<ReadOnlyMemory<byte>> libraries, ISnapshotWriter writer)
    {
        foreach (var text in libraries)
            writer.WriteLibrary(text.Span);
    }

    private void WriteKeys(Snapshot snapshot, ISnapshotWriter writer)
    {
        while (snapshot.Walk(KeysPerVisit, ref writer, Visit))
        {
            stopping.ThrowIfCancellationRequested();
            // A copy for replicas stays right: the flush follows it in their stream.
            if (writer is RdbWriter && status.Job != BackgroundJob.Copy)
                ThrowIfFlushed();
            if (writer.Buffered >= FlushAt)
                writer.Flush();
        }

        writer.Complete();
    }

    private static void Visit(scoped SnapshotEntry entry, ref ISnapshotWriter writer) => writer.Write(entry);

    /// <summary>Write an RDB file. The job has been claimed with <see cref="PersistenceStatus.TryBegin"/>.</summary>
    public sealed record Save(Action<string?>? Done);

    /// <summary>
    /// Write an RDB file once all data is gone. The job is not claimed yet: a snapshot that runs ends first.
    /// </summary>
    public sealed record SaveFlushed(Action Done);

    /// <summary>
    /// Write an RDB file before the server ends. The job is not claimed yet: a snapshot that runs is given up, a
    /// rewrite waited for.
    /// </summary>
    public sealed record SaveLast(Action<string?> Done) : IDeadLetterSuppression;

    /// <summary>DEBUG RELOAD or LOADAOF. The job is not claimed yet: one that runs ends first.</summary>
    /// <param name="Request">What is wanted.</param>
    /// <param name="Done">Told null, or the error.</param>
    /// <param name="Tries">How often it had to begin anew.</param>
    public sealed record Reload(ReloadRequest Request, Action<string?> Done, int Tries = 0) : IDeadLetterSuppression;

    private sealed record AofFlushed(Reload Reload, long Position, string? Failure) : IDeadLetterSuppression;

    /// <summary>Send a full copy. The job has been claimed with <see cref="PersistenceStatus.TryBegin"/>.</summary>
    public sealed record SendCopy(ICopyTarget Target);

    /// <summary>The copy has been sent, or could not be.</summary>
    public sealed record CopyEnded(ICopyTarget Target, Exception? Failure) : IDeadLetterSuppression;

    /// <summary>
    /// Write the base of a rewrite. Snapshot and file belong to this actor; the file goes back with
    /// <see cref="BaseWritten"/>.
    /// </summary>
    public sealed record WriteBase(
        Snapshot Snapshot, IReadOnlyList<ReadOnlyMemory<byte>> Libraries,
        IReadOnlyList<KeyValuePair<string, string>> Facts, AtomicFile Target, bool IsRdb);

    /// <summary>The base's content is written, not yet durable.</summary>
    public sealed record BaseWritten(AtomicFile Target, bool IsRdb);

    /// <summary>The base could not be written; nothing is left of it.</summary>
    public sealed record BaseFailed(Exception Cause);
}

/// <summary>Where SAVE writes to.</summary>
internal sealed record SnapshotFile(string Directory, string Name, bool Checksum);
