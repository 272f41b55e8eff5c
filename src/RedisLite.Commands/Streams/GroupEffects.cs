using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Streams;

/// <summary>What becomes of a group, in the commands that Redis logs for it.</summary>
/// <remarks>
/// <code>
///   XCLAIM key group consumer 0 id TIME ms RETRYCOUNT n FORCE JUSTID LASTID id       pending, whatever was before
///   XGROUP CREATECONSUMER key group consumer
///   XGROUP SETID key group id ENTRIESREAD n
/// </code>
/// Unlike Redis 7.0, which leaves that out, what a consumer reads again and how far its group has read is logged too.
/// </remarks>
internal static class GroupEffects
{
    public static void Claim(
        scoped ref CommandContext ctx, scoped ReadOnlySpan<byte> key, scoped ReadOnlySpan<byte> group,
        scoped ReadOnlySpan<byte> consumer,
        StreamPendingEntry pending, StreamId lastId)
    {
        ctx.Changed();
        if (!ctx.IsLogged)
            return;
        var effect = ctx.PropagateAs(14);
        effect.Bulk("XCLAIM"u8);
        effect.Bulk(key);
        effect.Bulk(group);
        effect.Bulk(consumer);
        effect.Bulk("0"u8);
        StreamIds.Bulk(effect, pending.Id);
        effect.Bulk("TIME"u8);
        effect.BulkInteger(pending.DeliveredAtMs);
        effect.Bulk("RETRYCOUNT"u8);
        effect.BulkInteger((long)pending.Deliveries);
        effect.Bulk("FORCE"u8);
        effect.Bulk("JUSTID"u8);
        effect.Bulk("LASTID"u8);
        StreamIds.Bulk(effect, lastId);
    }

    public static void SetId(
        scoped ref CommandContext ctx, scoped ReadOnlySpan<byte> key, scoped ReadOnlySpan<byte> group,
        StreamGroupState state)
    {
        ctx.Changed();
        if (!ctx.IsLogged)
            return;
        var effect = ctx.PropagateAs(7);
        effect.Bulk("XGROUP"u8);
        effect.Bulk("SETID"u8);
        effect.Bulk(key);
        effect.Bulk(group);
        StreamIds.Bulk(effect, state.LastId);
        effect.Bulk("ENTRIESREAD"u8);
        effect.BulkInteger(state.EntriesRead);
    }

    /// <summary>Makes sure that a consumer is there, and notes that it was seen.</summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="key">The stream's key.</param>
    /// <param name="change">The group's change.</param>
    /// <param name="consumer">The name.</param>
    /// <param name="isActive">Whether it gets something.</param>
    /// <returns>Whether it was made.</returns>
    public static bool SeeConsumer(
        scoped ref CommandContext ctx, scoped ReadOnlySpan<byte> key, scoped in StreamGroupChange change,
        scoped ReadOnlySpan<byte> consumer, bool isActive)
    {
        var now = ctx.NowMs;
        if (change.Group.TryGetConsumer(consumer, out var known))
        {
            change.SetConsumer(consumer, new StreamConsumerState(now, isActive ? now : known.State.ActiveAtMs));
            return false;
        }
        change.AddConsumer(consumer, new StreamConsumerState(now, isActive ? now : -1));
        ctx.Changed();
        ctx.Notify(KeyspaceEvents.Streams, "xgroup-createconsumer"u8, key);
        if (ctx.IsLogged)
        {
            var effect = ctx.PropagateAs(5);
            effect.Bulk("XGROUP"u8);
            effect.Bulk("CREATECONSUMER"u8);
            effect.Bulk(key);
            effect.Bulk(change.Group.Name);
            effect.Bulk(consumer);
        }
        return true;
    }
}
