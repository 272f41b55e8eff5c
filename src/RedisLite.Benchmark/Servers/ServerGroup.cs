namespace RedisLite.Benchmark.Servers;

/// <summary>The servers of a run, all open at once; disposing ends those that were started.</summary>
internal sealed class ServerGroup : IAsyncDisposable
{
    private readonly List<ServerInstance> _instances = [];

    /// <summary>In the order of their turns.</summary>
    public IReadOnlyList<ServerInstance> Instances => _instances;

    public static async Task<ServerGroup> OpenAsync(
        IReadOnlyList<ServerSpec> specs, ILoadProgress progress, CancellationToken cancellationToken)
    {
        var group = new ServerGroup();
        try
        {
            foreach (var spec in specs)
            {
                if (spec.CanRestart)
                    progress.Say($"starting {spec.Name}");
                group._instances.Add(await ServerInstance.OpenAsync(spec, cancellationToken));
            }

            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var instance in _instances)
            await instance.DisposeAsync();
    }
}
