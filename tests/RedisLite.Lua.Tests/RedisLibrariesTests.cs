using System.Text;

namespace RedisLite.Lua.Tests;

/// <summary>cjson, cmsgpack, struct, bit and random numbers as redis-server 7.0.15 answered for the same
/// script.</summary>
public sealed class RedisLibrariesTests
{
    [Fact]
    public void Libraries_answer_as_those_of_redis_do()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Programs", "Redis");
        var expected = File.ReadAllText(Path.Combine(folder, "libraries.out"),
            Encoding.Latin1).TrimEnd('\n').Split('\n');
        var runner = new LuaRunner();
        runner.State.Random.Seed(0);
        Assert.True(runner.TryRun(File.ReadAllText(Path.Combine(folder, "libraries.lua"), Encoding.Latin1)),
            runner.State.ErrorValue.ToString());
        var results = runner.State.Result().Table!;
        var actual = Enumerable.Range(1, results.Length)
            .Select(index => Encoding.Latin1.GetString(results[index].Bytes))
            .ToArray();
        for (var line = 0; line < Math.Min(expected.Length, actual.Length); line++)
        {
            if (!expected[line].Contains("table: 0x", StringComparison.Ordinal))
                Assert.True(expected[line] == actual[line],
                    $"line {line + 1}: expected\n{expected[line]}\ngot\n{actual[line]}");
        }
        Assert.Equal(expected.Length, actual.Length);
    }
}
