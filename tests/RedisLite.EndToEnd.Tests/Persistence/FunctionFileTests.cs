namespace RedisLite.EndToEnd.Tests.Persistence;

/// <summary>Libraries of functions come back from every kind of file; scripts do not.</summary>
public sealed class FunctionFileTests : FilesTest
{
    private const string Library =
        "#!lua name=lib\nredis.register_function('f', function(keys, args) return redis.call('incr', keys[1]) end)";

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task Libraries_come_back_from_the_append_only_file(bool isRdbBase, bool rewrites)
    {
        await using (var server = await StartAsync(persistence => persistence with { AofUseRdbPreamble = isRdbBase }))
        {
            await using var client = await server.ConnectAsync();
            Assert.Equal("lib", (await client.CallAsync("FUNCTION", "LOAD", Library)).Text);
            Assert.Equal("1", (await client.CallAsync("FCALL", "f", "1", "k")).Text);
            await client.CallAsync("EVAL", "return 7", "0");
            if (rewrites)
            {
                await client.CallAsync("BGREWRITEAOF");
                await WaitForInfoAsync(client, "aof_rewrite_in_progress", "0");
                await WaitForInfoAsync(client, "aof_rewrite_scheduled", "0");
            }

            await server.StopAndCheckAsync();
        }

        await using var again = await StartAsync();
        await using var reader = await again.ConnectAsync();
        Assert.Equal("2", (await reader.CallAsync("FCALL", "f", "1", "k")).Text);
        Assert.StartsWith(
            "NOSCRIPT", (await reader.CallAsync("EVALSHA", "59b6ab2fbe0ee4b25733de0f62e6cda4899ef8e9", "0")).Text,
            StringComparison.Ordinal);
    }
}
