using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Measurement;

/// <summary>Runs load against servers.</summary>
/// <param name="progress">Told how far a run is.</param>
internal sealed class LoadRunner(ILoadProgress progress)
{
    private const int FillConnections = 8;
    private const int FillBytesUnderWay = 256 * 1024;

    /// <summary>Warms up, measures.</summary>
    /// <exception cref="LoadException">The run is not valid.</exception>
    public async Task<LoadMeasurement> MeasureAsync(
        ServerInstance server, LoadProfile profile, CancellationToken cancellationToken)
    {
        using var session = await OpenAsync(server, profile, cancellationToken);
        if (profile.WarmUp > TimeSpan.Zero)
        {
            var rate = profile.Phase.Rate;
            await session.RunAsync(new LoadPhase { Duration = profile.WarmUp, Rate = rate }, cancellationToken);
        }

        // What start-up and warm-up left behind is collected now, not during the measurement.
        GC.Collect();
        var before = Counters.Read(server, session);
        var result = await RunWithProgressAsync(session, profile.Phase, profile.Test.Name, cancellationToken);
        return Summarize(result, before, Counters.Read(server, session), session.FirstError);
    }

    /// <summary>Opens the connections of a profile, for phases of the caller's own.</summary>
    public static async Task<LoadSession> OpenAsync(
        ServerInstance server, LoadProfile profile, CancellationToken cancellationToken)
    {
        var protocol = profile.Inline ? await server.DetectInlineProtocolAsync(cancellationToken) : WireProtocol.Resp;
        return LoadSession.Open(
            new LoadSettings
            {
                EndPoint = server.EndPoint,
                Protocol = protocol,
                Mix = profile.Test.CreateMix(protocol, profile.ValueSizes),
                Connections = profile.Connections,
                Threads = profile.Threads,
                Pipeline = profile.Pipeline,
                Keys = profile.Keys,
                Seed = profile.Seed,
                UseSelect = profile.UseSelect,
            },
            cancellationToken);
    }

    /// <summary>Sets every key of a keyspace once.</summary>
    public async Task<PhaseResult> FillAsync(
        ServerInstance server, long keyCount, IReadOnlyList<int> valueSizes, CancellationToken cancellationToken)
    {
        var profile = new LoadProfile
        {
            Test = TestCatalog.Fill,
            Connections = (int)Math.Min(FillConnections, keyCount),
            Pipeline = Math.Clamp(FillBytesUnderWay / valueSizes.Max(), 1, 64),
            ValueSizes = valueSizes,
            Keys = new KeySpace { Count = keyCount, Distribution = KeyDistribution.Sequential },
        };
        using var session = await OpenAsync(server, profile, cancellationToken);
        var phase = new LoadPhase { Requests = keyCount };
        var result = await RunWithProgressAsync(session, phase, "fill", cancellationToken);
        if (session.Errors > 0)
            throw new LoadException($"Filling {server.Name} with {keyCount} keys got an error: {session.FirstError}");
        return result;
    }

    private async Task<PhaseResult> RunWithProgressAsync(
        LoadSession session, LoadPhase phase, string name, CancellationToken cancellationToken)
    {
        using var watched = progress.Watch(session, phase, name);
        return await session.RunAsync(phase, cancellationToken);
    }

    private static LoadMeasurement Summarize(PhaseResult result, Counters before, Counters after, string? firstError)
    {
        var seconds = result.Elapsed.TotalSeconds;
        var replies = Math.Max(1, result.Replies);
        var latencies = result.Latencies;
        return new LoadMeasurement
        {
            Requests = result.Replies,
            Seconds = seconds,
            RequestsPerSecond = result.Replies / seconds,
            MeanMs = latencies.MeanMs,
            P50Ms = latencies.PercentileMs(50),
            P90Ms = latencies.PercentileMs(90),
            P99Ms = latencies.PercentileMs(99),
            P999Ms = latencies.PercentileMs(99.9),
            MaxMs = latencies.MaxMs,
            Errors = after.Errors - before.Errors,
            FirstError = firstError,
            Nils = after.Nils - before.Nils,
            Unsent = result.Unsent,
            ReceivedMegabytesPerSecond = (after.ReceivedBytes - before.ReceivedBytes) / seconds / 1e6,
            ServerCpuMicrosecondsPerRequest = before.Server is { } first && after.Server is { } last
                ? (last.CpuTime - first.CpuTime).TotalMicroseconds / replies
                : null,
            ServerPeakBytes = after.Server?.PeakResidentBytes,
            ServerResidentBytes = after.Server?.ResidentBytes,
            OwnCpuMicrosecondsPerRequest = (after.OwnCpu - before.OwnCpu).TotalMicroseconds / replies,
        };
    }

    private readonly record struct Counters(
        ProcessSample? Server, TimeSpan OwnCpu, long Errors, long Nils, long ReceivedBytes)
    {
        public static Counters Read(ServerInstance server, LoadSession session) => new(
            server.Sample(), Environment.CpuUsage.TotalTime, session.Errors, session.Nils, session.ReceivedBytes);
    }
}
