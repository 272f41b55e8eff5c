using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Commands.PubSub;

/// <summary>SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE and their opposites.</summary>
internal static class SubscribeCommands
{
    private const CommandFlags Common =
        CommandFlags.PubSub | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale
        | CommandFlags.InSubscribedMode;

    [Command("SUBSCRIBE", Arity = -2, Channels = ChannelArguments.All, Flags = Common, Group = CommandGroup.PubSub,
        Since = "2.0.0", Syntax = "channel [channel ...]",
        Complexity = "O(N) where N is the number of channels to subscribe to.",
        Summary = "Listens for messages published to channels.")]
    public static void Subscribe(ref CommandContext ctx) => Subscribe(ref ctx, SubscriptionKind.Channel, "subscribe"u8);

    [Command("PSUBSCRIBE", Arity = -2, Channels = ChannelArguments.AllPatterns,
        Flags = Common, Group = CommandGroup.PubSub, Since = "2.0.0", Syntax = "pattern [pattern ...]",
        Complexity = "O(N) where N is the number of patterns to subscribe to.",
        Summary = "Listens for messages published to channels that match one or more patterns.")]
    public static void PSubscribe(ref CommandContext ctx) =>
        Subscribe(ref ctx, SubscriptionKind.Pattern, "psubscribe"u8);

    [Command("SSUBSCRIBE", Arity = -2, Channels = ChannelArguments.All, ShardChannels = "1..-1", Flags = Common,
        Group = CommandGroup.PubSub, Since = "7.0.0", Syntax = "shardchannel [shardchannel ...]",
        Complexity = "O(N) where N is the number of shard channels to subscribe to.",
        Summary = "Listens for messages published to shard channels.")]
    public static void SSubscribe(ref CommandContext ctx) => Subscribe(ref ctx, SubscriptionKind.Shard, "ssubscribe"u8);

    [Command("UNSUBSCRIBE", Arity = -1, Flags = Common, Group = CommandGroup.PubSub, Since = "2.0.0",
        Syntax = "[channel [channel ...]]", Complexity = "O(N) where N is the number of channels to unsubscribe.",
        Summary = "Stops listening to messages posted to channels.")]
    public static void Unsubscribe(ref CommandContext ctx) =>
        Unsubscribe(ref ctx, SubscriptionKind.Channel, "unsubscribe"u8);

    [Command("PUNSUBSCRIBE", Arity = -1,
        Flags = Common, Group = CommandGroup.PubSub, Since = "2.0.0", Syntax = "[pattern [pattern ...]]",
        Complexity = "O(N) where N is the number of patterns to unsubscribe.",
        Summary = "Stops listening to messages published to channels that match one or more patterns.")]
    public static void PUnsubscribe(ref CommandContext ctx) =>
        Unsubscribe(ref ctx, SubscriptionKind.Pattern, "punsubscribe"u8);

    [Command("SUNSUBSCRIBE", Arity = -1, ShardChannels = "1..-1", Flags = Common, Group = CommandGroup.PubSub,
        Since = "7.0.0", Syntax = "[shardchannel [shardchannel ...]]",
        Complexity = "O(N) where N is the number of shard channels to unsubscribe.",
        Summary = "Stops listening to messages posted to shard channels.")]
    public static void SUnsubscribe(ref CommandContext ctx) =>
        Unsubscribe(ref ctx, SubscriptionKind.Shard, "sunsubscribe"u8);

    private static void Subscribe(ref CommandContext ctx, SubscriptionKind kind, ReadOnlySpan<byte> reply)
    {
        var subscriptions = Of(ref ctx);
        var pushes = ctx.Session.PushesAmong(ctx.Reply);
        for (var i = 1; i < ctx.Args.Count; i++)
        {
            subscriptions.Add(kind, ctx.Args[i]);
            Confirm(pushes, reply, ctx.Args[i], Count(subscriptions, kind));
        }

        // Whoever takes channels away closes those who listen to them, but does not see who is about to listen.
        if (!ctx.Session.IsTrusted && !AccessControl.Allows(ctx.Session, ctx.Command, ctx.Args, ctx.Keys))
            ctx.Session.CloseAfterReply = true;
    }

    private static void Unsubscribe(ref CommandContext ctx, SubscriptionKind kind, ReadOnlySpan<byte> reply)
    {
        var subscriptions = Of(ref ctx);
        var pushes = ctx.Session.PushesAmong(ctx.Reply);
        if (ctx.Args.Count > 1)
        {
            for (var i = 1; i < ctx.Args.Count; i++)
            {
                subscriptions.Remove(kind, ctx.Args[i]);
                Confirm(pushes, reply, ctx.Args[i], Count(subscriptions, kind));
            }

            return;
        }

        var names = subscriptions.Names(kind);
        foreach (var name in names)
        {
            subscriptions.Remove(kind, name);
            Confirm(pushes, reply, name, Count(subscriptions, kind));
        }

        if (names.Length > 0)
            return;
        pushes.Push(3);
        pushes.Bulk(reply);
        pushes.Null();
        pushes.Integer(Count(subscriptions, kind));
    }

    private static ClientSubscriptions Of(ref CommandContext ctx)
    {
        var (session, registry) = (ctx.Session, ctx.Services.PubSub);
        return session.Extensions.GetOrAdd(() => new ClientSubscriptions(session, registry));
    }

    private static int Count(ClientSubscriptions subscriptions, SubscriptionKind kind) =>
        kind == SubscriptionKind.Shard ? subscriptions.Count(kind) : subscriptions.ChannelAndPatternCount;

    private static void Confirm(ReplyWriter reply, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> name, int count)
    {
        reply.Push(3);
        reply.Bulk(kind);
        reply.Bulk(name);
        reply.Integer(count);
    }
}
