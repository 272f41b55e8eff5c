using System.Text;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.CommandLine;

/// <summary>
/// The table of directives against redis-server: names, defaults, what is accepted, and the error texts.
/// </summary>
public sealed class DirectiveOracleTests
{
    // What we have otherwise than Redis, and why.
    private static readonly Dictionary<string, string> OurDefaults = new()
    {
        ["bind"] = "127.0.0.1 -::1", // reachable from this machine only
        ["save"] = "", // the append only file is the better protection
        ["activedefrag"] = "yes", // nothing stops for it here
        ["active-defrag-ignore-bytes"] = "16777216",
    };

    // Set by the test's own command line, or by the process's surroundings.
    private static readonly string[] SetByTheRun = ["port", "dir", "enable-debug-command", "pidfile", "bind", "save"];

    // Redis acts on these at once: it binds sockets, starts files, closes the test's own client, asks the system;
    // Debian's has no active defragmentation.
    private static readonly string[] WithSideEffects =
    [
        "port", "tls-port", "bind", "appendonly", "maxclients", "maxmemory-clients", "oom-score-adj",
        "oom-score-adj-values",
        "activedefrag",
    ];

    // Redis looks at its certificates when it is set; here the bus is made at the start.
    private const string AtStart = "tls-cluster";

    // With a blank in it, neither server could read its nodes.conf again; Redis takes it all the same.
    private const string Stricter = "cluster-announce-ip";

    private static readonly string[] Values =
    [
        "yes", "NO", "zzz", "", "-1", "0", "1", "2", "99", "100", "101", "1024", "70000", "1kb", "1K", "3Mb", "2gb",
        "5%", "-5%",
        "200%", "9223372036854775807", "9223372036854775808", "18446744073709551615", "99999999999999999999",
        "-0", "01", "+1",
        " 1", "1 ", "1.5", "1 2", "1 2 3", "3600 1", "3600 1 60", "0 1", "3600 -1", "-2001 0 0", "50 99.95",
        "50 101", "50 x",
        "A", "KEA", "AKEm", "gxE", "q", "Verbose", "always", "local", "volatile-TTL", "allkeys-lru", "save now",
        "save nosave",
        "default force", "clients", "swapdb", "hostname", "optional", "relative", "panic-on-replicas", "allchannels",
        "normal 1 2 3", "pubsub 1mb 2kb 3 replica 4 5 6", "master 1 2 3", "normal 1 2", "normal a 2 3",
        "normal 1 2 -3", "a/b",
        "a_b", "{title}", "{foo}", "{title", "\u00ff\u0001\" '",
    ];

    [SkippableFact]
    public async Task The_names_are_those_of_redis_server()
    {
        await using var oracle = await RedisOracle.StartAsync();
        await using var client = await RespClient.ConnectAsync(oracle.EndPoint);

        var theirs = await GetAllAsync(client);
        var ours = new ServerConfiguration(RedisLiteSettings.Default).Get(["*"]).Select(pair => pair.Key);

        Assert.Equal(theirs.Keys.Order(StringComparer.Ordinal), ours.Order(StringComparer.Ordinal));
    }

    [SkippableFact]
    public async Task The_defaults_are_those_of_redis_server_but_for_a_few()
    {
        await using var oracle = await RedisOracle.StartAsync();
        await using var client = await RespClient.ConnectAsync(oracle.EndPoint);

        var theirs = await GetAllAsync(client);
        foreach (var (name, value) in new ServerConfiguration(RedisLiteSettings.Default).Get(["*"]))
        {
            if (OurDefaults.TryGetValue(name, out var expected))
                Assert.Equal(expected, value);
            else if (!SetByTheRun.Contains(name))
                Assert.True(theirs[name] == value, $"{name}: Redis has '{theirs[name]}', we have '{value}'");
        }
    }

