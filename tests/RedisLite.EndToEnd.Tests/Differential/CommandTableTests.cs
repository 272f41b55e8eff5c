using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Differential;

/// <summary>What COMMAND says of each command that redis-server has as well, and which commands there are.</summary>
public sealed class CommandTableTests
{
    // Positions in an entry of COMMAND INFO.
    private const int Arity = 1;
    private const int Flags = 2;
    private const int FirstKey = 3;
    private const int LastKey = 4;
    private const int Step = 5;
    private const int Categories = 6;
    private const int KeySpecs = 8;
    private const int Subcommands = 9;

    // Have an option of a later version: ZRANK's WITHSCORE.
    private static readonly string[] LaterArguments = ["zrank", "zrevrank"];

    [Fact]
    public async Task Every_command_of_the_keyspace_is_there()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        var listed = (await client.CallAsync("COMMAND", "LIST")).Items.Select(
            name => name.Text.ToUpperInvariant()).ToHashSet();
        Assert.Empty(RedisCommands.OfKeyspaceIssue.Union(RedisCommands.BeyondRedis).Except(listed).Order());
    }

    [SkippableFact]
    public async Task COMMAND_INFO_says_the_same_of_each_command_that_both_have()
    {
        await using var oracle = await RedisOracle.StartAsync();
        await using var server = await ServerUnderTest.StartAsync();
        await using var ours = await server.ConnectAsync();
        await using var theirs = await RespClient.ConnectAsync(oracle.EndPoint);
        var names = server.Commands.Order(StringComparer.Ordinal).ToArray();
        var ourEntries = (await ours.CallAsync(["COMMAND", "INFO", .. names])).Items;
        var theirEntries = (await theirs.CallAsync(["COMMAND", "INFO", .. names])).Items;
        var differences = new List<string>();
        for (var i = 0; i < names.Length; i++)
        {
            if (!theirEntries[i].IsNull)
                CompareEntries(ourEntries[i], theirEntries[i], differences);
        }

        Assert.True(differences.Count == 0, $"{differences.Count} differences:\n{string.Join('\n', differences)}");
    }

    [SkippableFact]
    public async Task COMMAND_DOCS_says_the_same_of_group_and_age()
    {
        await using var oracle = await RedisOracle.StartAsync();
        await using var server = await ServerUnderTest.StartAsync();
        await using var ours = await server.ConnectAsync();
        await using var theirs = await RespClient.ConnectAsync(oracle.EndPoint);
        var differences = new List<string>();
        foreach (var name in server.Commands.Order(StringComparer.Ordinal))
        {
            var right = await theirs.CallAsync("COMMAND", "DOCS", name);
            if (right.Items.Count == 0)
                continue;
            var doc = (await ours.CallAsync("COMMAND", "DOCS", name)).Items[1];
            foreach (var field in new[] { "group", "since" })
                Compare(name, field, $"{doc[field]}", $"{right.Items[1][field]}", differences);
        }

        Assert.True(differences.Count == 0, $"{differences.Count} differences:\n{string.Join('\n', differences)}");
    }

    private static void CompareEntries(RespValue ours, RespValue theirs, List<string> differences)
    {
        var name = theirs.Items[0].Text;
        if (!LaterArguments.Contains(name))
            Compare(name, "arity", $"{ours.Items[Arity]}", $"{theirs.Items[Arity]}", differences);
        Compare(name, "flags", InOrder(ours.Items[Flags]), InOrder(theirs.Items[Flags]), differences);
        Compare(name, "keys", Positions(ours), Positions(theirs), differences);
        Compare(name, "categories", InOrder(ours.Items[Categories]), InOrder(theirs.Items[Categories]), differences);
        // Where Redis itself says "unknown" (SORT's STORE), ours may know.
        if (!theirs.Items[KeySpecs].ToString().Contains("\"unknown\"", StringComparison.Ordinal))
            Compare(name, "key specs", InOrder(WithoutNotes(ours)), InOrder(WithoutNotes(theirs)), differences);
        foreach (var subcommand in ours.Items[Subcommands].Items)
        {
            var right = theirs.Items[Subcommands].Items.FirstOrDefault(
                other => other.Items[0].Equals(subcommand.Items[0]));
            if (right is not null)
                CompareEntries(subcommand, right, differences);
        }
    }

    private static string Positions(RespValue entry) =>
        $"{entry.Items[FirstKey]} to {entry.Items[LastKey]} step {entry.Items[Step]}";

    // Notes are prose for people.
    private static RespValue WithoutNotes(RespValue entry) =>
        new(RespKind.Set, [.. entry.Items[KeySpecs].Items.Select(spec =>
        new RespValue(
            RespKind.Map, [.. spec.Items.Chunk(2).Where(pair => pair[0].Text != "notes").SelectMany(pair => pair)]))]);

    private static string InOrder(RespValue collection) =>
        string.Join(' ', collection.Items.Select(item => item.ToString()).Order(StringComparer.Ordinal));

    private static void Compare(string command, string what, string ours, string theirs, List<string> differences)
    {
        if (ours != theirs)
            differences.Add($"{command} {what}\n    RedisLite: {ours}\n    redis-server: {theirs}");
    }
}
