using RedisLite.Commands.Execution;
using RedisLite.Commands.Server.Info;

namespace RedisLite.Core.Tests.Commands;

/// <summary>INFO: its sections, and that its figures are those of what happened.</summary>
public sealed class InfoCommandTests
{
    [Theory]
    [InlineData("INFO", "Server Clients Memory Persistence Stats Replication CPU Modules Errorstats Cluster Keyspace")]
    [InlineData("INFO default",
        "Server Clients Memory Persistence Stats Replication CPU Modules Errorstats Cluster Keyspace")]
    [InlineData("INFO all",
        "Server Clients Memory Persistence Stats Replication CPU Commandstats Errorstats Latencystats Cluster "
            + "Keyspace")]
    [InlineData("INFO EVERYTHING",
        "Server Clients Memory Persistence Stats Replication CPU Modules Commandstats Errorstats Latencystats "
            + "Cluster Keyspace")]
    [InlineData("INFO keyspace CLUSTER", "Cluster Keyspace")]
    [InlineData("INFO commandstats", "Commandstats")]
    [InlineData("INFO nosuch", "")]
    public void Shows_the_sections_that_were_asked_for(string command, string sections)
    {
        using var harness = new CommandHarness();
        var headings = harness.Run(command).Split(" # ").Skip(1).Select(section => section.Split(' ')[0]);
        var first = harness.Run(command).Split(' ') is [_, "#", var name, ..] ? [name] : Array.Empty<string>();
        Assert.Equal(sections, string.Join(' ', first.Concat(headings).Distinct()));
    }

    [Fact]
    public void Counts_calls_failures_and_refusals_of_each_command()
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v ; SET k w ; GET k");
        harness.Run("INCR k");
        harness.Run("GET");
        var stats = harness.Run("INFO commandstats");
        Assert.Matches(@"cmdstat_set:calls=2,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=0,failed_calls=0", stats);
        Assert.Matches("cmdstat_get:calls=1,.*rejected_calls=1,failed_calls=0", stats);
        Assert.Matches("cmdstat_incr:calls=1,.*rejected_calls=0,failed_calls=1", stats);
    }

    [Fact]
    public void Commands_inside_exec_count_on_their_own_and_their_errors_are_not_execs()
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v ; MULTI ; INCR k ; GET k");
        harness.Run("EXEC");
        var stats = harness.Run("INFO commandstats errorstats");
        Assert.Matches("cmdstat_incr:calls=1,.*failed_calls=1", stats);
        Assert.Matches("cmdstat_exec:calls=1,[^ ]*failed_calls=0", stats);
        Assert.Contains("errorstat_ERR:count=1", stats, StringComparison.Ordinal);
    }

    [Fact]
    public void Queued_commands_are_not_calls_yet()
    {
        using var harness = new CommandHarness();
        harness.Given("MULTI ; GET k ; DISCARD");
        Assert.DoesNotContain("cmdstat_get", harness.Run("INFO commandstats"), StringComparison.Ordinal);
    }

    [Fact]
    public void Tells_errors_apart_by_their_first_word()
    {
        using var harness = new CommandHarness();
        harness.Run("NOSUCH");
        harness.Run("SET k v x");
        harness.Services.Access.Users.SetDefaultPassword("p");
        harness.Run("AUTH wrong");
        Assert.Contains("errorstat_ERR:count=2 errorstat_WRONGPASS:count=1", harness.Run(
            "INFO errorstats"), StringComparison.Ordinal);
        Assert.Contains(" total_error_replies:3 ", harness.Run("INFO stats"), StringComparison.Ordinal);
    }

    [Fact]
    public void Shows_keys_hits_and_misses()
    {
        using var harness = new CommandHarness();
        harness.Given("SET a 1 ; SET b 2 EX 100 ; GET a ; GET nosuch ; SELECT 3 ; SET c 3");
        Assert.EndsWith("# Keyspace db0:keys=2,expires=1,avg_ttl=100000 db3:keys=1,expires=0,avg_ttl=0", harness.Run(
            "INFO keyspace").TrimEnd(), StringComparison.Ordinal);
        Assert.Contains("keyspace_hits:1 keyspace_misses:1", harness.Run("INFO stats"), StringComparison.Ordinal);
    }

    [Fact]
    public void Resetstat_puts_all_counters_to_zero()
    {
        using var harness = new CommandHarness();
        harness.Given("SET a 1 ; GET a ; CONFIG RESETSTAT");
        var info = harness.Run("INFO stats commandstats latencystats errorstats");
        Assert.Contains("keyspace_hits:0", info, StringComparison.Ordinal);
        Assert.DoesNotContain("cmdstat_set", info, StringComparison.Ordinal);
        Assert.DoesNotContain("latency_percentiles_usec_set", info, StringComparison.Ordinal);
    }

    [Fact]
    public void Shows_percentiles_of_each_measured_command()
    {
        using var harness = new CommandHarness();
        harness.Options.LatencyTrackingPercentiles = [50, 99.9];
        harness.Given("SET a 1");
        Assert.Matches(
            @"latency_percentiles_usec_set:p50=\d+\.\d{3},p99\.9=\d+\.\d{3}", harness.Run("INFO latencystats"));
    }

    [Fact]
    public void A_registered_section_takes_the_place_of_its_namesake()
    {
        using var harness = new CommandHarness();
        harness.Services.Info.Register(new InfoSection("Persistence", info => info.Field("aof_enabled", true)));
        Assert.Equal("$30 # Persistence aof_enabled:1", harness.Run("INFO persistence").TrimEnd());
    }

    [Fact]
    public void Rates_are_means_over_the_samples()
    {
        var rate = new RateSamples();
        rate.Add(0, 1000);
        rate.Add(1600, 1100);
        Assert.Equal(16000.0 / 16, rate.PerSecond);
        rate.Add(1600, 1200);
        Assert.Equal(16000.0 / 16, rate.PerSecond);
        rate.Clear();
        Assert.Equal(0, rate.PerSecond);
    }

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(1023, "1023B")]
    [InlineData(1536, "1.50K")]
    [InlineData(5 * 1024 * 1024, "5.00M")]
    [InlineData(3L << 40, "3.00T")]
    public void Bytes_are_abbreviated_as_in_Redis(long bytes, string text) =>
        Assert.Equal(text, InfoWriter.Human(bytes));
}
