namespace RedisLite.Commands.Execution;

/// <summary>
/// Goes on deleting keys while more memory is in use than allowed and no client writes: after <c>maxmemory</c> was
/// lowered.
/// </summary>
/// <remarks>One thread at a time, any thread. LOCK: takes one stripe at a time; the caller holds none.</remarks>
public sealed class BackgroundEviction(CommandServices services)
{
    private readonly Evictor _evictor = new(services);

    /// <summary>Deletes until enough is free or the budget is spent.</summary>
    /// <returns>Whether more has to go.</returns>
    public bool Run(long nowMs, TimeSpan budget) =>
        Evictor.MayBeNeeded(services) && _evictor.MakeRoom(nowMs, budget) == Room.Short;
}
