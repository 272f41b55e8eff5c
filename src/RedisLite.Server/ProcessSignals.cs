using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace RedisLite.Server;

/// <summary>The signals that end the server, and the one that does not.</summary>
/// <remarks>
/// <code>
///   SIGINT, SIGTERM, SIGQUIT   save; end if that worked, else say why and serve on; once more within ten seconds: end
///   anyway
///   SIGHUP                     no end: a terminal that closes, or a wish to open files again; the log is opened for
///   each line anyway, the audit trail now
/// </code>
/// In place of the host's own lifetime, which ends whatever happens. Signals come on threads of the runtime.
/// </remarks>
internal sealed class ProcessSignals(ServerHandle handle, IHostApplicationLifetime lifetime, ILoggerFactory loggers)
    : IHostLifetime, IDisposable
{
    private const long InsistenceMs = 10_000;

    private readonly ILogger _log = loggers.CreateLogger("redislite");
    private readonly Lock _gate = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private bool _isSaving;
    private bool _insists;
    private long _refusedAtMs = long.MinValue / 2;

    /// <summary>
    /// Takes back what the parent has left ignored, as a shell does with SIGINT for what it runs in the background:
    /// .NET would leave it so, and the server could not be ended by it. Before the first registration.
    /// </summary>
    public static void TakeIgnored()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var mask = File.ReadLines("/proc/self/status").FirstOrDefault(
            line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        if (mask is null || !ulong.TryParse(
            mask.AsSpan("SigIgn:".Length).Trim(), System.Globalization.NumberStyles.HexNumber, null, out var ignored))
            return;
        foreach (var signal in (int[])[NativeProcess.SigInt, NativeProcess.SigQuit, NativeProcess.SigTerm])
            if ((ignored >> (signal - 1) & 1) != 0)
                NativeProcess.ResetSignal(signal);
    }

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT])
            _registrations.Add(PosixSignalRegistration.Create(signal, OnEnd));
        if (!OperatingSystem.IsWindows())
            _registrations.Add(
                PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnHangUp));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _registrations.ForEach(static registration => registration.Dispose());

    private void OnHangUp(PosixSignalContext context)
    {
        context.Cancel = true;
        handle.Server?.ReopenFiles();
    }

    private void OnEnd(PosixSignalContext context)
    {
        context.Cancel = true;
        if (handle.Server is not { } server)
        {
            // Nothing is served yet, and nothing can be lost.
            lifetime.StopApplication();
            return;
        }

        lock (_gate)
        {
            _insists = _isSaving || Environment.TickCount64 - _refusedAtMs < InsistenceMs;
            if (_insists && !_isSaving)
            {
                _log.LogWarning("Received {Signal} again: ending without having saved", context.Signal);
                server.GiveUpSaving();
                lifetime.StopApplication();
            }

            if (_insists)
                return;
            _isSaving = true;
        }

        _log.LogInformation("Received {Signal}: saving before the end", context.Signal);
        _ = SaveAndEndAsync(server);
    }

    private async Task SaveAndEndAsync(Hosting.RedisLiteServer server)
    {
        var failure = await server.SaveBeforeStopAsync().ConfigureAwait(false);
        lock (_gate)
        {
            _isSaving = false;
            if (failure is not null && !_insists)
            {
                _refusedAtMs = Environment.TickCount64;
                _log.LogError(
                    "{Failure}. The server goes on, since its data would be lost; the same signal again within "
                    + "{Seconds} seconds, "
                    + "SHUTDOWN NOSAVE or SHUTDOWN FORCE ends it all the same",
                    failure, InsistenceMs / 1000);
                return;
            }
        }

        if (failure is not null)
            server.GiveUpSaving();
        lifetime.StopApplication();
    }
}
