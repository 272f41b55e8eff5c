using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Cluster.Tests.Processes.Harness;

/// <summary>Debian's redis-cli, as it is.</summary>
internal static class RedisCli
{
    /// <summary>Runs <c>redis-cli --cluster</c>, which has to succeed, and returns what it said.</summary>
    public static Task<string> ClusterAsync(params string[] arguments) => AnswerAsync("", arguments);

    /// <summary>The same, answering what it asks: some questions it asks in spite of <c>--cluster-yes</c>.</summary>
    public static async Task<string> AnswerAsync(string answers, params string[] arguments)
    {
        var (exitCode, said) = await TryAsync(answers, ["--cluster", .. arguments]);
        Assert.True(exitCode == 0, $"redis-cli --cluster {string.Join(' ', arguments)}: exit code {exitCode}\n{said}");
        return said;
    }

    /// <summary>Fails the test where it has not said what it should have, and tells what it has said.</summary>
    public static void RequireSaid(string said, string text) =>
        Assert.True(said.Contains(text, StringComparison.Ordinal), $"redis-cli has not said '{text}', but:\n{said}");

    /// <summary>The same where it may fail.</summary>
    public static Task<(int ExitCode, string Said)> TryClusterAsync(params string[] arguments) =>
        TryAsync("", ["--cluster", .. arguments]);

    private static async Task<(int ExitCode, string Said)> TryAsync(string answers, string[] arguments)
    {
        var program = ExternalProgram.Require("redis-cli");
        var (exitCode, output, error) = await ChildProcess.RunAsync(program, arguments, answers);
        return (exitCode, output + error);
    }
}
