using System.Net.Sockets;

namespace RedisLite.Cluster.Tests.Processes.Harness;

/// <summary>Waits for what a cluster does by itself, up to a limit that no test's outcome depends on.</summary>
internal static class Wait
{
    public static readonly TimeSpan SafetyNet = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Returns when there is nothing left that is not as it should be.</summary>
    /// <param name="problem">What is not yet as it should be, or null. May fail while servers are away.</param>
    public static async Task UntilNoProblemAsync(Func<Task<string?>> problem)
    {
        using var limit = new CancellationTokenSource(SafetyNet);
        using var timer = new PeriodicTimer(Pause);
        while (true)
        {
            var found = await AskAsync(problem);
            if (found is null)
                return;
            try
            {
                await timer.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"After {SafetyNet.TotalSeconds} s still: {found}");
            }
        }
    }

    public static Task UntilAsync(Func<Task<bool>> condition, string what) =>
        UntilNoProblemAsync(async () => await condition() ? null : $"not so: {what}");

    public static Task UntilAsync(Func<bool> condition, string what) =>
        UntilNoProblemAsync(() => Task.FromResult(condition() ? null : $"not so: {what}"));

    private static async Task<string?> AskAsync(Func<Task<string?>> problem)
    {
        try
        {
            return await problem();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or TimeoutException)
        {
            return e.Message;
        }
    }
}
