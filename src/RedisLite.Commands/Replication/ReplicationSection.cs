using RedisLite.Commands.Execution;
using RedisLite.Commands.Server.Info;

namespace RedisLite.Commands.Replication;

/// <summary>INFO replication. Sentinel reads these fields by name, and clients some of them by order.</summary>
internal static class ReplicationSection
{
    public static void Write(InfoWriter info, CommandServices services)
    {
        var report = services.Replication.Report();
        info.Field("role", services.Role == ServerRole.Primary ? "master" : "slave");
        if (report.Primary is { } primary)
            WritePrimary(info, services, report, primary);
        info.Field("connected_slaves", report.Replicas.Count);
        var options = services.Options.Replication;
        if (options is { MinReplicasToWrite: > 0, MinReplicasMaxLagSeconds: > 0 })
            info.Field("min_slaves_good_slaves", report.GoodReplicas);
        for (var i = 0; i < report.Replicas.Count; i++)
        {
            var replica = report.Replicas[i];
            info.Field($"slave{i}",
                $"ip={replica.Address},port={replica.Port},state={NameOf(replica.State)},offset={replica.Offset},"
                    + $"lag={replica.Lag}");
        }

        info.Field("master_failover_state", report.FailoverState);
        info.Field("master_replid", report.Id);
        info.Field("master_replid2", report.PreviousId);
        info.Field("master_repl_offset", report.Offset);
        info.Field("second_repl_offset", report.PreviousEnd);
        info.Field("repl_backlog_active", report.HasBacklog);
        info.Field("repl_backlog_size", report.BacklogSize);
        info.Field("repl_backlog_first_byte_offset", report.BacklogFirstByte);
        info.Field("repl_backlog_histlen", report.BacklogLength);
    }

    private static void WritePrimary(
        InfoWriter info, CommandServices services, ReplicationReport report, PrimaryAddress primary)
    {
        var isCopying = report.Link == PrimaryLinkState.Copying;
        info.Field("master_host", primary.Host);
        info.Field("master_port", primary.Port);
        info.Field("master_link_status", report.Link == PrimaryLinkState.Up ? "up" : "down");
        info.Field("master_last_io_seconds_ago", report.Link == PrimaryLinkState.Up ? report.SecondsSinceIo : -1);
        info.Field("master_sync_in_progress", isCopying);
        info.Field("slave_read_repl_offset", report.ReadOffset);
        info.Field("slave_repl_offset", report.Offset);
        if (isCopying)
        {
            var total = report.CopyLength;
            info.Field("master_sync_total_bytes", total);
            info.Field("master_sync_read_bytes", report.CopyRead);
            info.Field("master_sync_left_bytes", total - report.CopyRead);
            info.Field("master_sync_perc", total == 0 ? 0 : report.CopyRead * 100.0 / total, 2);
            info.Field("master_sync_last_io_seconds_ago", report.SecondsSinceIo);
        }

        if (report.Link != PrimaryLinkState.Up)
            info.Field("master_link_down_since_seconds", report.SecondsSinceDown);
        info.Field("slave_priority", services.Options.Replication.Priority);
        info.Field("slave_read_only", services.Options.ReplicaReadOnly);
        info.Field("replica_announced", services.Options.Replication.IsAnnounced);
    }

    private static string NameOf(ReplicaPeerState state) => state switch
    {
        ReplicaPeerState.WaitingForCopy => "wait_bgsave",
        ReplicaPeerState.ReceivingCopy => "send_bulk",
        _ => "online",
    };
}
