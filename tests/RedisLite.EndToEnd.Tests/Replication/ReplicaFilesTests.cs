using RedisLite.EndToEnd.Tests.Persistence;

namespace RedisLite.EndToEnd.Tests.Replication;

/// <summary>
/// A replica with an append only file: it holds the data of before a full copy, or the copy, and never a mixture.
/// </summary>
public sealed class ReplicaFilesTests : FilesTest
{
    private const string Done = "Background append only file rewriting done";

    [Fact]
    public async Task Until_the_copy_is_in_the_file_the_file_stays_what_it_was()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await primary.CallAsync("SET", "new", "1");
        string before;
        await using (var replica = await Node.OfAsync(await StartAsync()))
        {
            await replica.CallAsync("SET", "old", "1");
            before = (await replica.CallAsync("DEBUG", "DIGEST"))!;
            Device.Fail("base.rdb");
            await replica.FollowAsync(primary.EndPoint);
            await primary.CallAsync("SET", "later", "2");
            await replica.AgreesWithAsync(primary);
        }

        Assert.Equal(before, await DigestAfterRestartAsync());
    }

    [Fact]
    public async Task A_disk_that_works_again_gets_the_copy_and_what_followed()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await primary.CallAsync("SET", "new", "1");
        await using (var replica = await Node.OfAsync(await StartAsync()))
        {
            await replica.CallAsync("SET", "old", "1");
            Device.Fail("base.rdb");
            await replica.FollowAsync(primary.EndPoint);
            await primary.CallAsync("SET", "later", "2");
            await replica.AgreesWithAsync(primary);
            Device.Heal();
            await Eventually.IsAsync(() => Task.FromResult(CountDone(replica)), 1);
            await primary.CallAsync("SET", "last", "3");
            await replica.AgreesWithAsync(primary);
        }

        Assert.Equal(await primary.CallAsync("DEBUG", "DIGEST"), await DigestAfterRestartAsync());
    }

    [Fact]
    public async Task A_rewrite_that_began_before_the_copy_is_followed_by_one_of_the_copy()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await primary.CallAsync("SET", "new", "1");
        await using (var replica = await Node.OfAsync(await StartAsync()))
        {
            await replica.CallAsync("SET", "old", "1");
            using (var barrier = Device.Block("base.rdb"))
            {
                await replica.CallAsync("BGREWRITEAOF");
                await barrier.Arrived;
                await replica.FollowAsync(primary.EndPoint);
                await primary.CallAsync("SET", "later", "2");
            }

            Device.Heal();
            await Eventually.IsAsync(() => Task.FromResult(CountDone(replica)), 2);
            await primary.CallAsync("SET", "last", "3");
            await replica.AgreesWithAsync(primary);
        }

        Assert.Equal(await primary.CallAsync("DEBUG", "DIGEST"), await DigestAfterRestartAsync());
    }

    [Fact]
    public async Task WAITAOF_counts_the_replicas_that_have_the_client_s_writes_on_their_disks()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await using var inMemory = await Node.StartAsync(isOurs: true);
        await using var replica = await Node.OfAsync(await StartAsync());
        await inMemory.FollowAsync(primary.EndPoint);
        await replica.FollowAsync(primary.EndPoint);
        await primary.CallAsync("SET", "a", "1");
        Assert.Equal([0, 1], await WaitAofAsync(primary, "0", "1", "0"));
        Assert.Equal([0, 1], await WaitAofAsync(primary, "0", "2", "1"));

        using var barrier = Device.Block("fsync");
        await primary.CallAsync("SET", "a", "2");
        Assert.Equal(2, (await primary.Client.CallAsync("WAIT", "2", "0")).Integer);
        Assert.Equal([0, 0], await WaitAofAsync(primary, "0", "1", "100"));
        barrier.Open();
        Device.Heal();
        Assert.Equal([0, 1], await WaitAofAsync(primary, "0", "1", "0"));
    }

    private static async Task<IEnumerable<long>> WaitAofAsync(
        Node node, string local, string replicas, string timeout) =>
        (await node.Client.CallAsync("WAITAOF", local, replicas, timeout)).Items.Select(item => item.Integer);

    private static int CountDone(Node replica) =>
        replica.Ours!.Log.Lines.Count(line => line.Contains(Done, StringComparison.Ordinal));
}
