using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Replication;

/// <summary>The server's clock drives the timeouts of replication: none of them is waited for.</summary>
/// <remarks>Every timeout is hours long, so that nothing here ends by itself.</remarks>
public sealed class ClockTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly string HourMs = $"{(long)Hour.TotalMilliseconds}";

    [Fact]
    public async Task A_replica_that_has_been_silent_for_repl_timeout_is_dropped()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await using var replica = await FakeReplica.AttachAsync(primary);
        primary.Ours!.Server.Clock.Advance(TimeSpan.FromSeconds(61));
        await replica.Client.ReadToEndAsync();
        Assert.Contains(
            primary.Ours.Log.Lines, line => line.Contains("it was silent for 60 seconds", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_primary_that_has_been_silent_for_repl_timeout_is_given_up_and_the_link_goes_on_where_it_was()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await using var replica = await Node.StartAsync(isOurs: true);
        await primary.CallAsync("CONFIG", "SET", "repl-ping-replica-period", "36000");
        await replica.CallAsync("CONFIG", "SET", "repl-timeout", "36000");
        await replica.FollowAsync(primary.EndPoint);
        await replica.AgreesWithAsync(primary);
        replica.Ours!.Server.Clock.Advance(10.1 * Hour);
        await Eventually.IsAsync(async () => await primary.FieldAsync("sync_partial_ok", "stats"), "1");
        await replica.UntilAsync("master_link_status", "up");
        Assert.Contains(
            replica.Ours.Log.Lines, line =>
                line.Contains("it was silent for longer than repl-timeout", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_primary_says_PING_when_its_period_is_over()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await primary.CallAsync("CONFIG", "SET", "repl-ping-replica-period", "3600", "repl-timeout", "36000");
        await using var replica = await FakeReplica.AttachAsync(primary);

        // The first comes by itself.
        Assert.Equal("PING", (await replica.Client.ReadAsync()).Items.Single().Text);
        primary.Ours!.Server.Clock.Advance(Hour);
        Assert.Equal("PING", (await replica.Client.ReadAsync()).Items.Single().Text);
    }

    [Fact]
    public async Task The_backlog_is_given_up_when_there_was_no_replica_for_its_time()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        var replica = await FakeReplica.AttachAsync(primary);
        var id = await primary.FieldAsync("master_replid");
        await replica.DisposeAsync();
        await primary.UntilAsync("connected_slaves", "0");
        Assert.Equal("1", await primary.FieldAsync("repl_backlog_active"));
        primary.Ours!.Server.Clock.Advance(1.1 * Hour);
        await primary.UntilAsync("repl_backlog_active", "0");
        Assert.NotEqual(id, await primary.FieldAsync("master_replid"));
    }

    [Fact]
    public async Task FAILOVER_ends_when_its_time_is_over_and_writers_go_on()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await primary.CallAsync("CONFIG", "SET", "repl-timeout", "36000");
        await using var replica = await FakeReplica.AttachAsync(primary);
        await primary.CallAsync("SET", "a", "1");
        Assert.Equal("OK", await primary.CallAsync("FAILOVER", "TIMEOUT", HourMs));
        await Eventually.IsAsync(
            () => Task.FromResult(
                primary.Ours!.Log.Lines.Any(line => line.Contains("Failover begins", StringComparison.Ordinal))), true);
        Assert.Equal("waiting-for-sync", await primary.FieldAsync("master_failover_state"));
        await using var writer = await RespClient.ConnectAsync(primary.EndPoint);
        await writer.SendAsync("SET", "a", "2");
        primary.Ours!.Server.Clock.Advance(Hour);
        Assert.Equal("OK", (await writer.ReadReplyAsync()).Text);
        Assert.Equal(("no-failover", "master"), (
            await primary.FieldAsync("master_failover_state"), await primary.FieldAsync("role")));
    }

    [Fact]
    public async Task WAIT_ends_when_its_time_is_over()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await primary.CallAsync("SET", "a", "1");
        var reply = primary.Client.CallAsync("WAIT", "1", HourMs);
        while (!reply.IsCompleted)
        {
            // The command may not have run yet.
            primary.Ours!.Server.Clock.Advance(Hour);
            await Task.WhenAny(reply, Task.Delay(10));
        }

        Assert.Equal(0, (await reply).Integer);
    }

    [Fact]
    public async Task A_replica_that_is_late_by_min_replicas_max_lag_does_not_count()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await primary.CallAsync("CONFIG", "SET", "min-replicas-to-write", "1", "repl-timeout", "36000");
        Assert.StartsWith("NOREPLICAS", await primary.CallAsync("SET", "a", "1"), StringComparison.Ordinal);
        await using var replica = await FakeReplica.AttachAsync(primary);
        Assert.Equal("OK", await primary.CallAsync("SET", "a", "1"));
        primary.Ours!.Server.Clock.Advance(TimeSpan.FromSeconds(12));
        Assert.StartsWith("NOREPLICAS", await primary.CallAsync("SET", "a", "2"), StringComparison.Ordinal);
    }
}
