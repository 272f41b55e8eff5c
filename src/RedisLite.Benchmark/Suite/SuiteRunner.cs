using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>Plays scenarios on all servers in turn.</summary>
/// <remarks>
/// A server that fails in a scenario, for want of a command or because it died, is left out of the rest of it and the
/// failure reported: hours of measuring the others are not thrown away.
/// </remarks>
internal sealed class SuiteRunner(SuiteSettings settings, ServerGroup servers, ILoadProgress progress)
{
    private readonly ScenarioContext _context = new(settings, new LoadRunner(progress));

    /// <summary>Loads each server for a while, with and without pipelines, and leaves it empty.</summary>
    public async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        var failures = new Dictionary<string, string>(); // the scenarios will report them
        foreach (var profile in ServerWarmUp.Profiles(settings, settings.Keys))
        {
            await ForEachAsync(failures, async server =>
            {
                progress.Say($"warming up {server.Name}");
                await _context.Runner.MeasureAsync(server, profile, cancellationToken);
            });
        }

        await ForEachAsync(failures, server => server.SendAsync(cancellationToken, "FLUSHALL"));
    }

    /// <summary>Plays one scenario.</summary>
    public async Task<ScenarioResult> RunAsync(Scenario scenario, CancellationToken cancellationToken)
    {
        var values = servers.Instances.ToDictionary(server => server.Name, _ => new Dictionary<string, List<double>>());
        var failures = new Dictionary<string, string>();
        if (!scenario.NeedsFreshServer)
        {
            await ForEachAsync(failures, async server =>
            {
                progress.Say($"{scenario.Id}: preparing {server.Name}");
                await server.SendAsync(cancellationToken, "FLUSHALL");
                await scenario.PrepareAsync(server, _context, cancellationToken);
            });
        }

        var turns = Math.Min(settings.Turns, scenario.MaxTurns);
        for (var turn = 1; turn <= turns; turn++)
        {
            await ForEachAsync(failures, async server =>
            {
                if (scenario.NeedsFreshServer
                    && (turn > 1 && !server.Spec.CanRestart || scenario.Variant(server.Spec) is null))
                    return;
                progress.Say($"{scenario.Id} on {server.Name}, turn {turn} of {turns}");
                var measured = scenario.NeedsFreshServer
                    ? await MeasureFreshAsync(scenario, server, cancellationToken)
                    : await scenario.MeasureAsync(server, _context, cancellationToken);
                Keep(measured, values[server.Name]);
            });
        }

        if (!scenario.NeedsFreshServer)
            await ForEachAsync(failures, server => server.SendAsync(cancellationToken, "FLUSHALL"));
        return new ScenarioResult(
            scenario,
            values.ToDictionary(
                server => server.Key,
                server => (IReadOnlyDictionary<string, IReadOnlyList<double>>)server.Value.ToDictionary(
                    measure => measure.Key,
                    measure => (IReadOnlyList<double>)measure.Value)),
            failures);
    }

    private async Task ForEachAsync(Dictionary<string, string> failures, Func<ServerInstance, Task> action)
    {
        foreach (var server in servers.Instances.Where(server => !failures.ContainsKey(server.Name)))
        {
            try
            {
                await action(server);
            }
            catch (LoadException e)
            {
                failures[server.Name] = e.Message;
                progress.Say($"failed: {e.Message}");
            }
        }
    }

    private static void Keep(IReadOnlyList<MeasuredValue> measured, Dictionary<string, List<double>> values)
    {
        foreach (var (key, value) in measured)
        {
            if (!values.TryGetValue(key, out var list))
                values[key] = list = [];
            list.Add(value);
        }
    }

    private async Task<IReadOnlyList<MeasuredValue>> MeasureFreshAsync(
        Scenario scenario, ServerInstance server, CancellationToken cancellationToken)
    {
        if (!server.Spec.CanRestart)
        {
            await server.SendAsync(cancellationToken, "FLUSHALL");
            await scenario.PrepareAsync(server, _context, cancellationToken);
            return await scenario.MeasureAsync(server, _context, cancellationToken);
        }

        await using var fresh = await ServerInstance.OpenAsync(scenario.Variant(server.Spec)!, cancellationToken);
        var context = _context with { Resident = server };
        await scenario.PrepareAsync(fresh, context, cancellationToken);
        return await scenario.MeasureAsync(fresh, context, cancellationToken);
    }
}
