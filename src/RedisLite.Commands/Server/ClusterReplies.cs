using System.Diagnostics.CodeAnalysis;
using System.Text;
using RedisLite.Commands.Execution;

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

    public static string Text(ref CommandContext ctx, int argument) => Encoding.Latin1.GetString(ctx.Args[argument]);

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
