using System.Text;
using RedisLite.Commands.PubSub;
using RedisLite.Commands.Server.Diagnostics;
using RedisLite.Commands.Tracking;

namespace RedisLite.Commands.Execution;

/// <summary>One client as CLIENT LIST and CLIENT INFO show it.</summary>
/// <remarks>
/// The fields and their order are Redis's, so that tools that parse them go on working. What has no counterpart here
/// is given as the nearest true figure: there is no file descriptor to show (-1), and no reply list (oll 0).
/// </remarks>
internal static class ClientLine
{
    public static string Of(ClientSession session, long nowMs)
    {
        var subscriptions = session.Extensions.Find<ClientSubscriptions>();
        var tracking = session.Extensions.Find<ClientTracking>();
        var connection = session.Connection;
        var multiMemory = session.Transaction?.Size ?? 0;
        return new StringBuilder(320)
            .Append("id=").Append(session.Id)
            .Append(" addr=").Append(connection.RemoteAddress)
            .Append(" laddr=").Append(connection.LocalAddress)
            .Append(" fd=-1")
            .Append(" name=").Append(Encoding.Latin1.GetString(session.Name))
            .Append(" age=").Append(Seconds(nowMs - session.CreatedMs))
            .Append(" idle=").Append(Seconds(nowMs - session.LastInteractionMs))
            .Append(" flags=").Append(Flags(session, tracking))
            .Append(" db=").Append(session.Database)
            .Append(" sub=").Append(subscriptions?.Count(SubscriptionKind.Channel) ?? 0)
            .Append(" psub=").Append(subscriptions?.Count(SubscriptionKind.Pattern) ?? 0)
            .Append(" ssub=").Append(subscriptions?.Count(SubscriptionKind.Shard) ?? 0)
            .Append(" multi=").Append(session.Transaction?.Queue.Count ?? -1)
            .Append(" qbuf=").Append(connection.QueryBufferLength)
            .Append(" qbuf-free=0 argv-mem=0")
            .Append(" multi-mem=").Append(multiMemory)
            .Append(" rbs=0 rbp=0 obl=0 oll=0")
            .Append(" omem=").Append(connection.OutputBufferLength)
            .Append(" tot-mem=").Append(MemoryReport.MemoryOf(session))
            .Append(" events=r")
            .Append(" cmd=").Append(session.LastCommand?.Name ?? "NULL")
            .Append(" user=").Append(session.User?.Name ?? "(superuser)")
            .Append(" redir=").Append(tracking?.RedirectShown ?? -1)
            .Append(" resp=").Append(session.ProtocolVersion)
            .Append(" lib-name=").Append(Encoding.Latin1.GetString(session.LibraryName))
            .Append(" lib-ver=").Append(Encoding.Latin1.GetString(session.LibraryVersion))
            .ToString();
    }

    private static long Seconds(long milliseconds) => Math.Max(0, milliseconds) / 1000;

    private static string Flags(ClientSession session, ClientTracking? tracking)
    {
        var flags = new StringBuilder();
        if (session.IsMonitor)
            flags.Append('O');
        else if (session.Replica is { IsLinked: true })
            flags.Append(session.Sync?.Move is null ? 'S' : 'g');
        if (session.Stream is not null)
            flags.Append(session.Origin == SessionOrigin.Import ? 'o' : 'M');
        if (session.IsSubscribed)
            flags.Append('P');
        if (session.Transaction is not null)
            flags.Append('x');
        if (session.Parked is not null || session.AwaitsDisk)
            flags.Append('b');
        if (tracking is not null)
            flags.Append('t');
        if (tracking is { IsRedirectBroken: true })
            flags.Append('R');
        if (tracking is { IsBroadcast: true })
            flags.Append('B');
        if (session.Watched is { AnyKnownChange: true })
            flags.Append('d');
        if (session.CloseAfterReply)
            flags.Append('c');
        if (session.Connection.IsUnixSocket)
            flags.Append('U');
        if (session.NoEvict)
            flags.Append('e');
        if (session.NoTouch)
            flags.Append('T');
        return flags.Length == 0 ? "N" : flags.ToString();
    }
}
