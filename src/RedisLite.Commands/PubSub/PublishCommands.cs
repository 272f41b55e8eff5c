using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Commands.PubSub;

/// <summary>PUBLISH, SPUBLISH and PUBSUB.</summary>
[CommandContainer("PUBSUB", Group = CommandGroup.PubSub, Since = "2.8.0", HelpSince = "6.2.0",
    Summary = "A container for Pub/Sub commands.")]
internal static class PublishCommands
{
    private const CommandFlags Publishing =
        CommandFlags.PubSub | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast | CommandFlags.MayReplicate;
    private const CommandFlags Asking = CommandFlags.PubSub | CommandFlags.Loading | CommandFlags.Stale;

    [Command("PUBLISH", Arity = 3, Channels = ChannelArguments.First, Flags = Publishing, Group = CommandGroup.PubSub,
        Since = "2.0.0", Syntax = "channel message",
        Complexity = "O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total "
            + "number of subscribed patterns (by any client).", Summary = "Posts a message to a channel.")]
    public static void Publish(ref CommandContext ctx)
    {
        ctx.Reply.Integer(ctx.Services.PubSub.Publish(ctx.Args[1], ctx.Args[2], new Publisher(ctx.Session, ctx.Reply)));
        Propagate(ref ctx, isSharded: false);
    }

    [Command("SPUBLISH", Arity = 3, Channels = ChannelArguments.First, ShardChannels = "1",
        Flags = Publishing, Group = CommandGroup.PubSub, Since = "7.0.0", Syntax = "shardchannel message",
        Complexity = "O(N) where N is the number of clients subscribed to the receiving shard channel.",
        Summary = "Post a message to a shard channel")]
    public static void SPublish(ref CommandContext ctx)
    {
        ctx.Reply.Integer(
            ctx.Services.PubSub.PublishShard(ctx.Args[1], ctx.Args[2], new Publisher(ctx.Session, ctx.Reply)));
        Propagate(ref ctx, isSharded: true);
    }

    [Command("PUBSUB CHANNELS", Arity = -2, Flags = Asking, Group = CommandGroup.PubSub, Since = "2.8.0",
        Syntax = "[pattern]",
        Complexity = "O(N) where N is the number of active channels, and assuming constant time pattern matching "
            + "(relatively short channels and patterns)", Summary = "Returns the active channels.")]
    public static void Channels(ref CommandContext ctx) => List(ref ctx, SubscriptionKind.Channel);

    [Command("PUBSUB SHARDCHANNELS", Arity = -2, Flags = Asking, Group = CommandGroup.PubSub, Since = "7.0.0",
        Syntax = "[pattern]",
        Complexity = "O(N) where N is the number of active shard channels, and assuming constant time pattern "
            + "matching (relatively short shard channels).", Summary = "Returns the active shard channels.")]
    public static void ShardChannels(ref CommandContext ctx) => List(ref ctx, SubscriptionKind.Shard);

    [Command("PUBSUB NUMSUB", Arity = -2,
        Flags = Asking, Group = CommandGroup.PubSub, Since = "2.8.0", Syntax = "[channel [channel ...]]",
        Complexity = "O(N) for the NUMSUB subcommand, where N is the number of requested channels",
        Summary = "Returns a count of subscribers to channels.")]
    public static void NumSub(ref CommandContext ctx) => CountEach(ref ctx, SubscriptionKind.Channel);

    [Command("PUBSUB SHARDNUMSUB", Arity = -2,
        Flags = Asking, Group = CommandGroup.PubSub, Since = "7.0.0", Syntax = "[shardchannel [shardchannel ...]]",
        Complexity = "O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels",
        Summary = "Returns the count of subscribers of shard channels.")]
    public static void ShardNumSub(ref CommandContext ctx) => CountEach(ref ctx, SubscriptionKind.Shard);

    [Command("PUBSUB NUMPAT", Arity = 2,
        Flags = Asking, Group = CommandGroup.PubSub, Since = "2.8.0", Complexity = "O(1)",
        Summary = "Returns a count of unique pattern subscriptions.")]
    public static void NumPat(ref CommandContext ctx) => ctx.Reply.Integer(ctx.Services.PubSub.PatternCount);

    /// <summary>In a cluster, messages go from node to node, and not with the data.</summary>
    private static void Propagate(ref CommandContext ctx, bool isSharded)
    {
        if (ctx.Services.Cluster is not { } cluster)
            ctx.Propagate(LogAudience.Replicas);
        else if (!ctx.Session.IsObeyed)
            cluster.Publish(ctx.Args[1], ctx.Args[2], isSharded);
    }

    private static void List(ref CommandContext ctx, SubscriptionKind kind)
    {
        if (ctx.Args.Count > 3)
        {
            ctx.Reply.Error(Errors.SubcommandSyntax(ctx.Command, ctx.Args));
            return;
        }

        var pattern = ctx.Args.Count == 3 ? new GlobPattern(ctx.Args[2]) : null;
        var mark = ctx.Reply.BeginAggregate();
        var count = 0;
        foreach (var channel in ctx.Services.PubSub.Channels(kind))
        {
            if (pattern?.IsMatch(channel) == false)
                continue;
            ctx.Reply.Bulk(channel);
            count++;
        }

        ctx.Reply.EndArray(mark, count);
    }

    private static void CountEach(ref CommandContext ctx, SubscriptionKind kind)
    {
        ctx.Reply.Array((ctx.Args.Count - 2) * 2);
        for (var i = 2; i < ctx.Args.Count; i++)
        {
            ctx.Reply.Bulk(ctx.Args[i]);
            ctx.Reply.Integer(ctx.Services.PubSub.CountSubscribers(kind, ctx.Args[i]));
        }
    }
}
