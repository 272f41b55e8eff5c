using System.Net;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Web;

/// <summary>Debian's prometheus-redis-exporter finds with us what it finds with redis-server.</summary>
public sealed class ExporterTests
{
    private static readonly string[] Options =
        ["--include-system-metrics", "--export-client-list", "--include-config-metrics", "--check-keys", "*"];

    // The exporter's own counters, which depend on how often it was asked, and figures that a moment decides.
    private static readonly string[] OfTheMoment = ["redis_exporter_", "go_", "process_"];

    [SkippableFact]
    public async Task Every_figure_that_the_exporter_takes_from_Redis_it_takes_from_us()
    {
        var program = ExternalProgram.Require("prometheus-redis-exporter");
        await using var redis = await RedisOracle.StartAsync("--appendonly", "yes");
        using var folder = new TemporaryFolder();
        var settings = ServerUnderTest.Settings();
        await using var ours = await ServerUnderTest.StartAsync(settings with
        {
            Persistence = settings.Persistence with { AppendOnly = true, Directory = folder.Path },
        });

        var expected = await NamesAsync(program, redis.EndPoint);
        var actual = await NamesAsync(program, ours.EndPoint);

        Assert.True(expected.Count > 120, $"The exporter tells {expected.Count} figures of redis-server only");
        Assert.Contains("redis_up", actual);
        Assert.Empty(expected.Except(actual));
    }

    private static async Task<HashSet<string>> NamesAsync(string program, IPEndPoint server)
    {
        await using (var client = await RespClient.ConnectAsync(server))
        {
            foreach (var command in (string[])
                     ["SET a 1", "GET a", "GET missing", "RPUSH list a b", "HSET hash f v", "SADD set m",
                         "ZADD zset 1 m",
                         "XADD stream 1-1 f v", "EXPIRE a 100", "INCRBY list 1", "SLOWLOG GET",
                             "CONFIG SET slowlog-log-slower-than 0"])
            {
                await client.CallAsync(command.Split(' '));
            }
        }

        var port = FreePort.Next();
        await using var exporter = ChildProcess.Start(
            program, ["--redis.addr", $"redis://{server}", "--web.listen-address", $"127.0.0.1:{port}", .. Options]);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                var text = await http.GetStringAsync("/metrics", patience.Token);
                return PrometheusFormat.Families(text)
                    .Where(name => !OfTheMoment.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
                    .ToHashSet(StringComparer.Ordinal);
            }
            catch (HttpRequestException)
            {
                // It has not begun to listen.
                await Task.Delay(50, patience.Token);
            }
        }
    }
}
