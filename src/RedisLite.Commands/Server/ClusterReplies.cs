using System.Diagnostics.CodeAnalysis;
using System.Text;
using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Commands.Server;

/// <summary>What the subcommands of CLUSTER have in common.</summary>
internal static class ClusterReplies
{
    /// <summary>The cluster; false when there is none, and the error is replied.</summary>
    public static bool TryRead(ref CommandContext ctx, [NotNullWhen(true)] out ICluster? cluster)
    {
        cluster = ctx.Services.Cluster;
        if (cluster is null)
            ctx.Reply.Error("ERR This instance has cluster support disabled"u8);
        return cluster is not null;
    }

    /// <summary>Replies an error, or OK.</summary>
    public static void Answer(ref CommandContext ctx, string? error)
    {
        if (error is null)
            ctx.Reply.Ok();
        else
            ctx.Reply.Error(Utf8(error));
    }

    /// <summary>Replies at once, or parks the client until the other nodes have agreed.</summary>
    public static void Answer(ref CommandContext ctx, ClusterAnswer answer)
    {
        if (answer.Begin is not { } begin)
        {
            if (answer.Error is null && answer.Text is { } text)
                ctx.Reply.SimpleString(Utf8(text()));
            else
                Answer(ref ctx, answer.Error);
            return;
        }

        if (ctx.IsInTransaction || ctx.Session.IsObeyed)
        {
            var start = ctx.Reply.Length;
            Write(ctx.Reply, null, answer.Text);
            if (ctx.Session.IsObeyed)
            {
                begin(static _ => { });
                return;
            }

            // A script's session is no client's: whoever called it waits.
            var session = ctx.Session.Caller ?? ctx.Session;
            var asked = session.AskedCluster ??= new AskedCluster();
            begin(asked.Add(ctx.Reply, start, (reply, refusal) => Write(reply, refusal, answer.Text)));
            return;
        }

        string? error = null;
        var parked = new ParkedCommand
        {
            Timeout = answer.Timeout,
            OnWoken = reply => Write(reply, error, answer.Text),
            OnTimedOut = static reply => reply.Error(
                "ERR the cluster has not decided in time; it may still do so: see CLUSTER NODES"u8),
        };
        ctx.Park(parked);
        begin(outcome =>
        {
            error = outcome;
            parked.Wake();
        });
    }

    private static void Write(ReplyWriter reply, string? error, Func<string>? text)
    {
        if (error is not null)
            reply.Error(Utf8(error));
        else if (text is not null)
            reply.SimpleString(Utf8(text()));
        else
            reply.Ok();
    }

    public static string Text(ref CommandContext ctx, int argument) => Encoding.Latin1.GetString(ctx.Args[argument]);

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
