using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace RedisLite.EndToEnd.Tests.Support;

/// <summary>A process that a test started and will end: by its own id, never by name.</summary>
/// <remarks>Its output is collected line by line; <see cref="DisposeAsync"/> kills it if it still runs.</remarks>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int SignalHangUp = 1;
    private const int SignalInterrupt = 2;
    private const int SignalTerminate = 15;
    private const int SignalContinue = 18;
    private const int SignalStop = 19;
    private const int FileSizeResource = 1;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource _outputEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(string Text, TaskCompletionSource<string> Seen)> _awaited = [];
    private int _openStreams = 2;

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>What it has written to standard output and standard error so far.</summary>
    public string Output => string.Join('\n', _lines);

    public static ChildProcess Start(string program, IEnumerable<string> arguments, string? workingDirectory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? Path.GetTempPath(),
        };
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var child = new ChildProcess(process);
        process.OutputDataReceived += (_, line) => child.Collect(line.Data);
        process.ErrorDataReceived += (_, line) => child.Collect(line.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs a program to its end and returns its exit code and everything it wrote, byte for byte.</summary>
    /// <param name="input">What it reads from standard input; its end follows.</param>
    /// <param name="workingDirectory">Where it runs; the temporary folder unless given.</param>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        string program, IEnumerable<string> arguments, string input = "", string? workingDirectory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.Latin1,
            StandardInputEncoding = Encoding.Latin1,
            WorkingDirectory = workingDirectory ?? Path.GetTempPath(),
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"{program} did not end; it wrote: {await output}{await error}");
        }

        return (process.ExitCode, await output, await error);
    }

    /// <summary>The first line written, now or later, that contains <paramref name="text"/>.</summary>
    /// <exception cref="InvalidOperationException">The process ended without writing it.</exception>
    public async Task<string> WaitForLineAsync(string text)
    {
        Task<string> seen;
        lock (_awaited)
        {
            if (_lines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } line)
                return line;
            var source = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((text, source));
            seen = source.Task;
        }

        try
        {
            if (await Task.WhenAny(seen, _outputEnded.Task).WaitAsync(RespClient.SafetyNet) == seen)
                return await seen;
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The process has not said '{text}'. It said:\n{Output}");
        }

        throw new InvalidOperationException($"The process ended without saying '{text}'. It said:\n{Output}");
    }

    /// <summary>Waits for the end of the process and returns its exit code.</summary>
    public async Task<int> WaitForExitAsync()
    {
        using var timeout = new CancellationTokenSource(RespClient.SafetyNet);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The process has not ended. It said:\n{Output}");
        }

        return _process.ExitCode;
    }

    /// <summary>Sends SIGINT, as Ctrl+C does.</summary>
    public void Interrupt() => Signal(SignalInterrupt);

    /// <summary>Sends SIGTERM.</summary>
    public void Terminate() => Signal(SignalTerminate);

    /// <summary>Sends SIGHUP, as a terminal that closes does.</summary>
    public void HangUp() => Signal(SignalHangUp);

    /// <summary>Sends SIGSTOP: it does nothing, and keeps its connections, until <see cref="Resume"/>. Linux.</summary>
    public void Freeze() => Signal(SignalStop);

    /// <summary>Sends SIGCONT.</summary>
    public void Resume() => Signal(SignalContinue);

    /// <summary>Has writes beyond a length fail, as on a full disk; null for no limit. Linux.</summary>
    public void LimitFiles(long? length)
    {
        var limit =
            new ResourceLimit { Soft = length is { } bytes ? (ulong)bytes : ulong.MaxValue, Hard = ulong.MaxValue };
        if (SetLimit(_process.Id, FileSizeResource, limit, 0) != 0)
            throw new InvalidOperationException($"The limit on files of process {_process.Id} could not be set.");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Signal(int signal)
    {
        if (SendSignal(_process.Id, signal) != 0)
            throw new InvalidOperationException($"Signal {signal} could not be sent to process {_process.Id}.");
    }

    // DllImport, not LibraryImport: the generated twin would make unsafe code legal in the whole test project.
    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int processId, int signal);

    [DllImport("libc", EntryPoint = "prlimit")]
    private static extern int SetLimit(int processId, int resource, in ResourceLimit limit, nint former);

    private void Collect(string? line)
    {
        if (line is null)
        {
            if (Interlocked.Decrement(ref _openStreams) == 0)
                _outputEnded.TrySetResult();
            return;
        }

        lock (_awaited)
        {
            _lines.Enqueue(line);
            foreach (var (text, seen) in _awaited)
            {
                if (line.Contains(text, StringComparison.Ordinal))
                    seen.TrySetResult(line);
            }
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
