using Xunit.Abstractions;

namespace RedisLite.Cluster.Tests.Simulation;

/// <summary>
/// The deciding and fencing logic in random schedules; REDISLITE_CLUSTER_SEEDS has more of them played.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private static int Seeds =>
        int.TryParse(Environment.GetEnvironmentVariable("REDISLITE_CLUSTER_SEEDS"), out var seeds) ? seeds : 300;

    [Fact]
    public void One_map_a_version_one_acknowledging_owner_a_slot_and_progress_when_the_faults_end()
    {
        var (decisions, takeovers, acknowledgements) = (0L, 0L, 0L);
        Parallel.For(0, Seeds, seed =>
        {
            var schedule = new Schedule(seed, Mutation.None);
            try
            {
                schedule.Run();
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"seed {seed}: {failure.Message}", failure);
            }

            Interlocked.Add(ref decisions, schedule.Decisions);
            Interlocked.Add(ref takeovers, schedule.Takeovers);
            Interlocked.Add(ref acknowledgements, schedule.Acknowledgements);
        });
        output.WriteLine(
            $"{Seeds} schedules, {decisions} decisions, {takeovers} votes that took slots, "
            + $"{acknowledgements} acknowledgements");
        Assert.True(decisions > Seeds, "the schedules decide something");
        Assert.True(takeovers > Seeds, "and take slots");
    }

    [Theory]
    [InlineData(Mutation.NoRead)]
    [InlineData(Mutation.NoPromises)]
    [InlineData(Mutation.NoFence)]
    [InlineData(Mutation.NoLeases)]
    [InlineData(Mutation.NoProof)]
    internal void Without_a_safeguard_the_same_schedules_fail(Mutation mutation)
    {
        for (var seed = 0; seed < 500; seed++)
        {
            try
            {
                new Schedule(seed, mutation).Run();
            }
            catch (Xunit.Sdk.TrueException)
            {
                // No progress; what is looked for is worse.
            }
            catch (ViolationException violation)
            {
                output.WriteLine($"seed {seed}: {violation.Message}");
                return;
            }
        }

        Assert.Fail($"no schedule notices {mutation}");
    }
}
