using RedisLite.Storage.Values;

namespace RedisLite.Commands.Streams;

/// <summary>What XCLAIM and XAUTOCLAIM do with each pending entry.</summary>
internal ref struct Claiming(
    ReadOnlySpan<byte> key, ReadOnlySpan<byte> group, ReadOnlySpan<byte> consumer, bool isIdOnly)
{
    private readonly ReadOnlySpan<byte> _key = key;
    private readonly ReadOnlySpan<byte> _group = group;
    private readonly ReadOnlySpan<byte> _consumer = consumer;
    private bool _isSeen;

    /// <summary>The entry is pending at the consumer from now on; replies it.</summary>
    public void Take(
        scoped ref CommandContext ctx, scoped in StreamGroupChange change, scoped in StreamCursor entry,
        StreamPendingEntry pending)
    {
        // Only who claims something becomes a consumer.
        if (!_isSeen)
            GroupEffects.SeeConsumer(ref ctx, _key, change, _consumer, isActive: true);
        _isSeen = true;
        change.Deliver(pending, _consumer);
        if (isIdOnly)
            StreamIds.Bulk(ctx.Reply, pending.Id);
        else
            StreamReplies.Entry(ctx.Reply, entry);
        GroupEffects.Claim(ref ctx, _key, _group, _consumer, pending, change.State.LastId);
    }

    /// <summary>The entry is not in the stream any more, so it is pending no more. A replay finds that too.</summary>
    public readonly void Forget(
        scoped ref CommandContext ctx, scoped in StreamGroupChange change, scoped in StreamPending pending)
    {
        GroupEffects.Claim(ref ctx, _key, _group, pending.Consumer, pending.State, change.State.LastId);
        change.Acknowledge(pending.Id);
    }
}
