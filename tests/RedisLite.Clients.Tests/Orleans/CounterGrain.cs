using System.Collections.Concurrent;

namespace RedisLite.Clients.Tests.Orleans;

/// <summary>Counts in storage, and is reminded.</summary>
public interface ICounterGrain : IGrainWithStringKey
{
    /// <summary>Adds and writes the sum.</summary>
    Task<int> AddAsync(int amount);

    /// <summary>The sum that was written last.</summary>
    Task<int> GetAsync();

    /// <summary>Removes what is stored.</summary>
    Task ClearAsync();

    /// <summary>Forgets what is in memory, so that the next call reads storage.</summary>
    Task DeactivateAsync();

    /// <summary>Asks to be reminded every second.</summary>
    Task RemindAsync(string name);

    /// <summary>Asks not to be reminded any more; false if there was no such reminder.</summary>
    Task<bool> StopRemindingAsync(string name);

    /// <summary>The silo that it lives in.</summary>
    Task<string> SiloAsync();
}

/// <summary>What a counter stores.</summary>
[GenerateSerializer]
public sealed class CounterState
{
    [Id(0)]
    public int Sum { get; set; }
}

/// <inheritdoc cref="ICounterGrain"/>
public sealed class CounterGrain(
    [PersistentState("counter")] IPersistentState<CounterState> state, ILocalSiloDetails silo)
    : Grain, ICounterGrain, IRemindable
{
    private static readonly ConcurrentDictionary<string, TaskCompletionSource> Reminded = new();

    /// <summary>Completes when the reminder of this name, unique in this process, has come to its grain.</summary>
    internal static Task RemindedAsync(string name) => SourceOf(name).Task;

    public async Task<int> AddAsync(int amount)
    {
        state.State.Sum += amount;
        await state.WriteStateAsync();
        return state.State.Sum;
    }

    public Task<int> GetAsync() => Task.FromResult(state.State.Sum);

    public Task ClearAsync() => state.ClearStateAsync();

    public Task DeactivateAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task RemindAsync(string name) =>
        this.RegisterOrUpdateReminder(name, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

    public async Task<bool> StopRemindingAsync(string name)
    {
        if (await this.GetReminder(name) is not { } reminder)
            return false;
        await this.UnregisterReminder(reminder);
        return true;
    }

    public Task<string> SiloAsync() => Task.FromResult(silo.SiloAddress.ToString());

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        SourceOf(reminderName).TrySetResult();
        return Task.CompletedTask;
    }

    private static TaskCompletionSource SourceOf(string name) =>
        Reminded.GetOrAdd(name, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
