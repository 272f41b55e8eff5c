using Microsoft.Extensions.Logging;
using RedisLite.Commands.Server.Metrics;
using RedisLite.Configuration;
using RedisLite.Web.Figures;

namespace RedisLite.Web.Otlp;

/// <summary>Sends a server's figures to a collector, again and again, on the thread pool.</summary>
/// <remarks>
/// A collector that cannot be reached is tried again with the next report; nothing is kept for it, since the next
/// report has the same counters. The log says when it fails, and when it works again.
/// </remarks>
internal sealed class OtlpReports : IAsyncDisposable
{
    private readonly MeterReader _reader;
    private readonly OtlpSender _sender;
    private readonly OtlpStarts _starts;
    private readonly IReadOnlyList<KeyValuePair<string, string>> _resource;
    private readonly string _version;
    private readonly TimeProvider _clock;
    private readonly ILogger? _log;
    private readonly CancellationTokenSource _ending = new();
    private readonly PeriodicTimer _timer;
    private readonly Task _running;
    private bool _isFailing;
    private int _isEnded;

    public OtlpReports(
        ServerMeter meter, OtlpSettings settings, OtlpEnvironment environment, TimeProvider clock, ILogger? log)
    {
        _reader = new MeterReader(meter);
        _sender = new OtlpSender(settings, environment.Headers);
        _resource = environment.Resource;
        _version = meter.Version;
        _clock = clock;
        _log = log;
        _starts = new OtlpStarts(Now());
        _timer = new PeriodicTimer(settings.Interval, clock);
        _running = Task.Run(RunAsync);
    }

    /// <summary>Ends a report that is on its way.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isEnded, 1) != 0)
            return;
        await _ending.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _timer.Dispose();
        _sender.Dispose();
        _reader.Dispose();
        _ending.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (await _timer.WaitForNextTickAsync(_ending.Token).ConfigureAwait(false))
            {
                try
                {
                    await ReportAsync().ConfigureAwait(false);
                }
                catch (Exception fault) when (fault is not OperationCanceledException)
                {
                    _log?.LogError(fault, "Figures could not be reported; the next report tries again");
                }
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // The server ends.
        }
    }

    private async Task ReportAsync()
    {
        var now = Now();
        var report = new OtlpReport(_starts, now);
        _reader.Read(report);
        _starts.Reported(now);
        var failure = await _sender.SendAsync(report.End(_resource, _version), _ending.Token).ConfigureAwait(false);
        if (failure is not null && !_isFailing)
            _log?.LogWarning("Figures do not reach the collector {Endpoint}: {Failure}", _sender.Endpoint, failure);
        else if (failure is null && _isFailing)
            _log?.LogInformation("Figures reach the collector {Endpoint} again", _sender.Endpoint);
        _isFailing = failure is not null;
    }

    private ulong Now() => (ulong)(_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
}
