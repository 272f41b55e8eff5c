using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Differential;

/// <summary>
/// Generated users and commands: RedisLite allows what redis-server allows, and describes users alike.
/// </summary>
public sealed class AccessMatrixTests
{
    private const int CommandsPerUser = 60;
    private const int UsersPerSeed = 12;

    private static readonly string[] Categories =
    [
        "read", "write", "string", "keyspace", "dangerous", "fast", "slow", "pubsub", "admin", "blocking", "connection",
        "scripting", "transaction",
    ];

    private static readonly string[] Flags =
    [
        "on", "off", "nopass", "resetpass", "sanitize-payload", "skip-sanitize-payload", "reset", "clearselectors",
    ];

    private static readonly string[] Names =
    [
        "get", "set", "del", "mget", "client", "client|id", "config", "config|get", "select", "sort", "copy", "eval",
        "publish",
        "subscribe", "acl|whoami", "flushall", "xread", "zadd", "hset", "multi",
    ];

    private static readonly string[] Requests =
    [
        "GET K", "SET K v", "SET K v GET", "SET K v EX 10", "MGET K K K", "MSET K v K v", "DEL K K", "EXISTS K",
        "COPY K K", "RENAME K K",
        "EXPIRE K 1", "TTL K", "TYPE K", "DUMP K", "OBJECT ENCODING K", "TOUCH K", "SORT K", "SORT K STORE K",
        "LPUSH K a", "LMOVE K K LEFT LEFT",
        "BLPOP K K 0", "LMPOP 2 K K LEFT", "SADD K a", "SUNIONSTORE K K K", "SINTERCARD 2 K K", "ZADD K 1 a",
        "ZUNIONSTORE K 2 K K",
        "ZRANGESTORE K K 0 1", "BZMPOP 0 1 K MIN", "HSET K f v", "HGETALL K", "XADD K * f v", "XREAD STREAMS K K 0 0",
        "XREADGROUP GROUP g c STREAMS K >", "XGROUP CREATE K g 0", "PFCOUNT K K", "PFMERGE K K",
        "GEOSEARCHSTORE K K FROMMEMBER a BYBOX 1 1 m",
        "BITFIELD K GET u8 0", "BITFIELD K SET u8 0 1", "BITOP AND K K", "GETEX K", "GETDEL K", "APPEND K v",
        "LCS K K", "WATCH K K",
        "EVAL x 2 K K", "EVAL_RO x 1 K", "FCALL f 1 K", "MEMORY USAGE K", "PUBLISH C m", "SPUBLISH C m",
        "SUBSCRIBE C C", "PSUBSCRIBE C",
        "SSUBSCRIBE C", "UNSUBSCRIBE C", "PING", "SELECT 0", "SELECT 1", "CLIENT ID", "CLIENT LIST", "CONFIG GET x",
        "CONFIG SET x y",
        "FLUSHALL", "KEYS *", "SCAN 0", "DBSIZE", "AUTH a b", "ACL WHOAMI", "ACL LIST", "MULTI", "EXEC",
        "DEBUG SLEEP 0", "GET", "NOSUCH",
        "GEORADIUS K 1 1 1 m STORE K", "RESTORE K 0 x", "MOVE K 1", "SWAPDB 0 1", "XAUTOCLAIM K g c 0 0",
        "ZINTER 2 K K", "SMOVE K K a",
    ];

    public static TheoryData<int> Seeds => [1, 2, 3, 4, 5, 6];

    [SkippableTheory]
    [MemberData(nameof(Seeds))]
    public async Task Generated_users_may_do_what_they_may_in_redis_server(int seed)
    {
        await using var oracle = await RedisOracle.StartAsync();
        await using var server = await ServerUnderTest.StartAsync();
        await using var ours = await server.ConnectAsync();
        await using var theirs = await RespClient.ConnectAsync(oracle.EndPoint);
        var random = new Random(seed);
        for (var i = 0; i < UsersPerSeed; i++)
        {
            string[] setUser = ["ACL", "SETUSER", "u", "reset", .. Rules(random)];
            var shown = string.Join(' ', setUser);
            Assert.Equal((shown, await theirs.CallAsync(setUser)), (shown, await ours.CallAsync(setUser)));
            await CompareDescriptionsAsync(ours, theirs, shown);
            for (var j = 0; j < CommandsPerUser; j++)
            {
                string[] dryRun = ["ACL", "DRYRUN", "u", .. Request(random)];
                var asked = $"{shown} ; {string.Join(' ', dryRun)}";
                Assert.Equal((asked, await theirs.CallAsync(dryRun)), (asked, await ours.CallAsync(dryRun)));
            }
        }
    }

