namespace RedisLite.Commands.Server.Info;

/// <summary>INFO persistence.</summary>
internal static class PersistenceSection
{
    public static void Write(InfoWriter info, PersistenceReport report)
    {
        info.Field("loading", report.IsLoading);
        info.Field("async_loading", false);
        if (report.IsLoading)
            WriteLoading(info, report);
        info.Field("rdb_changes_since_last_save", report.ChangesSinceSave);
        info.Field("rdb_bgsave_in_progress", report.SnapshotInProgress);
        info.Field("rdb_last_save_time", report.LastSaveAt);
        info.Field("rdb_last_bgsave_status", Status(report.LastSnapshotSucceeded));
        info.Field("rdb_last_bgsave_time_sec", report.LastSnapshotSeconds);
        info.Field("rdb_current_bgsave_time_sec", report.CurrentSnapshotSeconds);
        // There is no fork, so no page is copied for one.
        info.Field("rdb_last_cow_size", 0);
        info.Field("rdb_saves", report.Snapshots);
        info.Field("rdb_last_load_keys_loaded", report.LoadedKeys);
        info.Field("aof_enabled", report.AofEnabled);
        info.Field("aof_rewrite_in_progress", report.RewriteInProgress);
        info.Field("aof_rewrite_scheduled", report.RewriteScheduled);
        info.Field("aof_last_rewrite_time_sec", report.LastRewriteSeconds);
        info.Field("aof_current_rewrite_time_sec", report.CurrentRewriteSeconds);
        info.Field("aof_last_bgrewrite_status", Status(report.LastRewriteSucceeded));
        info.Field("aof_rewrites", report.Rewrites);
        info.Field("aof_last_cow_size", 0);
        info.Field("module_fork_in_progress", 0);
        info.Field("module_fork_last_cow_size", 0);
        info.Field("aof_last_write_status", Status(report.LastWriteSucceeded));
        if (report.AofEnabled)
            WriteLog(info, report);
    }

    private static void WriteLoading(InfoWriter info, PersistenceReport report)
    {
        info.Field("loading_start_time", report.LoadStartedAt);
        info.Field("loading_total_bytes", report.LoadTotalBytes);
        info.Field("loading_loaded_bytes", report.LoadedBytes);
        info.Field("loading_loaded_perc", report.LoadTotalBytes == 0
            ? 0 : report.LoadedBytes * 100.0 / report.LoadTotalBytes, 2);
    }

    private static void WriteLog(InfoWriter info, PersistenceReport report)
    {
        info.Field("aof_current_size", report.AofCurrentSize);
        info.Field("aof_base_size", report.AofBaseSize);
        info.Field("aof_pending_rewrite", false);
        info.Field("aof_buffer_length", report.AofBufferLength);
        info.Field("aof_pending_bio_fsync", report.AofSyncInProgress);
        info.Field("aof_delayed_fsync", report.AofDelayedSyncs);

        // Not in Redis, whose buffer has no bound.
        info.Field("aof_queue_limit", report.AofQueueLimit);
        info.Field("aof_queue_full", report.AofQueueIsFull);
        info.Field("aof_queue_full_count", report.AofQueueFullCount);
    }

    private static string Status(bool succeeded) => succeeded ? "ok" : "err";
}
