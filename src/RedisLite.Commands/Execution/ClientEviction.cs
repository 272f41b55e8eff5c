using RedisLite.Commands.Server.Diagnostics;

namespace RedisLite.Commands.Execution;

/// <summary>
/// Closes clients, the greediest first, while all together take more memory than <c>maxmemory-clients</c>.
/// </summary>
/// <remarks>
/// As in Redis, replicas, the primary and clients that said CLIENT NO-EVICT on stay; the latter count all the same. A
/// client that is being closed may still hold its memory at the next look, and nobody else has to go for it. One thread
/// at a time.
/// </remarks>
public sealed class ClientEviction(CommandServices services)
{
    private readonly List<(long Size, ClientSession Session)> _candidates = [];
    private HashSet<long> _closing = [];

    /// <summary>One look. O(clients), and nothing without a limit.</summary>
    /// <param name="closed">Told of each client that is closed, and what it took.</param>
    public void Run(Action<ClientSession, long>? closed = null)
    {
        var options = services.Options;
        if (options.MaxMemoryClients.InBytes(options.MaxMemory) is not (> 0 and var limit))
            return;
        var sum = Measure();
        if (sum > limit)
            Close(sum - limit, closed);
        _candidates.Clear();
    }

    /// <summary>What all take who are not on their way out; who may be closed becomes a candidate.</summary>
    private long Measure()
    {
        var sum = 0L;
        var stillClosing = new HashSet<long>();
        foreach (var session in services.Clients.All)
        {
            if (session.Stream is not null || session.Replica is { IsLinked: true })
                continue;
            if (_closing.Contains(session.Id))
            {
                stillClosing.Add(session.Id);
                continue;
            }

            var size = MemoryReport.MemoryOf(session);
            sum += size;
            if (size > 0 && !session.NoEvict)
                _candidates.Add((size, session));
        }

        _closing = stillClosing;
        return sum;
    }

    private void Close(long excess, Action<ClientSession, long>? closed)
    {
        _candidates.Sort(static (x, y) => y.Size.CompareTo(x.Size));
        foreach (var (size, session) in _candidates)
        {
            if (excess <= 0)
                return;
            excess -= size;
            _closing.Add(session.Id);
            services.Statistics.CountEvictedClient();
            closed?.Invoke(session, size);
            session.Connection.Close(afterReplies: false);
        }
    }
}
