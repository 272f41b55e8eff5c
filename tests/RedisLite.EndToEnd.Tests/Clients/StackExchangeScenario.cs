using System.Net;
using StackExchange.Redis;

namespace RedisLite.EndToEnd.Tests.Clients;

/// <summary>What a program does with StackExchange.Redis, held against whichever server it is pointed at.</summary>
internal sealed class StackExchangeScenario(IConnectionMultiplexer connection, EndPoint endPoint)
{
    private readonly IDatabase _database = connection.GetDatabase();
    private readonly IServer _server = connection.GetServer(endPoint);

    /// <summary>How to connect to a server of a test's own; administrative commands are allowed.</summary>
    public static ConfigurationOptions Options(EndPoint endPoint, RedisProtocol protocol) => new()
    {
        EndPoints = { endPoint },
        Protocol = protocol,
        AllowAdmin = true,
        AbortOnConnectFail = true,
        ConnectTimeout = 30_000,
        SyncTimeout = 30_000,
        AsyncTimeout = 30_000,
        ClientName = "scenario",
    };

    public async Task RunAsync()
    {
        await StringsAsync();
        await ExpiryAsync();
        await BytesAsync();
        await TransactionsAsync();
        await PipelinesAsync();
        await LocksAsync();
        await PubSubAsync();
        await ServerAsync();
    }

    private async Task StringsAsync()
    {
        Assert.True(await _database.StringSetAsync("user:1000", "alice"));
        Assert.Equal("alice", await _database.StringGetAsync("user:1000"));
        Assert.True((await _database.StringGetAsync("nobody")).IsNull);
        Assert.False(await _database.StringSetAsync("user:1000", "bob", when: When.NotExists));
        Assert.Equal("alice", await _database.StringSetAndGetAsync("user:1000", "bob"));
        Assert.Equal(5, await _database.StringAppendAsync("user:1000", "by"));
        Assert.Equal("bob", await _database.StringGetRangeAsync("user:1000", 0, 2));
        Assert.Equal(3, await _database.StringIncrementAsync("counter", 3));
        Assert.Equal(3.5, await _database.StringIncrementAsync("counter", 0.5), 10);
        Assert.True(await _database.StringSetAsync([new("a", 1), new("b", 2)]));
        Assert.Equal<RedisValue>([1, RedisValue.Null, 2], await _database.StringGetAsync(["a", "nobody", "b"]));
        Assert.False(await _database.StringSetBitAsync("bits", 9, true));
        Assert.Equal(1, await _database.StringBitCountAsync("bits"));
        Assert.Equal(9, await _database.StringBitPositionAsync("bits", true));
        Assert.Equal("ob", await LongestCommonAsync());
        Assert.True(await _database.KeyDeleteAsync("user:1000"));
        Assert.False(await _database.KeyExistsAsync("user:1000"));
        Assert.Equal("1", await _database.StringGetDeleteAsync("a"));
    }

    private async Task<string?> LongestCommonAsync()
    {
        await _database.StringSetAsync("left", "bobby");
        await _database.StringSetAsync("right", "xoxb");
        return await _database.StringLongestCommonSubsequenceAsync("left", "right");
    }