    [SkippableFact]
    public async Task Every_value_is_taken_or_refused_in_the_words_of_redis_server()
    {
        await using var oracle = await RedisOracle.StartAsync();
        await using var client = await RespClient.ConnectAsync(oracle.EndPoint);
        var ours = new ServerConfiguration(RedisLiteSettings.Default);
        var differences = new List<string>();
        var tried = 0;
        foreach (var (name, original) in await GetAllAsync(client))
        {
            if (WithSideEffects.Contains(name) || name is Stricter or AtStart)
                continue;
            await CompareAsync(client, ours, [(name, original)], []); // start from the same value
            foreach (var value in Values)
            {
                await CompareAsync(client, ours, [(name, value)], differences);
                tried++;
            }

            await CompareAsync(client, ours, [(name, original)], []);
        }

        Assert.True(tried > 10_000, $"only {tried} values were tried");
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    [SkippableTheory]
    [InlineData("nosuch 1")]
    [InlineData("maxmemory 1 nosuch 1")]
    [InlineData("daemonize no nosuch 1")]
    [InlineData("nosuch 1 daemonize no")]
    [InlineData("maxmemory 1mb maxmemory 2mb")]
    [InlineData("maxmemory 1mb MAXMEMORY 2mb")]
    [InlineData("busy-reply-threshold 1 lua-time-limit 2")]
    [InlineData("maxmemory 1mb hz abc")]
    [InlineData("hz abc maxmemory 1mb")]
    [InlineData("hz abc nosuch 1")]
    [InlineData("hz abc daemonize no")]
    [InlineData("dir /tmp")]
    [InlineData("dbfilename x.rdb")]
    [InlineData("watchdog-period 0 key-load-delay 0 rdb-key-save-delay 0 use-exit-on-panic no")]
    [InlineData("loading-process-events-interval-bytes 1")]
    public async Task Several_directives_at_once_are_answered_as_redis_server_does(string words)
    {
        await using var oracle = await RedisOracle.StartAsync();
        await using var client = await RespClient.ConnectAsync(oracle.EndPoint);
        var pairs = words.Split(' ').Chunk(2).Select(pair => (pair[0], pair[1])).ToArray();
        var differences = new List<string>();

        await CompareAsync(client, new ServerConfiguration(RedisLiteSettings.Default), pairs, differences);

        Assert.Empty(differences);
    }

    [SkippableTheory]
    [InlineData("maxmemory")]
    [InlineData("MAXmemory*")]
    [InlineData("slowlog-* SLOWLOG-m?x-l[e]n hz HZ hz")]
    [InlineData("nosuch nosuch* watchdog-period watchdog-*")]
    [InlineData("lua-time-limit *-ping-* list-max-*")]
    [InlineData("[hn]*z \\hz")]
    public async Task Get_answers_as_redis_server_does(string patterns)
    {
        await using var oracle = await RedisOracle.StartAsync();
        await using var client = await RespClient.ConnectAsync(oracle.EndPoint);

        var theirs = Pairs(await client.CallAsync(["CONFIG", "GET", .. patterns.Split(' ')]));
        var ours = new ServerConfiguration(RedisLiteSettings.Default).Get(patterns.Split(' '));

        // Redis answers in the order of its hash table.
        Assert.Equal(
            theirs.OrderBy(pair => pair.Key, StringComparer.Ordinal),
            ours.OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }

    /// <summary>Sets on both, and compares the reply and the values afterwards.</summary>
    private static async Task CompareAsync(
        RespClient client, ServerConfiguration ours, (string Name, string Value)[] values, List<string> differences)
    {
        string[] words = ["CONFIG", "SET", .. values.SelectMany(value => (string[])[value.Name, value.Value])];
        var reply = await client.CallAsync(Array.ConvertAll(words, Encoding.Latin1.GetBytes));
        var theirs = Encoding.Latin1.GetString(reply.Bytes);
        var our = ours.TrySet([.. values.Select(value => KeyValuePair.Create(value.Name, value.Value))]) ?? "OK";
        var said = string.Join(' ', words[1..]);
        if (theirs != our)
            differences.Add($"{said}: Redis says '{theirs}', we say '{our}'");
        foreach (var (name, _) in values)
        {
            var shown = Pairs(await client.CallAsync("CONFIG", "GET", name));
            var weShow = ours.Get([name]);
            if (!SetByTheRun.Contains(name) && !shown.SequenceEqual(weShow))
                differences.Add(
                    $"{said}: then Redis shows {string.Join(' ', shown)}, we show {string.Join(' ', weShow)}");
        }
    }

    private static async Task<Dictionary<string, string>> GetAllAsync(RespClient client) =>
        Pairs(await client.CallAsync("CONFIG", "GET", "*")).ToDictionary(pair => pair.Key, pair => pair.Value);

    private static IReadOnlyList<KeyValuePair<string, string>> Pairs(RespValue reply) =>
    [
        .. reply.Items.Chunk(2).Select(pair => KeyValuePair.Create(
            Encoding.Latin1.GetString(pair[0].Bytes), Encoding.Latin1.GetString(pair[1].Bytes))),
    ];
}
