using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.BlackBox;

/// <summary><c>maxmemory</c> beside an append only file that holds values a little longer than the keys do.</summary>
[Collection(AloneCollection.Name)]
public sealed class EvictionTests
{
    private const int Megabyte = 1024 * 1024;

    [Theory]
    [InlineData(100_000, 20)]
    [InlineData(1_000_000, 5)]
    public async Task As_many_keys_go_as_must_and_no_more(int length, int batch)
    {
        using var folder = new TemporaryFolder();
        var settings = ServerUnderTest.Settings();
        settings = settings with
        {
            Persistence = settings.Persistence with { AppendOnly = true, Directory = folder.Path },
        };
        await using var server = await ServerUnderTest.StartAsync(settings);
        await using var client = await server.ConnectAsync();
        await client.CallAsync("CONFIG", "SET", "maxmemory", "40mb", "maxmemory-policy", "allkeys-lru");
        var value = new string('x', length);
        for (var written = 0; written < 120_000_000; written += batch * length)
        {
            for (var i = 0; i < batch; i++)
                await client.SendAsync("SET", $"{written + i}", value);
            for (var i = 0; i < batch; i++)
                Assert.Equal("OK", (await client.ReadReplyAsync()).Text);
        }

        await WaitForFileAsync(client);
        var held = (await client.CallAsync("DBSIZE")).Integer * length;
        Assert.InRange(held, 36 * Megabyte, 40 * Megabyte);

        await client.CallAsync("CONFIG", "SET", "maxmemory", "20mb");
        while (await UsedMemoryAsync(client) > 20 * Megabyte)
            await Task.Yield();
        held = (await client.CallAsync("DBSIZE")).Integer * length;
        Assert.InRange(held, 16 * Megabyte, 20 * Megabyte);
        await server.StopAndCheckAsync();
    }

    private static async Task WaitForFileAsync(RespClient client)
    {
        while (!(await client.CallAsync("INFO", "memory")).Text.Contains(
            "mem_aof_buffer:0\r\n", StringComparison.Ordinal))
            await Task.Yield();
    }

    private static async Task<long> UsedMemoryAsync(RespClient client)
    {
        var text = (await client.CallAsync("INFO", "memory")).Text;
        var from = text.IndexOf("used_memory:", StringComparison.Ordinal) + "used_memory:".Length;
        return long.Parse(text[from..text.IndexOf('\r', from)], System.Globalization.CultureInfo.InvariantCulture);
    }
}
