using RedisLite.EndToEnd.Tests.Differential;
using RedisLite.EndToEnd.Tests.Differential.Generation;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Persistence;

/// <summary>
/// Any sequence of commands, logged and loaded by another server, gives the data of the server that ran them.
/// </summary>
/// <remarks>
/// With rewrites in the middle, of both formats: the base is then a snapshot that was taken while commands went on.
/// </remarks>
public sealed class ReplayTests : FilesTest
{
    private const int RewriteEvery = 500;

    public static TheoryData<string, int, int> Generated =>
        GeneratedScripts.Rows([.. ScriptGenerator.OneConnectionFamilies, "transactions"]);

    [Theory]
    [MemberData(nameof(Generated))]
    public async Task The_data_of_a_replay_is_that_of_the_live_server(string family, int seed, int protocol)
    {
        await using var live = await StartAsync(persistence => persistence with { AofUseRdbPreamble = seed % 2 == 0 });
        await using var client = await live.ConnectAsync();
        await using (var session = new ScriptSession(live.EndPoint, protocol))
        {
            foreach (var step in GeneratedScripts.Make(family, seed + 2000).Steps)
            {
                await session.PlayAsync(step);
                if (step.Line % RewriteEvery == 0)
                    await client.CallAsync("BGREWRITEAOF");
            }
        }

        // Everything is on the disk, since replies wait for it; a copy is what another server would find after a crash.
        // A rewrite asked for during another is begun after it.
        await WaitForInfoAsync(client, "aof_rewrite_scheduled", "0");
        await WaitForInfoAsync(client, "aof_rewrite_in_progress", "0");
        Assert.NotEqual("0", await InfoAsync(client, "aof_rewrites"));
        using var copy = new TemporaryFolder();
        CopyFiles(AppendDirectory, Path.Combine(copy.Path, "appendonlydir"));
        await using var replayed = await ServerUnderTest.StartAsync(
            Settings(persistence => persistence with { Directory = copy.Path }));
        await using var reader = await replayed.ConnectAsync();
        Assert.Empty(await KeyspaceDump.CompareAsync(live, replayed, encodings: false));
        Assert.Equal(await DigestAsync(client), await DigestAsync(reader));
    }

    private static void CopyFiles(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var path in Directory.EnumerateFiles(from))
            File.Copy(path, Path.Combine(to, Path.GetFileName(path)));
    }
}
