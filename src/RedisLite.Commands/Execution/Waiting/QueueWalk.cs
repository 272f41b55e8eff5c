namespace RedisLite.Commands.Execution.Waiting;

/// <summary>One walk along the clients that wait for a ready key.</summary>
/// <remarks>
/// Where one is met whose turn is another thread's, its rivals behind it are left out: they are served when that turn
/// is over. LOCK: the key's stripe, and for all members that of <see cref="WaitingClients"/>.
/// </remarks>
internal sealed class QueueWalk(KeyQueue queue, WaitNode from, Rivals? only)
{
    private HashSet<Rivals>? _waiting;

    public KeyQueue Queue { get; } = queue;

    /// <summary>Where it stands; null at its end.</summary>
    public WaitNode? Place { get; set; } = from;

    /// <summary>Whether it passes a turn on to rivals alone, and no change of the key is told by it.</summary>
    public bool IsOfRivals => only is not null;

    /// <summary>Whether a client is one of those that are to be served.</summary>
    public bool Includes(KeyWaiter waiter) =>
        (only is not { } rivals || waiter.Rivals == rivals) && _waiting?.Contains(waiter.Rivals) != true;

    /// <summary>Those behind the place that are rivals have to wait; the walk goes on with the others.</summary>
    public void WaitFor(Rivals rivals)
    {
        if (rivals.AreAll || IsOfRivals)
        {
            Place = null;
            return;
        }

        if (!rivals.AreNobody)
            (_waiting ??= []).Add(rivals);
        Place = Place!.Next;
    }
}
