using System.Collections.Concurrent;
using System.Net;
using Hangfire;
using Hangfire.Redis.StackExchange;
using Hangfire.States;
using RedisLite.Clients.Tests.Support;

namespace RedisLite.Clients.Tests.Jobs;

/// <summary>Hangfire.Redis.StackExchange: jobs run, failed, tried again, delayed, continued and recurring.</summary>
public sealed class HangfireTests : LibraryTests
{
    /// <summary>What has been run, by all servers of this process: the names of runs are unique.</summary>
    private static readonly ConcurrentDictionary<string, int> Runs = new();

    /// <summary>A job that works.</summary>
    public static void Work(string run) => Runs.AddOrUpdate(run, 1, (_, runs) => runs + 1);

    /// <summary>A job that fails the first time, and is tried again at once.</summary>
    [AutomaticRetry(Attempts = 3, DelaysInSeconds = [0])]
    public static void FailOnce(string run) => FailFirst(run);

    /// <summary>A job that fails the first time, and stays failed until somebody has it run again.</summary>
    [AutomaticRetry(Attempts = 0)]
    public static void FailAndStay(string run) => FailFirst(run);

    protected override async Task RunAsync(IPEndPoint server)
    {
        var id = $"{Guid.NewGuid():N}";
        await using var connection = await ConnectAsync(server);
        var storage = new RedisStorage(connection, new RedisStorageOptions { Prefix = "{jobs}:" });
        var client = new BackgroundJobClient(storage);
        using var runner = new BackgroundJobServer(
            new BackgroundJobServerOptions
            {
                WorkerCount = 2,
                Queues = ["critical", "default"],
                SchedulePollingInterval = TimeSpan.FromMilliseconds(200),
            },
            storage);

        var work = client.Enqueue(() => Work($"{id} work"));
        var continuation = client.ContinueJobWith(work, () => Work($"{id} continuation"));
        var critical = client.Create(() => Work($"{id} critical"), new EnqueuedState("critical"));
        var delayed = client.Schedule(() => Work($"{id} delayed"), TimeSpan.FromSeconds(1));
        var retried = client.Enqueue(() => FailOnce($"{id} retried"));
        var failed = client.Enqueue(() => FailAndStay($"{id} failed"));
        new RecurringJobManager(storage).AddOrUpdate("nightly", () => Work($"{id} nightly"), Cron.Yearly);
        new RecurringJobManager(storage).Trigger("nightly");

        await UntilSucceededAsync(storage, work, continuation, critical, delayed, retried);
        Assert.Equal(2, Runs[$"{id} retried"]);
        await UntilInAsync(storage, failed, FailedState.StateName);
        var monitoring = storage.GetMonitoringApi();
        Assert.Equal(1, monitoring.FailedCount());
        var failure = Assert.Single(monitoring.FailedJobs(0, 10)).Value;
        Assert.Contains("as the test wants", failure.ExceptionMessage, StringComparison.Ordinal);

        Assert.True(client.Requeue(failed));
        await UntilSucceededAsync(storage, failed);
        await UntilAsync(() => Task.FromResult(Runs.ContainsKey($"{id} nightly")), "a recurring job runs");
        await UntilAsync(() => Task.FromResult(monitoring.SucceededListCount() == 7), "all jobs are counted");
        Assert.Equal(0, monitoring.FailedCount());
        Assert.True(client.Delete(client.Schedule(() => Work($"{id} never"), TimeSpan.FromDays(1))));

        runner.SendStop();
        await runner.WaitForShutdownAsync(CancellationToken.None).WaitAsync(SafetyNet);
        Assert.Equal(1, Runs[$"{id} work"]);
        Assert.Equal(1, Runs[$"{id} continuation"]);
        Assert.False(Runs.ContainsKey($"{id} never"));
    }

    private static async Task UntilSucceededAsync(RedisStorage storage, params string[] jobs)
    {
        foreach (var job in jobs)
            await UntilInAsync(storage, job, SucceededState.StateName);
    }

    private static Task UntilInAsync(RedisStorage storage, string job, string state) =>
        UntilAsync(() => Task.FromResult(StateOf(storage, job) == state), $"job {job} is in state {state}");

    private static string? StateOf(RedisStorage storage, string job)
    {
        using var connection = storage.GetConnection();
        return connection.GetJobData(job)?.State;
    }

    private static void FailFirst(string run)
    {
        if (Runs.AddOrUpdate(run, 1, (_, runs) => runs + 1) == 1)
            throw new InvalidOperationException("The first run fails, as the test wants.");
    }
}
