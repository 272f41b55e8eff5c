using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Log;
using RedisLite.Storage.Snapshots;

namespace RedisLite.Persistence;

/// <summary>
/// The rewrite of the append only file, from the cut to the files that count afterwards. Belongs to the aof actor.
/// </summary>
/// <remarks>
/// <code>
///   all stripes held: snapshot begins, log cut     old increment   | new increment
///   write up to the cut, start the new increment   ...SET a 1      | SET b 2 ...
///   snapshot actor writes the base meanwhile       ^ all of this is in the base
///   base done: manifest names base + new increment; the old files are deleted
/// </code>
/// Methods throw what <see cref="AofWriter"/>'s do; the job is then still claimed, and <see cref="Abandon"/> ends it.
/// </remarks>
internal sealed class AofRewrite(
    CommandServices services, AofQueue queue, PersistenceStatus status, AofWriter writer, ILoggingAdapter log)
{
    private readonly AutoRewrite _automatic = new(services.Options, status.Aof, services.Clock);

    /// <summary>Whether one was put off until another job is over, or the file has grown enough.</summary>
    public bool IsDue => status.IsScheduled(BackgroundJob.Rewrite) || (status.IsIdle && _automatic.IsDue);

    /// <summary>Takes the cut and starts the new increment.</summary>
    /// <returns>The order for the snapshot actor; null while another job runs, which is waited for.</returns>
    public SnapshotActor.WriteBase? TryBegin()
    {
        if (status.Job == BackgroundJob.Rewrite)
            return null;
        if (!status.TryBegin(BackgroundJob.Rewrite))
        {
            status.Schedule(BackgroundJob.Rewrite);
            return null;
        }

        Snapshot? snapshot = null;
        try
        {
            IReadOnlyList<ReadOnlyMemory<byte>> libraries = [];
            IReadOnlyList<KeyValuePair<string, string>> facts = [];
            var newBase = writer.Switch(() =>
            {
                LogCut cut = default;
                var epoch = 0;
                snapshot = SnapshotActor.TakeCut(services.Databases, () =>
                {
                    (cut, epoch) = (queue.Cut(), queue.Epoch);
                    libraries = services.Scripts.LibraryTexts;
                    facts = services.Replication.FactsAtCut();
                });
                return (cut, epoch);
            });
            log.Info("Background append only file rewriting started");
            return new SnapshotActor.WriteBase(
                snapshot!, libraries, facts, newBase, services.Options.AofUseRdbPreamble);
        }
        catch
        {
            snapshot?.Dispose();
            throw;
        }
    }

    /// <summary>The base is written: it and the new increment are the append only file from now on.</summary>
    public void Complete(SnapshotActor.BaseWritten written)
    {
        using (written.Target)
            writer.Complete(written.Target, written.IsRdb);
        DeleteHistory();
        status.End(BackgroundJob.Rewrite, succeeded: true);
        _automatic.Ended(succeeded: true);
        log.Info("Background append only file rewriting done: base of {0} bytes", status.Aof.BaseSize);
    }

    /// <summary>The files in use stay as they are.</summary>
    public void Abandon(Exception cause)
    {
        status.End(BackgroundJob.Rewrite, succeeded: false);
        _automatic.Ended(succeeded: false);
        if (cause is not OperationCanceledException)
            LogFailure(cause);
        writer.Abandon();
    }

    /// <summary>What the disk says is one line; a fault of ours has a stack.</summary>
    private void LogFailure(Exception cause)
    {
        const string text = "Background append only file rewriting failed; the files in use stay as they are";
        if (AofActor.IsDiskError(cause))
            log.Error(text + ": {0}", cause.Message);
        else
            log.Error(cause, text);
    }

    /// <summary>The files in use are the new ones already; those that they have replaced only take room.</summary>
    private void DeleteHistory()
    {
        try
        {
            writer.DeleteHistory();
        }
        catch (Exception e) when (AofActor.IsDiskError(e))
        {
            log.Warning(
                "Could not delete the files that the rewrite has replaced; the next one tries again: {0}", e.Message);
        }
    }
}
