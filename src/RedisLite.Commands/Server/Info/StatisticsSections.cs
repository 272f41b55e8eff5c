using System.Diagnostics;
using System.Globalization;
using RedisLite.Commands.Execution;
using RedisLite.Commands.PubSub;

namespace RedisLite.Commands.Server.Info;

/// <summary>
/// What has happened since the start or CONFIG RESETSTAT: Stats, Commandstats, Errorstats, Latencystats.
/// </summary>
internal static class StatisticsSections
{
    private static readonly double TicksPerMicrosecond = Stopwatch.Frequency / 1_000_000.0;

    public static IEnumerable<InfoSection> All(CommandServices services) =>
    [
        new("Stats", info => Stats(info, services)),
        new("Commandstats", info => Commands(info, services)) { IsDefault = false },
        new("Errorstats", info => ErrorKinds(info, services)),
        new("Latencystats", info => Latencies(info, services)) { IsDefault = false },
    ];

    private static void Stats(InfoWriter info, CommandServices services)
    {
        var statistics = services.Statistics;
        var sums = statistics.Collect();
        info.Field("total_connections_received", statistics.ConnectionsReceived);
        info.Field("total_commands_processed", sums.Commands);
        info.Field("instantaneous_ops_per_sec", (long)statistics.CommandsPerSecond);
        info.Field("total_net_input_bytes", sums.InputBytes);
        info.Field("total_net_output_bytes", sums.OutputBytes);
        var replication = statistics.Replication;
        info.Field("total_net_repl_input_bytes", replication.InputBytes);
        info.Field("total_net_repl_output_bytes", replication.OutputBytes);
        info.Field("instantaneous_input_kbps", statistics.InputPerSecond / 1024, 2);
        info.Field("instantaneous_output_kbps", statistics.OutputPerSecond / 1024, 2);
        info.Field("instantaneous_input_repl_kbps", replication.InputPerSecond / 1024, 2);
        info.Field("instantaneous_output_repl_kbps", replication.OutputPerSecond / 1024, 2);
        info.Field("rejected_connections", statistics.ConnectionsRejected);
        info.Field("sync_full", replication.FullSyncs);
        info.Field("sync_partial_ok", replication.PartialSyncs);
        info.Field("sync_partial_err", replication.RefusedPartialSyncs);
        info.Field("expired_stale_perc", 0.0, 2);
        info.Field("expired_time_cap_reached_count", 0);
        info.Field("expired_subkeys", statistics.ExpiredFields);
        info.Field("expired_keys", statistics.ExpiredKeys);
        info.Field("evicted_keys", statistics.EvictedKeys);
        info.Field("evicted_clients", statistics.EvictedClients);
        info.Field("active_defrag_hits", statistics.Defragmented);
        info.Field("active_defrag_misses", 0);
        info.Field("active_defrag_key_hits", statistics.Defragmented);
        info.Field("active_defrag_key_misses", 0);
        info.Field("keyspace_hits", sums.KeyspaceHits);
        info.Field("keyspace_misses", sums.KeyspaceMisses);
        info.Field("pubsub_channels", services.PubSub.Channels(SubscriptionKind.Channel).Count());
        info.Field("pubsub_patterns", services.PubSub.PatternCount);
        info.Field("pubsubshard_channels", services.PubSub.Channels(SubscriptionKind.Shard).Count());
        info.Field("latest_fork_usec", 0);
        info.Field("total_forks", 0);
        info.Field("migrate_cached_sockets", 0);
        info.Field("slave_expires_tracked_keys", 0);
        info.Field("tracking_total_keys", services.Tracking.KeyCount);
        info.Field("tracking_total_items", services.Tracking.KeyCount);
        info.Field("tracking_total_prefixes", services.Tracking.PrefixCount);
        info.Field("unexpected_error_replies", 0);
        info.Field("total_error_replies", statistics.ErrorReplies);
        info.Field("dump_payload_sanitizations", 0);

        // What a read brought is run together and answered with one write.
        info.Field("total_reads_processed", sums.Batches);
        info.Field("total_writes_processed", sums.Batches);
        info.Field("io_threads_active", 0);
        info.Field("io_threaded_reads_processed", 0);
        info.Field("io_threaded_writes_processed", 0);
    }

    private static void Commands(InfoWriter info, CommandServices services)
    {
        var sums = services.Statistics.Collect();
        foreach (var command in services.Commands.Runnable)
        {
            ref readonly var of = ref sums.ByCommand[command.Ordinal];
            if (of is { Calls: 0, RejectedCalls: 0, FailedCalls: 0 })
                continue;
            var microseconds = (long)(of.Ticks / TicksPerMicrosecond);
            var perCall = of.Calls == 0 ? 0 : of.Ticks / TicksPerMicrosecond / of.Calls;
            info.Field(
                "cmdstat_" + command.Name,
                string.Create(CultureInfo.InvariantCulture,
                    $"calls={of.Calls},usec={microseconds},usec_per_call={perCall:F2},"
                        + $"rejected_calls={of.RejectedCalls},failed_calls={of.FailedCalls}"));
        }
    }

    private static void ErrorKinds(InfoWriter info, CommandServices services)
    {
        foreach (
            var (kind, count) in services.Statistics.ErrorsByKind.OrderBy(item => item.Key, StringComparer.Ordinal))
            info.Field("errorstat_" + kind, $"count={count}");
    }

    private static void Latencies(InfoWriter info, CommandServices services)
    {
        var sums = services.Statistics.Collect();
        var percentiles = services.Options.LatencyTrackingPercentiles;
        foreach (var command in services.Commands.Runnable)
        {
            if (sums.ByCommand[command.Ordinal].Latency is not { Count: > 0 } histogram)
                continue;
            info.Field("latency_percentiles_usec_" + command.Name, string.Join(',', percentiles.Select(percent =>
                string.Create(
                    CultureInfo.InvariantCulture, $"p{percent}={histogram.PercentileMicroseconds(percent):F3}"))));
        }
    }
}