    [SkippableFact]
    public async Task Each_category_allows_the_same_commands()
    {
        await using var oracle = await RedisOracle.StartAsync();
        await using var server = await ServerUnderTest.StartAsync();
        await using var ours = await server.ConnectAsync();
        await using var theirs = await RespClient.ConnectAsync(oracle.EndPoint);
        var known = (await theirs.CallAsync("COMMAND", "LIST")).Items.Select(name => name.Text).ToHashSet();
        foreach (var category in (await theirs.CallAsync("ACL", "CAT")).Items.Select(name => name.Text))
        {
            var expected = await theirs.CallAsync("ACL", "CAT", category);
            var actual = await ours.CallAsync("ACL", "CAT", category);
            Assert.Equal(
                expected.Items.Select(name => name.Text).Order(),
                actual.Items.Select(name => name.Text).Where(known.Contains).Order());
        }
    }

    /// <summary>
    /// All but the commands is compared to the byte. Of commands the order is chance there, and we have more of them:
    /// there both descriptions have to give the same rules.
    /// </summary>
    private static async Task CompareDescriptionsAsync(RespClient ours, RespClient theirs, string shown)
    {
        var right = await theirs.CallAsync("ACL", "GETUSER", "u");
        var left = await ours.CallAsync("ACL", "GETUSER", "u");
        if (right.IsNull && left.IsNull)
            return;
        foreach (var field in new[] { "flags", "passwords", "keys", "channels" })
            Assert.Equal((shown, field, $"{right[field]}"), (shown, field, $"{left[field]}"));
        await CompareCommandsAsync(ours, left["commands"]!.Text, right["commands"]!.Text, shown);
        var (theirSelectors, ourSelectors) = (right["selectors"]!.Items, left["selectors"]!.Items);
        Assert.Equal(theirSelectors.Count, ourSelectors.Count);
        for (var i = 0; i < ourSelectors.Count; i++)
        {
            foreach (var field in new[] { "keys", "channels" })
                Assert.Equal((shown, $"{theirSelectors[i][field]}"), (shown, $"{ourSelectors[i][field]}"));
            var commands = ourSelectors[i]["commands"]!.Text;
            await CompareCommandsAsync(ours, commands, theirSelectors[i]["commands"]!.Text, shown);
        }
    }

    private static async Task CompareCommandsAsync(RespClient ours, string left, string right, string shown)
    {
        var (mine, other) = (await AllowedAsync(ours, left), await AllowedAsync(ours, right));

        // Whole categories of theirs may have fewer commands than ours.
        Assert.True(mine == other, $"{shown}\n  RedisLite:    {left}\n  redis-server: {right}\n{mine}\n{other}");
    }

    /// <summary>Which of the generated requests the rules allow here, whatever the keys.</summary>
    private static async Task<string> AllowedAsync(RespClient ours, string rules)
    {
        string[] setUser = ["ACL", "SETUSER", "probe", "reset", "allkeys", "allchannels", .. rules.Split(' ')];
        Assert.Equal("OK", (await ours.CallAsync(setUser)).Text);
        var allowed = new List<string>();
        foreach (var request in Requests)
            if ((await ours.CallAsync(["ACL", "DRYRUN", "probe", .. request.Split(' ')])).Text == "OK")
                allowed.Add(request);
        return string.Join(", ", allowed);
    }

    private static IEnumerable<string> Rules(Random random)
    {
        for (var count = random.Next(1, 8); count > 0; count--)
            yield return Rule(random, mayNest: true);
    }

    private static string Rule(Random random, bool mayNest)
    {
        switch (random.Next(mayNest ? 16 : 11))
        {
            case 0: return random.Next(3) == 0 ? "~*" : "resetkeys";
            case 1 or 2: return "~" + Pattern(random, "k");
            case 3: return Pick(random, "%R~", "%W~", "%RW~", "%r~") + Pattern(random, "k");
            case 4: return "&" + Pattern(random, "c");
            case 5: return Pick(random, "allchannels", "resetchannels", "&*");
            case 6: return Pick(random, "+@all", "-@all", "allcommands", "nocommands");
            case 7 or 8: return Pick(random, "+", "-") + Pick(random, Names);
            case 9: return Pick(random, "+@", "-@") + Pick(random, Categories);
            case 10: return Pick(random, "+select|0", "+debug|sleep", "+get|k1", "+nosuch", "~", "+@nosuch");
            case 11: return Pick(random, Flags);
            case 12: return Pick(random, ">", "<") + Pick(random, "a", "b");
            default:
                var inner = Enumerable.Range(0, random.Next(4)).Select(_ => Rule(random, mayNest: false));
                return $"({string.Join(' ', inner)})";
        }
    }

    private static IEnumerable<string> Request(Random random) => Pick(random, Requests).Split(' ').Select(word =>
        word == "K" ? Pick(random, "k1", "k2", "k11", "other")
        : word == "C" ? Pick(random, "c1", "c2", "c*", "other")
        : word);

    private static string Pattern(Random random, string prefix)
    {
        var rest = Pick(random, "1", "2", "*", "1*", "?", "[12]", "");
        return rest.Length == 0 ? "oth\\er" : prefix + rest;
    }

    private static string Pick(Random random, params string[] items) => items[random.Next(items.Length)];
}
