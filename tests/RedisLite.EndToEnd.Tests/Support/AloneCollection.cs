namespace RedisLite.EndToEnd.Tests.Support;

/// <summary>
/// Tests that use a machine's worth of connections or memory: they run one at a time, after all others.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
