namespace RedisLite.Cluster.Tests.Processes.Load;

/// <summary>A cluster client as people use it, at work.</summary>
internal interface IClientLoad : IAsyncDisposable
{
    /// <summary>Returns when each of its workers has done all kinds of operations once more.</summary>
    Task UntilAllWorkAsync();

    /// <summary>Ends it; fails the test where it saw what the protocol does not foresee.</summary>
    /// <returns>What it did, in a line.</returns>
    Task<string> EndAsync();
}
