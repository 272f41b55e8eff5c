using System.Collections.Concurrent;
using System.Net;
using RedisLite.Cluster.Tests.Processes.Harness;
using StackExchange.Redis;

namespace RedisLite.Cluster.Tests.Processes.Load;

/// <summary>StackExchange.Redis in its cluster mode, with its usual settings.</summary>
/// <remarks>
/// Each worker counts in keys of its own: what a counter says never goes back, unless writes may be lost.
/// </remarks>
internal sealed class StackExchangeLoad : IClientLoad
{
    private const int Workers = 8;

    /// <summary>What the client says while a node is away, and what servers may answer meanwhile.</summary>
    private static readonly string[] ForeseenErrors =
        ["CLUSTERDOWN", "TRYAGAIN", "LOADING", "MOVED", "ASK", "EXECABORT"];

    private readonly CancellationTokenSource _stopping = new();
    private readonly ConnectionMultiplexer _connection;
    private readonly bool _mayLose;
    private readonly int[] _rounds = new int[Workers];
    private readonly ConcurrentDictionary<string, int> _errors = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly Task[] _workers;

    private StackExchangeLoad(ConnectionMultiplexer connection, bool mayLose)
    {
        (_connection, _mayLose) = (connection, mayLose);
        _workers = [.. Enumerable.Range(0, Workers).Select(id => Task.Run(() => RunAsync(id)))];
    }

    /// <param name="endPoint">A node; the client finds the others.</param>
    /// <param name="mayLose">Whether a primary fails meanwhile: what no replica had then is lost.</param>
    public static async Task<StackExchangeLoad> StartAsync(IPEndPoint endPoint, bool mayLose)
    {
        var options = new ConfigurationOptions
        {
            EndPoints = { endPoint },
            AbortOnConnectFail = false,
            ConnectTimeout = 10_000,
        };
        return new StackExchangeLoad(await ConnectionMultiplexer.ConnectAsync(options), mayLose);
    }

    public async Task UntilAllWorkAsync()
    {
        int[] before = [.. _rounds];
        await Wait.UntilNoProblemAsync(() => Task.FromResult(
            Enumerable.Range(0, Workers).Where(id => Volatile.Read(ref _rounds[id]) <= before[id])
                .Select(id => $"StackExchange.Redis: worker {id} has done nothing more; {Errors()}").FirstOrDefault()));
    }

    public async Task<string> EndAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_workers);
        Assert.True(_faults.IsEmpty, string.Join('\n', _faults.Take(10)));
        return $"StackExchange.Redis: {_rounds.Sum()} rounds; {Errors()}";
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_workers);
        await _connection.DisposeAsync();
        _stopping.Dispose();
    }

    private string Errors() => string.Join("; ", _errors.Select(error => $"{error.Value} x {error.Key}"));

    private async Task RunAsync(int id)
    {
        var database = _connection.GetDatabase();
        var last = 0L;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                last = await RoundAsync(database, $"se:{id}", last);
                Interlocked.Increment(ref _rounds[id]);
            }
            catch (Exception e) when (e is RedisException or TimeoutException)
            {
                Note(e);
            }

            await Task.Delay(5);
        }
    }

    /// <summary>A counter, a transaction, a script, a pair of keys in one slot, and what is read of them.</summary>
    private async Task<long> RoundAsync(IDatabase database, string name, long last)
    {
        var count = await database.StringIncrementAsync($"{{{name}}}count");
        Expect(count > last, name, $"INCR replied {count} after {last}");
        var transaction = database.CreateTransaction();
        var inside = transaction.StringIncrementAsync($"{{{name}}}count");
        var read = transaction.StringGetAsync($"{{{name}}}count");
        if (await transaction.ExecuteAsync())
            Expect((long)await read == await inside, name, $"EXEC counted {await inside}, and read {await read}");
        var script = (long)await database.ScriptEvaluateAsync(
            "return redis.call('INCR', KEYS[1])", [$"{{{name}}}count"]);
        Expect(script > count, name, $"a script counted {script} after {count}");
        await database.StringSetAsync([new($"{{{name}}}a", script), new($"{{{name}}}b", script)]);
        var both = await database.StringGetAsync([$"{{{name}}}a", $"{{{name}}}b"]);
        Expect(both[0] == both[1], name, $"MSET wrote {both[0]} and {both[1]}");
        return script;
    }

    private void Expect(bool holds, string name, string fault)
    {
        if (!holds && !_mayLose)
            _faults.Enqueue($"{name}: {fault}");
    }

    private void Note(Exception e)
    {
        // Of the client's long texts the first words say what it was.
        var text = $"{e.GetType().Name} {string.Join(' ', e.Message.Split(' ').Take(6))}";
        _errors.AddOrUpdate(text, 1, (_, count) => count + 1);
        var isForeseen = e is RedisConnectionException or TimeoutException
            || ForeseenErrors.Any(start => e.Message.StartsWith(start, StringComparison.Ordinal));
        if (!isForeseen)
            _faults.Enqueue($"{e.GetType().Name}: {e.Message}");
    }
}
