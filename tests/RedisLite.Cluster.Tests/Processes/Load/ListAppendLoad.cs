using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using RedisLite.Cluster.Tests.Processes.Harness;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Cluster.Tests.Processes.Load;

/// <summary>Clients that append elements to lists all over the slots, each once, and keep the history.</summary>
internal sealed class ListAppendLoad : IAsyncDisposable
{
    /// <summary>What a server may answer to a client that has done nothing wrong, and has not done.</summary>
    private static readonly string[] Foreseen =
    [
        "MOVED ", "ASK ", "TRYAGAIN ", "CLUSTERDOWN ", "LOADING ", "MASTERDOWN ", "UNBLOCKED ",
        "ERR WAIT cannot be used with replica instances",
    ];

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<IReadOnlyList<IPEndPoint>> _nodes;
    private readonly Options _options;
    private readonly IReadOnlyList<string> _keys;
    private readonly int[] _acknowledged;
    private readonly int[] _done;
    private readonly ConcurrentQueue<Append> _history = new();
    private readonly ConcurrentDictionary<string, int> _unforeseen = new();
    private readonly Task[] _clients;
    private int _window;

    public ListAppendLoad(Func<IReadOnlyList<IPEndPoint>> nodes, Options options)
    {
        (_nodes, _options, _keys) = (nodes, options, KeySlot.Spread("list:", options.Keys));
        (_acknowledged, _done) = (new int[options.Keys], new int[options.Keys]);
        _clients = [.. Enumerable.Range(0, options.Clients).Select(id => Task.Run(() => RunAsync(id)))];
    }

    /// <summary>All that count: acknowledged, and copied where the load waits for that.</summary>
    public int Count => _done.Sum();

    /// <summary>Returns when each list has got more elements that count.</summary>
    public Task UntilAllGrowAsync() => UntilMoreAsync(_done);

    /// <summary>Returns when each list has got more elements that were acknowledged, copied or not.</summary>
    public Task UntilAllAreServedAsync() => UntilMoreAsync(_acknowledged);

    /// <summary>From here on lists may change their owner once more.</summary>
    public void BeginWindow() => Interlocked.Increment(ref _window);

    /// <summary>Ends the load, and fails the test where the history or a reply is not as it has to be.</summary>
    public async Task<string> VerifyAsync()
    {
        await StopAsync();
        Assert.True(_unforeseen.IsEmpty, $"Replies that nobody foresees: {string.Join("; ", _unforeseen)}");
        var lists = new Dictionary<string, IReadOnlyList<string>>();
        await using var reader = new ClusterClient(_nodes, Wait.SafetyNet);
        foreach (var key in _keys)
            lists.Add(key, await ReadAsync(reader, key));
        Append[] history = [.. _history];
        var promised = _options.Waits ? AppendOutcome.Copied : AppendOutcome.Acknowledged;
        var faults = HistoryCheck.FindFaults(history, lists, promised);
        Assert.True(faults.Count == 0, $"Ticks are Stopwatch's.\n{string.Join('\n', faults)}");
        return string.Join(", ", history.GroupBy(append => append.Outcome).OrderBy(group => group.Key)
            .Select(group => $"{group.Count()} {group.Key}"));
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task UntilMoreAsync(int[] counts)
    {
        const int More = 3;
        int[] before = [.. counts];
        await Wait.UntilNoProblemAsync(() => Task.FromResult(
            Enumerable.Range(0, _keys.Count).Where(i => Volatile.Read(ref counts[i]) < before[i] + More)
                .Select(i => $"nothing more was appended to {_keys[i]} (slot {KeySlot.Of(_keys[i])}): {Last(_keys[i])}")
                .FirstOrDefault()));
    }

    /// <summary>How the last attempts at a list ended, and what was replied.</summary>
    private string Last(string key) => string.Join("; ", _history.Where(append => append.Key == key).TakeLast(5)
        .Select(append => $"{append.Outcome} by {append.By} {append.Said}").DefaultIfEmpty("no attempt"));

    private async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_clients);
    }

    /// <summary>One client, whose elements are numbered.</summary>
    private async Task RunAsync(int id)
    {
        var random = new Random(id);
        var client = new ClusterClient(_nodes, _options.Patience);
        for (var number = 0; !_stopping.IsCancellationRequested; number++)
        {
            var key = random.Next(_keys.Count);
            var element = string.Create(CultureInfo.InvariantCulture, $"{id}:{number}");
            var append = await AppendAsync(client, id, _keys[key], element);
            _history.Enqueue(append);
            if (append.IsAcknowledged)
                Interlocked.Increment(ref _acknowledged[key]);
            if (append.Outcome >= (_options.Waits ? AppendOutcome.Copied : AppendOutcome.Acknowledged))
                Interlocked.Increment(ref _done[key]);
            await Task.Delay(Pause);
        }

        await client.DisposeAsync();
    }

    private async Task<Append> AppendAsync(ClusterClient client, int id, string key, string element)
    {
        var window = Volatile.Read(ref _window);
        var exchange = await client.SendAsync(KeySlot.Of(key), "RPUSH", key, element);
        var append = new Append(
            id, key, element, AppendOutcome.Refused, 0, $"{exchange.By}", exchange.Sent, exchange.Received, window);
        switch (exchange.Reply)
        {
            case null:
                return append with { Outcome = exchange.WasSent ? AppendOutcome.Unknown : AppendOutcome.Refused };
            case { IsError: true, Text: var error }:
                NoteUnforeseen(error);
                return append with { Said = error };
            default:
                append = append with { Outcome = AppendOutcome.Acknowledged, Length = exchange.Reply.Integer };
                var isCopied = _options.Waits && await IsCopiedAsync(client, exchange.By);
                return isCopied ? append with { Outcome = AppendOutcome.Copied } : append;
        }
    }

    private async Task<bool> IsCopiedAsync(ClusterClient client, IPEndPoint node)
    {
        var milliseconds = (long)(_options.Patience.TotalMilliseconds / 2);
        var exchange = await client.SendToAsync(
            node, asks: false, "WAIT", "1", milliseconds.ToString(CultureInfo.InvariantCulture));
        if (exchange.Reply is { IsError: true, Text: var error })
            NoteUnforeseen(error);
        return exchange.Reply is { Kind: RespKind.Integer } reply && reply.Integer >= 1;
    }

    private void NoteUnforeseen(string error)
    {
        if (!Foreseen.Any(start => error.StartsWith(start, StringComparison.Ordinal)))
            _unforeseen.AddOrUpdate(error, 1, (_, count) => count + 1);
    }

    private static async Task<IReadOnlyList<string>> ReadAsync(ClusterClient reader, string key)
    {
        IReadOnlyList<string>? list = null;
        await Wait.UntilNoProblemAsync(async () =>
        {
            var reply = (await reader.SendAsync(KeySlot.Of(key), "LRANGE", key, "0", "-1")).Reply;
            if (reply is not { Kind: RespKind.Array })
                return $"LRANGE {key}: {reply}";
            list = [.. reply.Items.Select(item => item.Text)];
            return null;
        });
        return list!;
    }

    /// <summary>What a load is like.</summary>
    internal sealed record Options
    {
        public int Clients { get; init; } = 4;

        /// <summary>How many lists, spread evenly over the slots.</summary>
        public int Keys { get; init; } = 12;

        /// <summary>Whether an append counts only when by WAIT a replica has it.</summary>
        public bool Waits { get; init; }

        /// <summary>How long a client waits for a reply.</summary>
        public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);
    }
}
