using System.Diagnostics;
using System.Globalization;
using RedisLite.EndToEnd.Tests.Support;
using Xunit.Abstractions;

namespace RedisLite.EndToEnd.Tests.Replication.Faults;

/// <summary>Random schedules of faults; a failure names its seed, what was done, and what all servers said.</summary>
/// <remarks>
/// By hand, a hundred of them: <c>REDISLITE_FAULT_SEEDS=1-100 dotnet test tests/RedisLite.EndToEnd.Tests --filter
/// FullyQualifiedName~FaultScheduleTests</c>; or those of a failure: <c>REDISLITE_FAULT_SEEDS=17</c>.
/// </remarks>
public sealed class FaultScheduleTests(ITestOutputHelper output)
{
    public static TheoryData<int> Seeds
    {
        get
        {
            var seeds = Environment.GetEnvironmentVariable("REDISLITE_FAULT_SEEDS") is { Length: > 0 } text
                ? text : "1-3";
            var bounds = seeds.Split('-').Select(bound => int.Parse(bound, CultureInfo.InvariantCulture)).ToArray();
            return [.. Enumerable.Range(bounds[0], bounds[^1] - bounds[0] + 1)];
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Seeds))]
    public async Task After_random_faults_all_servers_have_the_same_data(int seed)
    {
        ExternalProgram.Require("redis-server");
        var watch = Stopwatch.StartNew();
        await using var schedule = new FaultSchedule(seed);
        await schedule.RunAsync();
        output.WriteLine($"{schedule.Story}  {watch.Elapsed.TotalSeconds:F0} s");
    }
}
