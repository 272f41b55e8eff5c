using System.Globalization;

namespace RedisLite.EndToEnd.Tests.Replication;

/// <summary>What INFO says of replication: Redis's fields in Redis's order, and true.</summary>
public sealed class InfoTests
{
    [SkippableFact]
    public async Task The_fields_of_INFO_replication_are_Redis_s_in_their_order()
    {
        Assert.Equal(await FieldsAsync(isOurs: false), await FieldsAsync(isOurs: true));
    }

    [Fact]
    public async Task Traffic_and_memory_of_replication_are_counted_and_RESETSTAT_begins_anew()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await using var replica = await Node.StartAsync(isOurs: true);
        Assert.Equal(
            ("0", "0"), (await MemoryAsync(primary, "mem_replication_backlog"), await MemoryAsync(
                primary, "mem_total_replication_buffers")));
        await replica.FollowAsync(primary.EndPoint);
        await primary.CallAsync("SET", "a", new string('x', 100_000));
        await replica.AgreesWithAsync(primary);
        Assert.InRange(await StatAsync(primary, "total_net_repl_output_bytes"), 100_000, 200_000);
        Assert.InRange(await StatAsync(replica, "total_net_repl_input_bytes"), 100_000, 200_000);
        Assert.Equal(0, await StatAsync(primary, "total_net_repl_input_bytes"));
        Assert.InRange(long.Parse(await MemoryAsync(primary, "mem_replication_backlog")), 100_000, 1_048_576);
        Assert.Equal("0", await MemoryAsync(primary, "mem_clients_slaves"));
        Assert.Equal(await MemoryAsync(primary, "mem_replication_backlog"), await MemoryAsync(
            primary, "mem_total_replication_buffers"));

        await primary.CallAsync("CONFIG", "RESETSTAT");
        Assert.Equal("0", await primary.FieldAsync("sync_full", "stats"));
    }

    [Fact]
    public async Task What_a_replica_has_not_taken_is_told_apart_and_evicts_no_key()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await using var replica = await FakeReplica.AttachAsync(primary);
        await primary.CallAsync("SET", "kept", "1");
        await primary.CallAsync("CONFIG", "SET", "maxmemory", "40mb", "maxmemory-policy", "allkeys-lru");
        for (var i = 0; i < 48; i++)
            await primary.CallAsync("SET", "a", new string('x', 1_000_000));
        Assert.InRange(long.Parse(await MemoryAsync(primary, "mem_clients_slaves")), 20_000_000, 50_000_000);

        // Of it, all but the value that the key has.
        Assert.InRange(long.Parse(await MemoryAsync(primary, "mem_not_counted_for_evict")), 19_000_000, 49_000_000);
        Assert.Equal("1", await primary.CallAsync("GET", "kept"));
    }

    private static async Task<string> FieldsAsync(bool isOurs)
    {
        await using var primary = await Node.StartAsync(isOurs);
        await using var replica = await Node.StartAsync(isOurs);
        await primary.CallAsync("CONFIG", "SET", "min-replicas-to-write", "1");
        await replica.FollowAsync(primary.EndPoint);
        await primary.UntilAsync("connected_slaves", "1");
        var lines = string.Concat(await primary.InfoAsync(), await replica.InfoAsync()).Split("\r\n");
        return string.Join('\n', lines.Select(line => line.Split(':')[0]));
    }

    private static Task<string> MemoryAsync(Node node, string field) => node.FieldAsync(field, "memory");

    private static async Task<long> StatAsync(Node node, string field) =>
        long.Parse(await node.FieldAsync(field, "stats"), CultureInfo.InvariantCulture);
}
