namespace RedisLite.Cluster.Tests.Nodes;

/// <summary>Waits for what other nodes bring about, for as long as a loaded machine may need.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    public static async Task TrueAsync(Func<Task<bool>> condition, Func<Task<string>>? describe = null)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await condition())
        {
            if (patience.IsCancellationRequested)
                Assert.Fail("it has not come true: " + (describe is null ? "" : await describe()));
            await Task.Delay(Interval, CancellationToken.None);
        }
    }

    public static Task EqualAsync(string expected, Func<Task<string>> actual) =>
        TrueAsync(async () => await actual() == expected, actual);
}
