using RedisLite.Storage.Tables;

namespace RedisLite.Storage.Keyspaces;

/// <summary>Why a record goes, which observers hear.</summary>
internal enum DeletionCause
{
    Command,
    Expiry,
    Eviction,
}

/// <summary>Takes one record out of its table, tells the observer and frees it.</summary>
internal static unsafe class Deletion
{
    /// <summary>LOCK: the stripe's, exclusive.</summary>
    public static void Run(
        IKeyspaceObserver? observer, int database, Stripe stripe, Record* record, ulong hash, DeletionCause cause)
    {
        stripe.Unlink(record);
        try
        {
            if (observer is not null)
                Tell(observer, database, new Key(Record.Key(record), hash), cause);
        }
        finally
        {
            stripe.FreeRecord(record);
        }
    }

    private static void Tell(IKeyspaceObserver observer, int database, in Key key, DeletionCause cause)
    {
        switch (cause)
        {
            case DeletionCause.Expiry:
                observer.Expired(database, key);
                break;
            case DeletionCause.Eviction:
                observer.Evicted(database, key);
                break;
            default:
                observer.Changed(database, key);
                break;
        }
    }
}
