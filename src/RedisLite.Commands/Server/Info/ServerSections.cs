using System.Runtime.InteropServices;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Replication;

namespace RedisLite.Commands.Server.Info;

/// <summary>
/// What the server is: sections Server, Clients, Persistence, Replication, CPU, Modules, Cluster, Keyspace.
/// </summary>
internal static class ServerSections
{
    public static IEnumerable<InfoSection> All(CommandServices services) =>
    [
        new("Server", info => Server(info, services)),
        new("Clients", info => Clients(info, services)),
        new("Persistence", info => PersistenceSection.Write(info, services.Persistence.Report())),
        new("Replication", info => ReplicationSection.Write(info, services)),
        new("CPU", Cpu),
        new("Modules", _ => { }),
        new("Cluster", info => info.Field("cluster_enabled", services.Cluster is not null)),
        new("Keyspace", info => Keyspace(info, services)),
    ];

    private static void Server(InfoWriter info, CommandServices services)
    {
        var identity = services.Identity;
        var now = services.Clock.GetUtcNow();
        var uptime = Math.Max(0, now.ToUnixTimeMilliseconds() - identity.StartedMs) / 1000;
        info.Field("redis_version", identity.RedisVersion);
        info.Field("redislite_version", identity.Version);
        info.Field("redis_mode", services.Cluster is null ? "standalone" : "cluster");
        info.Field(
            "os", $"{RuntimeInformation.OSDescription} "
                + $"{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}");
        info.Field("arch_bits", IntPtr.Size * 8);
        info.Field("dotnet_version", Environment.Version.ToString());
        info.Field("process_id", Environment.ProcessId);
        info.Field("run_id", identity.RunId);
        info.Field("tcp_port", identity.Port);
        if (identity.CertificateEndSeconds != 0)
            info.Field("tls_certificate_not_after", identity.CertificateEndSeconds);
        info.Field("server_time_usec", (now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        info.Field("uptime_in_seconds", uptime);
        info.Field("uptime_in_days", uptime / 86_400);
        info.Field("hz", services.Options.Hz);
        info.Field("configured_hz", services.Options.Hz);
        info.Field("executable", Environment.ProcessPath ?? "");
        info.Field("config_file", identity.ConfigFile ?? "");
    }

    private static void Clients(InfoWriter info, CommandServices services)
    {
        long input = 0, output = 0, blocked = 0, withTimeout = 0;
        foreach (var session in services.Clients.All)
        {
            input = Math.Max(input, session.Connection.QueryBufferLength);
            output = Math.Max(output, session.Connection.OutputBufferLength);
            if (session.Parked is not { } parked)
                continue;
            blocked++;
            if (parked.Timeout != Timeout.InfiniteTimeSpan)
                withTimeout++;
        }

        info.Field("connected_clients", services.Clients.Count);
        info.Field("cluster_connections", 0);
        info.Field("maxclients", services.Options.MaxClients);
        info.Field("client_recent_max_input_buffer", input);
        info.Field("client_recent_max_output_buffer", output);
        info.Field("blocked_clients", blocked);
        info.Field("tracking_clients", services.Tracking.ClientCount);
        info.Field("clients_in_timeout_table", withTimeout);
    }

    private static void Cpu(InfoWriter info)
    {
        // There are no child processes: snapshots are taken without a fork.
        var usage = Environment.CpuUsage;
        info.Field("used_cpu_sys", usage.PrivilegedTime.TotalSeconds, 6);
        info.Field("used_cpu_user", usage.UserTime.TotalSeconds, 6);
        info.Field("used_cpu_sys_children", 0.0, 6);
        info.Field("used_cpu_user_children", 0.0, 6);

        // Nor a main thread: many execute commands, and the process is what runs them.
        info.Field("used_cpu_sys_main_thread", usage.PrivilegedTime.TotalSeconds, 6);
        info.Field("used_cpu_user_main_thread", usage.UserTime.TotalSeconds, 6);
    }

    private static void Keyspace(InfoWriter info, CommandServices services)
    {
        for (var i = 0; i < services.Databases.Count; i++)
        {
            var keyspace = services.Databases[i];
            if (keyspace.Count is var keys and > 0)
                info.Field(
                    $"db{i}",
                    $"keys={keys},expires={keyspace.ExpiringCount},"
                        + $"avg_ttl={keyspace.EstimateTimeToLive(services.NowMs)}");
        }
    }
}