    private async Task ExpiryAsync()
    {
        await _database.StringSetAsync("session", "x", TimeSpan.FromHours(1));
        Assert.InRange(
            (await _database.KeyTimeToLiveAsync("session"))!.Value, TimeSpan.FromMinutes(50), TimeSpan.FromHours(1));
        Assert.True(
            await _database.KeyExpireAsync("session", TimeSpan.FromHours(2), ExpireWhen.GreaterThanCurrentExpiry));
        Assert.False(
            await _database.KeyExpireAsync("session", TimeSpan.FromHours(1), ExpireWhen.GreaterThanCurrentExpiry));
        Assert.True(await _database.KeyPersistAsync("session"));
        Assert.Null(await _database.KeyTimeToLiveAsync("session"));
        var moment = new DateTime(2990, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        Assert.True(await _database.KeyExpireAsync("session", moment));
        Assert.Equal(moment, await _database.KeyExpireTimeAsync("session"));
        Assert.True(await _database.KeyRenameAsync("session", "renamed"));
        Assert.Equal(moment, await _database.KeyExpireTimeAsync("renamed"));
        Assert.Equal("x", await _database.StringGetSetExpiryAsync("renamed", (TimeSpan?)null));
        Assert.True(await _database.KeyCopyAsync("renamed", "copied"));
        Assert.Equal(RedisType.String, await _database.KeyTypeAsync("copied"));
        Assert.Equal(2, await _database.KeyDeleteAsync(["renamed", "copied", "nobody"]));
    }

    private async Task BytesAsync()
    {
        var key = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        var value = new byte[1_000_000];
        new Random(1).NextBytes(value);
        await _database.StringSetAsync(key, value);
        Assert.Equal(value, (byte[]?)await _database.StringGetAsync(key));
        Assert.Equal(value.Length, await _database.StringLengthAsync(key));
        var dump = await _database.KeyDumpAsync(key);
        await _database.KeyRestoreAsync("restored", dump!);
        Assert.Equal(value, (byte[]?)await _database.StringGetAsync("restored"));
        await _database.KeyDeleteAsync([key, "restored"]);
    }

    private async Task TransactionsAsync()
    {
        await _database.StringSetAsync("balance", 10);
        var transaction = _database.CreateTransaction();
        transaction.AddCondition(Condition.StringEqual("balance", 10));
        var spent = transaction.StringDecrementAsync("balance", 4);
        Assert.True(await transaction.ExecuteAsync());
        Assert.Equal(6, await spent);

        var refused = _database.CreateTransaction();
        refused.AddCondition(Condition.StringLengthGreaterThan("balance", 5));
        _ = refused.StringIncrementAsync("balance", 100);
        Assert.False(await refused.ExecuteAsync());
        Assert.Equal(6, await _database.StringGetAsync("balance"));
    }

    private async Task PipelinesAsync()
    {
        var sets = Enumerable.Range(0, 10_000).Select(i => _database.StringSetAsync($"p:{i}", i)).ToArray();
        var gets = Enumerable.Range(0, 10_000).Select(i => _database.StringGetAsync($"p:{i}")).ToArray();
        Assert.All(await Task.WhenAll(sets), Assert.True);
        Assert.Equal(Enumerable.Range(0, 10_000), (await Task.WhenAll(gets)).Select(value => (int)value));
        var keys = new HashSet<string>();
        await foreach (var key in _server.KeysAsync(pattern: "p:*", pageSize: 500))
            keys.Add(key!);
        Assert.Equal(10_000, keys.Count);
    }

    private async Task LocksAsync()
    {
        Assert.True(await _database.LockTakeAsync("lock", "me", TimeSpan.FromHours(1)));
        Assert.False(await _database.LockTakeAsync("lock", "you", TimeSpan.FromHours(1)));
        Assert.False(await _database.LockReleaseAsync("lock", "you"));
        Assert.True(await _database.LockExtendAsync("lock", "me", TimeSpan.FromHours(2)));
        Assert.True(await _database.LockReleaseAsync("lock", "me"));
    }

    private async Task PubSubAsync()
    {
        var subscriber = connection.GetSubscriber();
        var queue = await subscriber.SubscribeAsync(RedisChannel.Literal("news"));
        var pattern = await subscriber.SubscribeAsync(RedisChannel.Pattern("n*"));
        Assert.Equal(2, await _database.PublishAsync(RedisChannel.Literal("news"), "hello"));
        Assert.Equal("hello", (await queue.ReadAsync()).Message);
        Assert.Equal("news", (await pattern.ReadAsync()).Channel);
        await queue.UnsubscribeAsync();
        await pattern.UnsubscribeAsync();
        Assert.Equal(0, await _database.PublishAsync(RedisChannel.Literal("news"), "nobody"));
    }

    private async Task ServerAsync()
    {
        Assert.True(await _database.PingAsync() >= TimeSpan.Zero);
        Assert.Contains(await _server.ClientListAsync(), client => client.Name == "scenario");
        var information = await _server.InfoAsync("server");
        Assert.Contains(information.SelectMany(section => section), pair => pair.Key == "redis_version");
        Assert.Equal("16", Assert.Single(await _server.ConfigGetAsync("databases")).Value);
        Assert.True(await _server.DatabaseSizeAsync() > 10_000);
        await _server.FlushAllDatabasesAsync();
        Assert.Equal(0, await _server.DatabaseSizeAsync());
        var error = await Assert.ThrowsAsync<RedisServerException>(() => _database.ExecuteAsync("NOSUCH", "x"));
        Assert.StartsWith("ERR unknown command", error.Message, StringComparison.Ordinal);
    }
}
