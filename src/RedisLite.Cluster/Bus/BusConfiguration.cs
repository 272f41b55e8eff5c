using System.Globalization;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;

namespace RedisLite.Cluster.Bus;

/// <summary>Akka's configuration for the bus: times by the node timeout, and no serializer but ours.</summary>
/// <remarks>
/// The times are what was measured to be fast without false alarms, for a node timeout of three seconds, and longer or
/// shorter as it is.
/// </remarks>
internal static class BusConfiguration
{
    /// <summary>Of the ActorSystem: a part of every address, so all nodes have the same.</summary>
    public const string SystemName = "redislite-bus";

    private const string Serializer = "RedisLite.Cluster.Bus.BusSerializer, RedisLite.Cluster";

    public static Config Create(BusSettings settings) =>
        ConfigurationFactory.ParseString(Text(settings)).WithFallback(ClusterSingleton.DefaultConfig());

    internal static string Text(BusSettings settings)
    {
        var timeout = settings.NodeTimeoutMs;
        string Ms(long milliseconds, long least, long most) =>
            Math.Clamp(milliseconds, least, most).ToString(CultureInfo.InvariantCulture) + "ms";
        var heartbeat = Ms(timeout / 12, 50, 1_000);
        var pause = Ms(timeout / 2, 500, 60_000);
        return $$"""
            akka {
              loglevel = WARNING
              stdout-loglevel = OFF
              loggers = ["RedisLite.Cluster.Bus.BusLogActor, RedisLite.Cluster"]
              log-dead-letters = off
              log-dead-letters-during-shutdown = off
              scheduler.implementation = "RedisLite.Execution.DueTimeScheduler, RedisLite"
              coordinated-shutdown { exit-clr = off, run-by-clr-shutdown-hook = off }
              coordinated-shutdown.default-phase-timeout = 1s
              actor {
                provider = "Akka.Cluster.ClusterActorRefProvider, Akka.Cluster"
                serializers { json = "{{Serializer}}", redislite = "{{Serializer}}" }
                serialization-bindings { "System.Object" = redislite }
                node-dispatcher { type = PinnedDispatcher }
                map-dispatcher { type = PinnedDispatcher }
              }
              remote {
                dot-netty.tcp {
                  hostname = "{{settings.BindAddress}}"
                  enable-ssl = {{(settings.Tls is null ? "off" : "on")}}
                  port = {{settings.Port}}
                  public-hostname = "{{settings.PublicAddress}}"
                  public-port = {{settings.PublicPort}}
                  maximum-frame-size = 4MiB
                  send-buffer-size = 8MiB
                  receive-buffer-size = 8MiB
                  connection-timeout = {{Ms(timeout / 3, 500, 5_000)}}
                }
                retry-gate-closed-for = {{Ms(timeout / 12, 50, 500)}}
                log-remote-lifecycle-events = off
                transport-failure-detector {
                  heartbeat-interval = {{heartbeat}}
                  acceptable-heartbeat-pause = {{Ms(timeout, 1_000, 60_000)}}
                }
              }
              cluster {
                gossip-interval = {{Ms(timeout / 15, 50, 1_000)}}
                leader-actions-interval = {{Ms(timeout / 15, 50, 500)}}
                unreachable-nodes-reaper-interval = {{Ms(timeout / 15, 50, 1_000)}}
                periodic-tasks-initial-delay = 50ms
                retry-unsuccessful-join-after = 500ms
                log-info = off
                run-coordinated-shutdown-when-down = on
                failure-detector {
                  heartbeat-interval = {{heartbeat}}
                  acceptable-heartbeat-pause = {{pause}}
                  expected-response-after = {{heartbeat}}
                }
                downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
                down-removal-margin = {{Ms(timeout / 15, 50, 1_000)}}
                split-brain-resolver {
                  active-strategy = keep-majority
                  stable-after = {{Ms(timeout / 6, 100, 5_000)}}
                }
                singleton {
                  hand-over-retry-interval = {{Ms(timeout / 15, 50, 1_000)}}
                }
              }
            }
            """;
    }
}
