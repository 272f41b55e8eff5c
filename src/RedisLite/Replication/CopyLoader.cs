using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Scripting;
using RedisLite.Persistence;
using RedisLite.Persistence.Loading;

namespace RedisLite.Replication;

/// <summary>
/// Reads a full copy into tables aside, and puts them in the place of the data when all of it has come.
/// </summary>
/// <remarks>
/// <code>
///   served   old data ................................. | the copy
///   aside    [ filled from the primary ] -- verified -- ^ all stripes held: tables, history, role's stream in one step
/// </code>
/// On a thread of its own: it waits for the network, and takes as long as the data is large. Until the last step
/// clients read the old data, and a copy that breaks off or is damaged changes nothing.
/// </remarks>
internal sealed class CopyLoader(
    ReplicationState state, FollowedStream stream, CommandServices services, PersistenceStatus status,
    ILoggingAdapter log)
{
    /// <summary>Loads and adopts a copy.</summary>
    /// <param name="feed">The copy's bytes.</param>
    /// <param name="answer">Which stream and offset the copy is of.</param>
    /// <param name="verifyChecksum">Whether a wrong checksum is an error.</param>
    /// <returns>False when this server follows another stream by now.</returns>
    public LoadedCopy Load(Stream feed, SyncAnswer answer, bool verifyChecksum)
    {
        using var tables = services.Databases.CreateAside();
        using var target = new ReplayTarget(services, status, log, database => tables[database]);
        var options = new LoadOptions { VerifyChecksum = verifyChecksum };
        var result = RdbLoader.Load(feed, "the primary's copy", target, options, CancellationToken.None);
        var database = Math.Min(ReplicationFacts.DatabaseOf(target.Facts), services.Databases.Count - 1);
        return new LoadedCopy(Adopt(tables, target.Libraries!, answer, database), result.Keys, database);
    }

    private bool Adopt(AsideTables tables, LibraryDraft libraries, SyncAnswer answer, int database)
    {
        var former = services.Databases.UnderAllStripes<IReadOnlyList<DetachedTables>?>(() =>
        {
            if (stream.IsCut)
                return null;
            services.Tracking.Flushed();
            var replaced = services.Databases.Adopt(tables);
            services.Scripts.Adopt(libraries);

            // First: the file holds the old data, and must not say that it is of the new stream.
            services.Persistence.CutOff();
            state.AdoptCopy(answer.Id!, answer.Offset!.Value, database);
            return replaced;
        });
        if (former is null)
            return false;
        foreach (var table in former)
            table.Dispose();

        // The append only file holds what was here before: it begins anew with the copy.
        if (services.Persistence.AofEnabled)
            services.Persistence.StartRewrite();
        return true;
    }
}

/// <summary>What became of a full copy.</summary>
/// <param name="IsAdopted">Whether it is served now.</param>
/// <param name="Keys">Keys in it.</param>
/// <param name="Database">The database that is selected where the stream goes on.</param>
internal sealed record LoadedCopy(bool IsAdopted, long Keys, int Database);
