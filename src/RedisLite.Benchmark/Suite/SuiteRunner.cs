using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>Plays scenarios on all servers in turn.</summary>
internal sealed class SuiteRunner(SuiteSettings settings, ServerGroup servers, ILoadProgress progress)
{
    private readonly ScenarioContext _context = new(settings, new LoadRunner(progress));

    /// <summary>Plays one scenario.</summary>
    /// <exception cref="LoadException">A server failed in it.</exception>
    public async Task<ScenarioResult> RunAsync(Scenario scenario, CancellationToken cancellationToken)
    {
        var values = servers.Instances.ToDictionary(server => server.Name, _ => new Dictionary<string, List<double>>());
        if (!scenario.NeedsFreshServer)
            await PrepareAllAsync(scenario, cancellationToken);
        var turns = Math.Min(settings.Turns, scenario.MaxTurns);
        for (var turn = 1; turn <= turns; turn++)
        {
            foreach (var server in servers.Instances)
            {
                if (scenario.NeedsFreshServer && !server.Spec.CanRestart && turn > 1)
                    continue;
                progress.Say($"{scenario.Id} on {server.Name}, turn {turn} of {turns}");
                var measured = scenario.NeedsFreshServer
                    ? await MeasureFreshAsync(scenario, server, cancellationToken)
                    : await scenario.MeasureAsync(server, _context, cancellationToken);
                foreach (var (key, value) in measured)
                {
                    if (!values[server.Name].TryGetValue(key, out var list))
                        values[server.Name][key] = list = [];
                    list.Add(value);
                }
            }
        }

        if (!scenario.NeedsFreshServer)
            await FlushAllAsync(cancellationToken);
        return new ScenarioResult(scenario, values.ToDictionary(
            server => server.Key,
            server => (IReadOnlyDictionary<string, IReadOnlyList<double>>)server.Value.ToDictionary(
                measure => measure.Key,
                measure => (IReadOnlyList<double>)measure.Value)));
    }

    private async Task PrepareAllAsync(Scenario scenario, CancellationToken cancellationToken)
    {
        await FlushAllAsync(cancellationToken);
        foreach (var server in servers.Instances)
        {
            progress.Say($"{scenario.Id}: preparing {server.Name}");
            await scenario.PrepareAsync(server, _context, cancellationToken);
        }
    }

    private async Task<IReadOnlyList<MeasuredValue>> MeasureFreshAsync(
        Scenario scenario, ServerInstance server, CancellationToken cancellationToken)
    {
        if (!server.Spec.CanRestart)
        {
            await scenario.PrepareAsync(server, _context, cancellationToken);
            return await scenario.MeasureAsync(server, _context, cancellationToken);
        }

        await using var fresh = await ServerInstance.OpenAsync(server.Spec, cancellationToken);
        await scenario.PrepareAsync(fresh, _context, cancellationToken);
        return await scenario.MeasureAsync(fresh, _context, cancellationToken);
    }

    private async Task FlushAllAsync(CancellationToken cancellationToken)
    {
        foreach (var server in servers.Instances)
            await server.SendAsync(cancellationToken, "FLUSHALL");
    }
}
