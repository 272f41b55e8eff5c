using System.Text;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Replication;

/// <summary>A connection that is a replica as far as its primary can tell, and does nothing by itself.</summary>
internal sealed class FakeReplica(RespClient client) : IAsyncDisposable
{
    /// <summary>What comes is the stream.</summary>
    public RespClient Client { get; } = client;

    /// <summary>Takes its copy, and acknowledges it; returns when the primary has it as online.</summary>
    public static async Task<FakeReplica> AttachAsync(Node primary)
    {
        var client = await RespClient.ConnectAsync(primary.EndPoint);
        foreach (var request in (string[][])[
            ["REPLCONF", "listening-port", "1"], ["REPLCONF", "capa", "eof", "capa", "psync2"]])
            Assert.Equal("OK", (await client.CallAsync(request)).Text);
        await client.SendAsync("PSYNC", "?", "-1");
        string line;
        do
            line = await client.ReadLineAsync();
        while (line.Length == 0);
        var words = line.Split(' ');
        Assert.Equal("+FULLRESYNC", words[0]);
        do
            line = await client.ReadLineAsync();
        while (line.Length == 0);
        Assert.StartsWith("$EOF:", line, StringComparison.Ordinal);
        var (mark, last) = (line[5..], new StringBuilder());
        while (!last.ToString().EndsWith(mark, StringComparison.Ordinal))
            last.Append((char)(await client.ReadBytesAsync(1))[0]);
        await Eventually.IsAsync(
            async () =>
            {
                // As every replica does, again and again: one that comes before the primary is done counts for nothing.
                await client.SendAsync("REPLCONF", "ACK", words[2]);
                return (await primary.InfoAsync()).Contains("state=online", StringComparison.Ordinal);
            },
            true);
        return new FakeReplica(client);
    }

    public ValueTask DisposeAsync() => Client.DisposeAsync();
}
