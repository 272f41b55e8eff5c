using System.Text;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Differential;

/// <summary>Everything that can be asked about every key of every database, as lines to compare.</summary>
internal static class KeyspaceDump
{
    /// <summary>
    /// The first lines in which two servers' keyspaces differ, by key; empty when they hold the same.
    /// </summary>
    /// <param name="a">One server.</param>
    /// <param name="b">The other.</param>
    /// <param name="encodings">Whether encodings count; files do not keep them: APPEND makes a short string "raw" until
    /// it is loaded again.</param>
    public static async Task<IReadOnlyList<string>> CompareAsync(ITestServer a, ITestServer b, bool encodings = true)
    {
        await using var clientA = await RespClient.ConnectAsync(a.EndPoint);
        await using var clientB = await RespClient.ConnectAsync(b.EndPoint);
        var differences = new List<string>();
        for (var database = 0; database < 16; database++)
        {
            await clientA.CallAsync("SELECT", $"{database}");
            await clientB.CallAsync("SELECT", $"{database}");
            var entriesA = await ReadAsync(clientA);
            var entriesB = await ReadAsync(clientB);
            foreach (var key in entriesA.Keys.Union(entriesB.Keys).Order(StringComparer.Ordinal))
            {
                entriesA.TryGetValue(key, out var entryA);
                entriesB.TryGetValue(key, out var entryB);
                if (entryA is null || entryB is null || !entryA.Agrees(entryB, encodings))
                    differences.Add($"db{database} {key}\n    {a.Name}: {Show(entryA)}\n    {b.Name}: {Show(entryB)}");
            }
        }

        return differences;
    }

    private static string Show(Entry? entry) => entry?.ToString() ?? "(no such key)";

    private static async Task<SortedDictionary<string, Entry>> ReadAsync(RespClient client)
    {
        var entries = new SortedDictionary<string, Entry>(StringComparer.Ordinal);
        foreach (var key in (await client.CallAsync("KEYS", "*")).Items)
        {
            var type = await AskAsync(client, "TYPE", key);
            entries[key.ToString()] = new Entry(
                type,
                await ReadValueAsync(client, type.Text, key),
                await AskAsync(client, "PEXPIRETIME", key),
                await AskAsync(client, "OBJECT", key, "ENCODING"));
        }

        return entries;
    }

    private static Task<RespValue> ReadValueAsync(RespClient client, string type, RespValue key) => type switch
    {
        "list" => client.CallAsync([.. Words("LRANGE"), key.Bytes, .. Words("0", "-1")]),
        _ => AskAsync(client, "GET", key),
    };

    private static IEnumerable<byte[]> Words(params string[] words) => words.Select(Encoding.UTF8.GetBytes);

    private static Task<RespValue> AskAsync(RespClient client, string command, RespValue key, string? sub = null)
    {
        List<byte[]> arguments = [Encoding.UTF8.GetBytes(command)];
        if (sub is not null)
            arguments.Add(Encoding.UTF8.GetBytes(sub));
        arguments.Add(key.Bytes);
        return client.CallAsync(arguments);
    }

    private sealed record Entry(RespValue Type, RespValue Value, RespValue ExpiresAt, RespValue Encoding)
    {
        public bool Agrees(Entry other, bool encodings) =>
            Type.Equals(other.Type)
            && Value.Equals(other.Value)
            && (!encodings || Encoding.Equals(other.Encoding))
            && ReplyComparer.Agree(ExpiresAt, other.ExpiresAt, Comparison.Approximate, inSeconds: false);

        public override string ToString() =>
            $"{Type} {Encoding} expires {ExpiresAt} "
                + $"{(Value.Bytes.Length > 300 ? $"<{Value.Bytes.Length} bytes>" : Value)}";
    }
}
