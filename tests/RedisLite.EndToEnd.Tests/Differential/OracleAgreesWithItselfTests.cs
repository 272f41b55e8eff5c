using RedisLite.EndToEnd.Tests.Differential.Generation;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Differential;

/// <summary>
/// Each script against two redis-servers: a difference that shows up here is a script whose replies depend on time or
/// chance, and would blame RedisLite for it.
/// </summary>
public sealed class OracleAgreesWithItselfTests
{
    public static TheoryData<string, int> Scripts => ScriptFiles.Rows(withOracle: true);

    public static TheoryData<string, int, int> Generated => GeneratedScripts.Rows(ScriptGenerator.Families);

    [SkippableTheory]
    [MemberData(nameof(Scripts))]
    public async Task A_script_has_one_outcome(string script, int protocol)
    {
        await using var first = await RedisOracle.StartAsync();
        await using var second = await RedisOracle.StartAsync();
        var run = new DifferentialRun(first, second, ScriptFiles.Read(script), protocol);
        await run.PlayAsync();
        run.AssertNoDifference();
    }

    [SkippableTheory]
    [MemberData(nameof(Generated))]
    public async Task A_generated_script_has_one_outcome(string family, int seed, int protocol)
    {
        await using var first = await RedisOracle.StartAsync();
        await using var second = await RedisOracle.StartAsync();
        var run = new DifferentialRun(first, second, GeneratedScripts.Make(family, seed), protocol);
        await run.PlayAsync();
        run.AssertNoDifference();
    }
}
