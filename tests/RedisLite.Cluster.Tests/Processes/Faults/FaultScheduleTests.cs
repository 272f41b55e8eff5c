using System.Diagnostics;
using System.Globalization;
using RedisLite.Cluster.Tests.Processes.Harness;
using RedisLite.EndToEnd.Tests.Support;
using Xunit.Abstractions;

namespace RedisLite.Cluster.Tests.Processes.Faults;

/// <summary>Random schedules of faults under load; a failure names its seed and what was done.</summary>
/// <remarks>
/// By hand, twenty of them: <c>REDISLITE_CLUSTER_FAULT_SEEDS=1-20 dotnet test tests/RedisLite.Cluster.Tests --filter
/// FullyQualifiedName~Faults</c>; or that of a failure: <c>REDISLITE_CLUSTER_FAULT_SEEDS=17</c>. With
/// <c>REDISLITE_CLUSTER_FAULT_KIND=RedisServer</c> against redis-server's cluster.
/// </remarks>
[Collection(AloneCollection.Name)]
public sealed class FaultScheduleTests(ITestOutputHelper output)
{
    public static TheoryData<int> Seeds
    {
        get
        {
            var seeds = Environment.GetEnvironmentVariable("REDISLITE_CLUSTER_FAULT_SEEDS") is { Length: > 0 } text
                ? text : "1";
            var bounds = seeds.Split('-').Select(bound => int.Parse(bound, CultureInfo.InvariantCulture)).ToArray();
            return [.. Enumerable.Range(bounds[0], bounds[^1] - bounds[0] + 1)];
        }
    }

    private static NodeKind Kind =>
        Enum.TryParse<NodeKind>(Environment.GetEnvironmentVariable("REDISLITE_CLUSTER_FAULT_KIND"), out var kind)
            ? kind : NodeKind.Ours;

    [SkippableTheory]
    [MemberData(nameof(Seeds))]
    public async Task After_random_faults_nothing_that_was_confirmed_is_lost(int seed)
    {
        ExternalProgram.Require("redis-cli");
        var watch = Stopwatch.StartNew();
        var schedule = new FaultSchedule(seed);
        await schedule.RunAsync(Kind);
        output.WriteLine($"{schedule.Told}\n{watch.Elapsed.TotalSeconds:F0} s");
    }
}
