using System.Collections.Immutable;
using Akka.Actor;

namespace RedisLite.Hosting;

/// <summary>How many messages wait for actors: what grows when a part of the server cannot keep up.</summary>
/// <remarks>
/// Any thread. Reading costs a count of each mailbox, and sending nothing. A router's messages wait with its routees.
/// </remarks>
internal sealed class MailboxDepths
{
    private ImmutableList<Watched> _actors = [];

    /// <summary>An actor that is worth looking at.</summary>
    /// <param name="name">Its own.</param>
    /// <param name="actor">It.</param>
    /// <param name="isRouter">Whether its messages wait with its children.</param>
    public void Add(string name, IActorRef actor, bool isRouter = false) => ImmutableInterlocked.Update(
        ref _actors, static (all, added) => all.Add(added), new Watched(name, actor, isRouter));

    /// <summary>The depths by name.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Read() =>
        [.. _actors.Select(static watched => KeyValuePair.Create(watched.Name, DepthOf(watched)))];

    private static long DepthOf(Watched watched)
    {
        if (watched.Actor is not ActorRefWithCell { Underlying: { } cell })
            return 0;
        var depth = (long)cell.NumberOfMessages;
        if (!watched.IsRouter)
            return depth;
#pragma warning disable CS0618 // names a successor that the interface does not have
        foreach (var child in cell.GetChildren())
#pragma warning restore CS0618
            depth += child is ActorRefWithCell { Underlying: { } routee } ? routee.NumberOfMessages : 0;
        return depth;
    }

    private sealed record Watched(string Name, IActorRef Actor, bool IsRouter);
}
