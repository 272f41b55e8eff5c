using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using RedisLite.Benchmark.Load;

namespace RedisLite.Benchmark.Servers;

/// <summary>
/// A server process started here, on a free port, with a directory of its own; both go when it is disposed.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int OutputLinesKept = 20;
    private const int TerminateSignal = 15;
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReadyPoll = TimeSpan.FromMilliseconds(2);

    private readonly string _name;
    private readonly IReadOnlyList<string> _command;
    private readonly Process _process;
    private readonly string _directory;
    private readonly Queue<string> _output = new();
    private bool _hasEnded;

    private ServerProcess(
        string name, IReadOnlyList<string> command, Process process, string directory, IPEndPoint endPoint)
    {
        _name = name;
        _command = command;
        _process = process;
        _directory = directory;
        EndPoint = endPoint;
        process.OutputDataReceived += (_, line) => KeepOutput(line.Data);
        process.ErrorDataReceived += (_, line) => KeepOutput(line.Data);
    }

    public int Pid => _process.Id;

    public IPEndPoint EndPoint { get; }

    /// <summary>From before the process existed to its first <c>PONG</c>, to within a few milliseconds.</summary>
    public TimeSpan StartToReady { get; private set; }

    /// <exception cref="LoadException">It cannot be started, ends at once, or does not answer within a
    /// minute.</exception>
    public static Task<ServerProcess> StartAsync(
        string name, IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        StartAsync(name, command, Directory.CreateTempSubdirectory("redislite-benchmark-").FullName, cancellationToken);

    /// <summary>Ends the process as an operator would, and starts it again with the files that it left.</summary>
    /// <returns>The new process, whose the directory is now; this object is done with.</returns>
    /// <exception cref="LoadException">It does not come back.</exception>
    public async Task<ServerProcess> RestartAsync(CancellationToken cancellationToken)
    {
        await EndAsync();
        return await StartAsync(_name, _command, _directory, cancellationToken);
    }

    private static async Task<ServerProcess> StartAsync(
        string name, IReadOnlyList<string> command, string directory, CancellationToken cancellationToken)
    {
        var endPoint = new IPEndPoint(IPAddress.Loopback, FreePort());
        var start = new ProcessStartInfo { RedirectStandardOutput = true, RedirectStandardError = true };
        start.FileName = command[0];
        foreach (var argument in command.Skip(1))
            start.ArgumentList.Add(Expand(argument, endPoint.Port, directory));
        var process = new ServerProcess(name, command, new Process { StartInfo = start }, directory, endPoint);
        var clock = Stopwatch.StartNew();
        try
        {
            process._process.Start();
        }
        catch (Win32Exception e)
        {
            process.RemoveDirectory();
            throw new LoadException($"Could not start {name}: {command[0]}: {e.Message}", e);
        }

        try
        {
            process._process.BeginOutputReadLine();
            process._process.BeginErrorReadLine();
            await process.WaitUntilReadyAsync(clock, cancellationToken);
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the process that was started, politely first, and waits for its end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_hasEnded)
            return;
        await EndAsync();
        RemoveDirectory();
    }

    private async Task EndAsync()
    {
        _hasEnded = true;
        if (!_process.HasExited)
        {
            if (OperatingSystem.IsWindows())
                _process.Kill();
            else
                _ = NativeMethods.Kill(_process.Id, TerminateSignal);
            using var timeout = new CancellationTokenSource(EndTimeout);
            try
            {
                await _process.WaitForExitAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
                await _process.WaitForExitAsync(CancellationToken.None);
            }
        }

        _process.Dispose();
    }

    private static string Expand(string argument, int port, string directory) => argument
        .Replace(ServerSpec.PortPlaceholder, $"{port}", StringComparison.Ordinal)
        .Replace(ServerSpec.DirectoryPlaceholder, directory, StringComparison.Ordinal);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task WaitUntilReadyAsync(Stopwatch clock, CancellationToken cancellationToken)
    {
        while (!await AnswersAsync(cancellationToken))
        {
            if (_process.HasExited)
                throw new LoadException($"{_name} ended with code {_process.ExitCode} before it answered.{Output()}");
            if (clock.Elapsed > ReadyTimeout)
                throw new LoadException($"{_name} did not answer on port {EndPoint.Port}.{Output()}");
            await Task.Delay(ReadyPoll, cancellationToken);
        }

        StartToReady = clock.Elapsed;
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(AnswerTimeout);
        try
        {
            await using var client = await ControlClient.ConnectAsync(EndPoint, timeout.Token);
            return await client.SendAsync(timeout.Token, "PING") == "PONG";
        }
        catch (Exception e) when (e is SocketException or LoadException)
        {
            return false; // not listening yet, or loading
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false; // a connection taken and never served: the next may fare better
        }
    }

    private void KeepOutput(string? line)
    {
        if (line is null)
            return;
        lock (_output)
        {
            _output.Enqueue(line);
            if (_output.Count > OutputLinesKept)
                _output.Dequeue();
        }
    }

    private string Output()
    {
        lock (_output)
            return _output.Count == 0 ? "" : " Its last output:\n" + string.Join('\n', _output);
    }

    private void RemoveDirectory()
    {
        try
        {
            Directory.Delete(_directory, recursive: true);
        }
        catch (IOException)
        {
            // Left in the temporary directory; not worth failing a finished measurement.
        }
    }

    private static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Kill(int pid, int signal);
    }
}
