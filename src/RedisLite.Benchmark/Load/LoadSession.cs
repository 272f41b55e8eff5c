using System.Net;
using System.Runtime.ExceptionServices;

namespace RedisLite.Benchmark.Load;

/// <summary>What stays the same for all phases of a load: whom, what, over how many connections.</summary>
internal sealed record LoadSettings
{
    public required IPEndPoint EndPoint { get; init; }

    public required RequestMix Mix { get; init; }

    public WireProtocol Protocol { get; init; } = WireProtocol.Resp;

    public int Connections { get; init; } = 50;

    public int Threads { get; init; } = 1;

    /// <summary>Requests that a connection may have unanswered.</summary>
    public int Pipeline { get; init; } = 1;

    public KeySpace Keys { get; init; } = new();

    public ulong Seed { get; init; } = 1;

    /// <summary>Uses the portable poller even where epoll exists, to compare the two.</summary>
    public bool UseSelect { get; init; }
}

/// <summary>How keys are chosen.</summary>
internal sealed record KeySpace
{
    public long Count { get; init; } = 100_000;

    public KeyDistribution Distribution { get; init; } = KeyDistribution.Uniform;

    /// <summary>The exponent of the zipf distribution, above 0.</summary>
    public double ZipfTheta { get; init; } = 0.99;

    /// <param name="worker">The worker's index.</param>
    /// <param name="workers">How many share the keys, where each is to be visited once.</param>
    /// <param name="random">The worker's own sequence.</param>
    public KeyPicker CreatePicker(int worker, int workers, SeededRandom random)
    {
        var first = Count * worker / workers;
        return Distribution switch
        {
            KeyDistribution.Uniform => new UniformKeyPicker(Count, random),
            KeyDistribution.Zipf => new ZipfKeyPicker(Count, ZipfTheta, random),
            _ => new SequentialKeyPicker(first, Math.Max(1, (Count * (worker + 1) / workers) - first)),
        };
    }
}

/// <summary>Shapes of the choice of keys.</summary>
internal enum KeyDistribution
{
    Uniform,
    Zipf,
    Sequential,
}

/// <summary>Open connections and the workers that drive them, for any number of phases, one at a time.</summary>
internal sealed class LoadSession : IDisposable
{
    private readonly List<LoadWorker> _workers;

    private LoadSession(List<LoadWorker> workers) => _workers = workers;

    /// <summary>Replies since the session began. Any thread.</summary>
    public long Completed => _workers.Sum(worker => worker.Completed);

    /// <summary>Bytes received since the session began. Any thread.</summary>
    public long ReceivedBytes => _workers.Sum(worker => worker.ReceivedBytes);

    /// <summary>Error replies since the session began. Between phases.</summary>
    public long Errors => Scanners.Sum(scanner => scanner.Errors);

    /// <summary>Nil replies and elements since the session began. Between phases.</summary>
    public long Nils => Scanners.Sum(scanner => scanner.Nils);

    /// <summary>The text of an error reply, if there was one. Between phases.</summary>
    public string? FirstError =>
        Scanners.Select(scanner => scanner.FirstError).FirstOrDefault(text => text is not null);

    private IEnumerable<ReplyScanner> Scanners => _workers.SelectMany(worker => worker.Scanners);

    /// <summary>Connects everything.</summary>
    /// <exception cref="LoadException">The server does not accept the connections.</exception>
    public static LoadSession Open(LoadSettings settings, CancellationToken cancellationToken)
    {
        var workers = new List<LoadWorker>();
        var session = new LoadSession(workers);
        try
        {
            var threads = Math.Min(settings.Threads, settings.Connections);
            for (var index = 0; index < threads; index++)
                workers.Add(OpenWorker(settings, index, threads, cancellationToken));
            return session;
        }
        catch (System.Net.Sockets.SocketException e)
        {
            session.Dispose();
            throw new LoadException($"Could not connect to {settings.EndPoint}: {e.Message}", e);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Runs a phase on the workers' threads and adds up their results.</summary>
    /// <exception cref="LoadException">A worker's run was not valid.</exception>
    public async Task<PhaseResult> RunAsync(LoadPhase phase, CancellationToken cancellationToken)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var runs = new List<Task<PhaseResult>>();
        for (var index = 0; index < _workers.Count; index++)
            runs.Add(StartThread(_workers[index], phase, ShareOf(phase, index), failed));
        try
        {
            var results = await Task.WhenAll(runs);
            return Sum(results);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // One worker failed and the others were called off: report the failure, not the calling off.
            var failure = runs.Select(run => run.Exception?.InnerException).First(e => e is not null)!;
            ExceptionDispatchInfo.Throw(failure);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var worker in _workers)
            worker.Dispose();
    }

    private static LoadWorker OpenWorker(
        LoadSettings settings, int index, int threads, CancellationToken cancellationToken)
    {
        var connections = new List<LoadConnection>();
        try
        {
            var count = (settings.Connections * (index + 1) / threads) - (settings.Connections * index / threads);
            for (var token = 0; token < count; token++)
            {
                ReplyScanner scanner = settings.Protocol == WireProtocol.Plain
                    ? new PlainReplyScanner(settings.Mix.PlainLinesPerReply)
                    : new RespReplyScanner();
                cancellationToken.ThrowIfCancellationRequested();
                connections.Add(LoadConnection.Connect(settings.EndPoint, token, scanner));
            }

            var random = SeededRandom.ForWorker(settings.Seed, index);
            var keys = settings.Keys.CreatePicker(index, threads, random);
            var source = new RequestSource(settings.Mix, keys, random, settings.Pipeline);
            IReadinessPoller poller = OperatingSystem.IsLinux() && !settings.UseSelect
                ? new EpollPoller()
                : new SelectPoller();
            return new LoadWorker(poller, connections, source, settings.Pipeline);
        }
        catch
        {
            foreach (var connection in connections)
                connection.Dispose();
            throw;
        }
    }

    private static Task<PhaseResult> StartThread(
        LoadWorker worker, LoadPhase phase, WorkerShare share, CancellationTokenSource failed)
    {
        var completion = new TaskCompletionSource<PhaseResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                completion.SetResult(worker.Run(phase, share, failed.Token));
            }
            catch (OperationCanceledException)
            {
                completion.SetCanceled(failed.Token);
            }
            catch (Exception e)
            {
                completion.SetException(e);
                failed.Cancel();
            }
        })
        {
            IsBackground = true,
            Name = "load",
        };
        thread.Start();
        return completion.Task;
    }

    private WorkerShare ShareOf(LoadPhase phase, int index)
    {
        var count = _workers.Count;
        var requests = phase.Requests == long.MaxValue
            ? long.MaxValue
            : (long)((Int128)phase.Requests * (index + 1) / count) - (long)((Int128)phase.Requests * index / count);
        return new WorkerShare(requests, phase.Rate / count, (double)index / count);
    }

    private static PhaseResult Sum(IReadOnlyList<PhaseResult> results)
    {
        var latencies = new LatencyHistogram();
        foreach (var result in results)
            latencies.Add(result.Latencies);
        return new PhaseResult(
            results.Sum(result => result.Replies),
            results.Max(result => result.Elapsed),
            latencies,
            results.Sum(result => result.Unsent));
    }
}
