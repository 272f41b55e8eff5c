using System.Text;

namespace RedisLite.EndToEnd.Tests.Replication.Faults;

/// <summary>All that a server has, line by line, so that a difference can be told.</summary>
internal static class NodeData
{
    private const int Databases = 4;

    /// <summary>
    /// The digest, every key with its type, value's digest and time to live, every consumer group, every library; and
    /// how many keys there are with those that have expired and are not shown.
    /// </summary>
    public static async Task<IReadOnlyList<string>> ReadAsync(FaultNode node)
    {
        var lines = new List<string> { $"digest {await node.CallAsync("DEBUG", "DIGEST")}" };
        for (var database = 0; database < Databases; database++)
        {
            await node.CallAsync("SELECT", $"{database}");
            lines.Add($"{database} has {(await node.AskAsync("DBSIZE")).Integer} keys");
            foreach (var key in (await node.AskAsync("KEYS", "*")).Items.Select(item => item.Text).Order(
                StringComparer.Ordinal))
                lines.Add($"{database} {key} {await DescribeAsync(node, key)}");
        }

        await node.CallAsync("SELECT", "0");
        var libraries = (await node.AskAsync("FUNCTION", "LIST", "WITHCODE")).Items
            .Select(library => $"library {library["library_name"]?.Text} {library["library_code"]?.Text}");
        return [.. lines, .. libraries.Order(StringComparer.Ordinal)];
    }

    /// <summary>The first lines that only one of them has.</summary>
    public static string Difference(
        FaultNode first, IReadOnlyList<string> ofFirst, FaultNode second, IReadOnlyList<string> ofSecond)
    {
        var text = new StringBuilder();
        foreach (var line in ofFirst.Except(ofSecond).Take(8))
            text.AppendLine($"  only {first}: {line}");
        foreach (var line in ofSecond.Except(ofFirst).Take(8))
            text.AppendLine($"  only {second}: {line}");
        return text.ToString();
    }

    private static async Task<string> DescribeAsync(FaultNode node, string key)
    {
        var type = await node.CallAsync("TYPE", key);
        var text =
            $"{type} {(await node.AskAsync("DEBUG", "DIGEST-VALUE", key)).Items[0].Text} "
                + $"{await node.CallAsync("PEXPIRETIME", key)}";
        if (type != "stream")
            return text;
        foreach (var group in (await node.AskAsync("XINFO", "GROUPS", key)).Items)
        {
            // Not entries-read and lag: what a redis-server says of a read in its stream leaves them out.
            var pending = (await node.AskAsync("XPENDING", key, group["name"]!.Text)).ToString();
            text += $" [{group["name"]} {group["consumers"]} {group["last-delivered-id"]} {pending}]";
        }

        var full = await node.AskAsync("XINFO", "STREAM", key);
        return $"{text} {full["last-generated-id"]} {full["max-deleted-entry-id"]} {full["entries-added"]}";
    }
}
