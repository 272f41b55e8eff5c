using System.Globalization;
using System.Net;
using System.Net.Sockets;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Crashes;

/// <summary>
/// Writes numbered keys, and pairs of keys in transactions, one after the other, until the server is gone.
/// </summary>
/// <param name="id">Tells its keys from those of other clients.</param>
internal sealed class WritingClient(int id)
{
    private const int KeysPerQuestion = 1000;

    /// <summary>Every number up to this one was acknowledged and is there.</summary>
    public int Acknowledged { get; private set; }

    public static bool IsLostConnection(Exception e) => e is IOException or SocketException or ObjectDisposedException;

    public async Task WriteUntilKilledAsync(IPEndPoint endPoint, Action acknowledged)
    {
        try
        {
            await using var client = await RespClient.ConnectAsync(endPoint);
            while (true)
            {
                await WriteAsync(client, Acknowledged + 1);
                Acknowledged++;
                acknowledged();
            }
        }
        catch (Exception e) when (IsLostConnection(e))
        {
            // The server was killed: what was not acknowledged may be there or not, but never by half.
        }
    }

    /// <summary>Looks for everything in a server that was started after a kill.</summary>
    public async Task VerifyAsync(RespClient reader, string when)
    {
        var values = await ReadAsync(reader, Acknowledged + 1);
        var kept = values.TakeWhile(value => !value.IsNull).Count();
        Assert.All(values.Take(kept), (value, index) => Assert.Equal($"{index + 1}", value.Text));

        Assert.True(kept >= Acknowledged, $"Acknowledged write {kept + 1} of client {id} is lost ({when})");

        // Numbers come in pairs of which the second is a transaction: both halves are of the last one that was kept.
        var last = kept / 2 * 2;
        foreach (var half in new[] { "left", "right" })
        {
            var value = await reader.CallAsync("GET", $"{half}:{id}");
            Assert.True(
                last == 0 ? value.IsNull : value.Text == $"{last}",
                $"The {half} half of transaction {last} of client {id} is {value} ({when})");
        }

        // The write under way at the kill may have been kept.
        Acknowledged = kept;
    }

    private async Task WriteAsync(RespClient client, int number)
    {
        var text = number.ToString(CultureInfo.InvariantCulture);
        if (number % 2 == 1)
        {
            Assert.Equal("OK", (await client.CallAsync("SET", KeyOf(number), text)).Text);
            return;
        }

        await client.CallAsync("MULTI");
        await client.CallAsync("SET", $"left:{id}", text);
        await client.CallAsync("SET", $"right:{id}", text);
        await client.CallAsync("SET", KeyOf(number), text);
        Assert.Equal(3, (await client.CallAsync("EXEC")).Items.Count);
    }

    private async Task<List<RespValue>> ReadAsync(RespClient reader, int count)
    {
        var values = new List<RespValue>(count);
        foreach (var numbers in Enumerable.Range(1, count).Chunk(KeysPerQuestion))
            values.AddRange((await reader.CallAsync(["MGET", .. numbers.Select(KeyOf)])).Items);
        return values;
    }

    private string KeyOf(int number) => string.Create(CultureInfo.InvariantCulture, $"key:{id}:{number}");
}
