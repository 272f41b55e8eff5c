using RedisLite.EndToEnd.Tests.CommandLine;
using RedisLite.EndToEnd.Tests.Differential.Generation;
using RedisLite.EndToEnd.Tests.Support;
using Xunit.Abstractions;

namespace RedisLite.EndToEnd.Tests.Differential;

/// <summary>RedisLite and redis-server 7.0.15 get the same commands and must send the same replies.</summary>
/// <remarks>
/// Commands that RedisLite does not have yet are left out on both sides, and counted in the test's output; in CI, where
/// <c>CI=true</c>, everything is played.
/// </remarks>
public sealed class DifferentialTests(ITestOutputHelper output)
{
    private const int PipelineDepth = 64;

    public static TheoryData<string, int> Scripts => ScriptFiles.Rows(withOracle: true);

    public static TheoryData<string, int> ScriptsWithoutOracle => ScriptFiles.Rows(withOracle: false);

    public static TheoryData<string, int, int> Generated => GeneratedScripts.Rows(ScriptGenerator.Families);

    public static TheoryData<string, int, int> GeneratedForOneConnection =>
        GeneratedScripts.Rows(ScriptGenerator.OneConnectionFamilies);

    [SkippableTheory]
    [MemberData(nameof(Scripts))]
    public async Task A_script_gets_the_oracles_replies(string script, int protocol)
    {
        await using var oracle = await RedisOracle.StartAsync();
        await PlayAsync(ScriptFiles.Read(script), protocol, oracle, run => run.PlayAsync());
    }

    [Theory]
    [MemberData(nameof(ScriptsWithoutOracle))]
    public Task A_script_of_later_commands_gets_the_replies_it_states(string script, int protocol) =>
        PlayAsync(ScriptFiles.Read(script), protocol, oracle: null, run => run.PlayAsync());

    [SkippableTheory]
    [MemberData(nameof(Generated))]
    public async Task Generated_commands_get_the_oracles_replies(string family, int seed, int protocol)
    {
        await using var oracle = await RedisOracle.StartAsync();
        await PlayAsync(GeneratedScripts.Make(family, seed), protocol, oracle, run => run.PlayAsync());
    }

    [SkippableTheory]
    [MemberData(nameof(GeneratedForOneConnection))]
    public async Task Pipelined_commands_get_the_oracles_replies(string family, int seed, int protocol)
    {
        await using var oracle = await RedisOracle.StartAsync();
        await PlayAsync(
            GeneratedScripts.Make(family, seed + 1000), protocol, oracle, run => run.PlayPipelinedAsync(PipelineDepth));
    }

    private async Task PlayAsync(Script script, int protocol, RedisOracle? oracle, Func<DifferentialRun, Task> play)
    {
        await using ITestSubject server = ServerProgram.Published is null
            ? await ServerUnderTest.StartAsync() : await PublishedServer.StartAsync();
        var available = ExternalProgram.MustNotSkip ? null : (server as ServerUnderTest)?.Commands;
        var run = new DifferentialRun(server, oracle, script, protocol, available);
        await play(run);
        if (run.LeftOut > 0)
            output.WriteLine(
                $"{run.LeftOut} of {script.Steps.Count} commands left out: RedisLite does not have them yet.");
        run.AssertNoDifference();
        await server.StopAndCheckAsync();
    }
}
