namespace RedisLite.EndToEnd.Tests.Replication;

/// <summary>A primary whose change log only replicas read.</summary>
public sealed class WithoutFilesTests
{
    [Fact]
    public async Task Without_an_append_only_file_nobody_waits_for_the_disk()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await using var replica = await Node.StartAsync(isOurs: true);
        Assert.Equal("OK", await primary.CallAsync("CONFIG", "SET", "appendfsync", "always"));
        await replica.FollowAsync(primary.EndPoint);
        await using var waiter = await Support.RespClient.ConnectAsync(primary.EndPoint);
        await waiter.SendAsync("BLPOP", "list", "0");
        await Eventually.IsAsync(() => primary.FieldAsync("blocked_clients", "clients"), "1");

        Assert.Equal("OK", await primary.CallAsync("SET", "key", "value"));
        Assert.Equal("1", await primary.CallAsync("RPUSH", "list", "element"));
        Assert.Equal("[\"list\", \"element\"]", $"{await waiter.ReadAsync()}");
        await replica.AgreesWithAsync(primary);
    }
}
