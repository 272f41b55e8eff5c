namespace RedisLite.Storage.Locking;

/// <summary>Decides when a thread that waits for a stripe has waited enough.</summary>
/// <remarks>Asked on the waiting thread, some fifty times a second; must not wait, nor take a stripe.</remarks>
public interface IWaitLimit
{
    /// <summary>Whether to give up the wait for this stripe.</summary>
    bool IsReached(int stripe);
}
