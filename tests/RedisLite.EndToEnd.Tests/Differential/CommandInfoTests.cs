using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Differential;

/// <summary>COMMAND describes every command that Redis has as Redis does: clients route and check by it.</summary>
public sealed class CommandInfoTests
{
    /// <summary>Commands whose keys are described better than in Redis, which calls them unknown.</summary>
    private static readonly HashSet<string> OtherKeySpecs = ["sort", "sort_ro"];

    /// <summary>
    /// Commands that take an argument which only later versions have (WITHSCORE), and so another arity.
    /// </summary>
    private static readonly HashSet<string> LaterArguments = ["zrank", "zrevrank"];

    [SkippableFact]
    public async Task Every_command_is_described_as_in_Redis()
    {
        await using var oracle = await RedisOracle.StartAsync();
        await using var server = await ServerUnderTest.StartAsync();
        var theirs = await DescribeAsync(oracle);
        var ours = await DescribeAsync(server);
        var differences = from item in ours
                          where theirs.ContainsKey(item.Key) && theirs[item.Key] != item.Value
                          && !LaterArguments.Contains(item.Key)
                          select $"{item.Key}\n  RedisLite:    {item.Value}\n  redis-server: {theirs[item.Key]}";
        Assert.True(ours.Count > 100, $"{ours.Count} commands");
        Assert.Empty(differences);
    }

    private static async Task<Dictionary<string, string>> DescribeAsync(ITestServer server)
    {
        await using var client = await RespClient.ConnectAsync(server.EndPoint);
        var descriptions = new Dictionary<string, string>();
        foreach (var command in (await client.CallAsync("COMMAND")).Items)
            Describe(command, descriptions);
        return descriptions;
    }

    /// <summary>
    /// Arity, flags, first and last key, step, ACL categories and key specifications; no tips, no notes.
    /// </summary>
    private static void Describe(RespValue command, Dictionary<string, string> descriptions)
    {
        var name = command.Items[0].Text;
        var keySpecs = OtherKeySpecs.Contains(name) ? [] : command.Items[8].Items.Select(KeySpec);
        descriptions[name] = string.Join(" | ",
        [
            command.Items[1].Text,
            Sorted(command.Items[2]),
            $"{command.Items[3].Text} {command.Items[4].Text} {command.Items[5].Text}",
            Sorted(command.Items[6]),
            string.Join("; ", keySpecs),
        ]);
        foreach (var subcommand in command.Items[9].Items)
            Describe(subcommand, descriptions);
    }

    private static string KeySpec(RespValue spec)
    {
        var parts = new List<string>();
        for (var i = 0; i < spec.Items.Count; i += 2)
        {
            var name = spec.Items[i].Text;
            if (name != "notes")
                parts.Add($"{name} {(name == "flags" ? Sorted(spec.Items[i + 1]) : Flat(spec.Items[i + 1]))}");
        }

        return string.Join(", ", parts);
    }

    private static string Sorted(RespValue words) =>
        string.Join(' ', words.Items.Select(word => word.Text).Order(StringComparer.Ordinal));

    private static string Flat(RespValue value) =>
        value.IsAggregate ? string.Join(' ', value.Items.Select(Flat)) : value.Text;
}
