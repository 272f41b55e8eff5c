using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>What scenarios work with.</summary>
internal sealed record ScenarioContext(SuiteSettings Settings, LoadRunner Runner)
{
    /// <summary>Where a scenario measures a fresh server: the same one as it was started for the whole suite.</summary>
    public ServerInstance? Resident { get; init; }
}

/// <summary>Something measured on every server in turn.</summary>
/// <param name="group">The name that <c>--only</c> selects it by; several scenarios may share it.</param>
/// <param name="id">Its own name.</param>
/// <param name="title">What the document calls it.</param>
internal abstract class Scenario(string group, string id, string title)
{
    public string Group { get; } = group;

    public string Id { get; } = id;

    public string Title { get; } = title;

    /// <summary>Whether <c>--only</c> selects it by this name: its group's, or its own.</summary>
    public bool IsCalled(string name) => name == Group || name == Id;

    /// <summary>What is done, in a sentence for the document.</summary>
    public abstract string Describe(SuiteSettings settings);

    /// <summary>What it gives, in the order of the document.</summary>
    public abstract IReadOnlyList<Measure> Measures { get; }

    /// <summary>
    /// True when each turn needs a server that has done nothing before: memory that a server has once had is seldom
    /// given back. A server that was not started here is measured once only.
    /// </summary>
    public virtual bool NeedsFreshServer => false;

    /// <summary>How a fresh server is started.</summary>
    /// <returns>null for a server that cannot be started so: the scenario passes it by.</returns>
    public virtual ServerSpec? Variant(ServerSpec spec) => spec;

    /// <summary>True for what takes too long to be done unless it is asked for.</summary>
    public virtual bool IsOptional => false;

    /// <summary>The most turns that make sense.</summary>
    public virtual int MaxTurns => int.MaxValue;

    /// <summary>Brings an empty server into the state that the turns need; once, or for each fresh server.</summary>
    public virtual Task PrepareAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    /// <summary>One turn on one server.</summary>
    /// <returns>A value for each measure; one that this server cannot give is left out.</returns>
    public abstract Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken);
}
