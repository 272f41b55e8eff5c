using RedisLite.Commands.Execution;
using RedisLite.Protocol;
using static RedisLite.Commands.Server.ClusterReplies;

namespace RedisLite.Commands.Server;

/// <summary>How Valkey and Redis show a move.</summary>
internal static class SlotMoveReplies
{
    /// <summary>As CLUSTER GETSLOTMIGRATIONS; times are in seconds.</summary>
    public static void WriteJob(ReplyWriter reply, SlotMoveReport report)
    {
        reply.Map(11);
        Write(reply, "name"u8, report.Id);
        Write(reply, "operation"u8, report.IsImport ? "IMPORT" : "EXPORT");
        Write(reply, "slot_ranges"u8, report.Slots.ToString());
        Write(reply, "target_node"u8, report.Target);
        Write(reply, "source_node"u8, report.Source);
        Write(reply, "create_time"u8, report.CreatedMs / 1000);
        Write(reply, "last_update_time"u8, report.UpdatedMs / 1000);
        Write(reply, "last_ack_time"u8, report.AckedMs / 1000);
        Write(reply, "state"u8, JobState(report));
        Write(reply, "message"u8, report.Message);
        Write(reply, "cow_size"u8, 0);
    }

    /// <summary>As CLUSTER MIGRATION STATUS; times are in milliseconds.</summary>
    public static void WriteTask(ReplyWriter reply, SlotMoveReport report)
    {
        reply.Map(12);
        Write(reply, "id"u8, report.Id);
        Write(reply, "slots"u8, report.Slots.ToString());
        Write(reply, "source"u8, report.Source);
        Write(reply, "dest"u8, report.Target);
        Write(reply, "operation"u8, report.IsImport ? "import" : "migrate");
        Write(reply, "state"u8, TaskState(report));
        Write(reply, "last_error"u8, report.Message);
        Write(reply, "retries"u8, report.Retries);
        Write(reply, "create_time"u8, report.CreatedMs);
        Write(reply, "start_time"u8, report.StartedMs);
        Write(reply, "end_time"u8, report.EndedMs);
        Write(reply, "write_pause_ms"u8, report.PauseMs);
    }

    private static string JobState(SlotMoveReport report) => report.State switch
    {
        SlotMoveState.Connecting => report.IsImport ? "waiting-for-ack" : "connecting",
        SlotMoveState.WaitingForCopy => report.IsImport ? "waiting-for-ack" : "waiting-to-snapshot",
        SlotMoveState.Copying => report.IsImport ? "receiving-snapshot" : "snapshotting",
        SlotMoveState.Streaming => report.IsImport ? "waiting-for-paused" : "replicating",
        SlotMoveState.Preparing => report.IsImport ? "waiting-for-paused" : "waiting-to-pause",
        SlotMoveState.Paused => report.IsImport ? "failover-requested" : "failover-paused",
        SlotMoveState.Deciding => "failover-granted",
        SlotMoveState.CleaningUp => "cleaning-up",
        SlotMoveState.Succeeded => "success",
        SlotMoveState.Cancelled => "cancelled",
        _ => "failed",
    };

    private static string TaskState(SlotMoveReport report) => report.State switch
    {
        SlotMoveState.Connecting => "connecting",
        SlotMoveState.WaitingForCopy => report.IsImport ? "syncslots-reply" : "wait-bgsave-start",
        SlotMoveState.Copying => report.IsImport ? "accumulate-buffer" : "send-bulk-and-stream",
        SlotMoveState.Streaming => report.IsImport ? "streaming-buffer" : "send-stream",
        SlotMoveState.Preparing => report.IsImport ? "wait-stream-eof" : "handoff-prep",
        SlotMoveState.Paused => report.IsImport ? "wait-stream-eof" : "handoff",
        SlotMoveState.Deciding => report.IsImport ? "takeover" : "handoff",
        SlotMoveState.CleaningUp or SlotMoveState.Failed => "failed",
        SlotMoveState.Succeeded => "completed",
        _ => "canceled",
    };

    private static void Write(ReplyWriter reply, ReadOnlySpan<byte> name, string value)
    {
        reply.Bulk(name);
        reply.Bulk(Utf8(value));
    }

    private static void Write(ReplyWriter reply, ReadOnlySpan<byte> name, long value)
    {
        reply.Bulk(name);
        reply.Integer(value);
    }
}
