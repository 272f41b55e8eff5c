namespace RedisLite.Benchmark.Load;

/// <summary>
/// A run that cannot give a valid figure: lost connection, wrong reply count, no progress, malformed reply.
/// </summary>
internal sealed class LoadException : Exception
{
    public LoadException(string message)
        : base(message)
    {
    }

    public LoadException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
