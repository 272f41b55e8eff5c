using System.Diagnostics;
using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Servers;
using Spectre.Console;

namespace RedisLite.Benchmark.CommandLine;

/// <summary>A bar on a terminal; on anything else a line for each step.</summary>
/// <remarks>It writes to the error stream, so that results can be piped.</remarks>
internal static class TerminalProgress
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);

    /// <summary>Runs work that reports to what it is given.</summary>
    public static async Task<T> RunAsync<T>(bool show, Func<ILoadProgress, Task<T>> work)
    {
        if (!show)
            return await work(new SilentProgress());
        if (Console.IsErrorRedirected)
            return await work(new LineProgress(Console.Error));
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        var progress = console.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn());
        progress.RefreshRate = Refresh;
        return await progress.StartAsync(context => work(new BarProgress(context)));
    }

    /// <summary>Says nothing.</summary>
    internal sealed class SilentProgress : ILoadProgress
    {
        public void Say(string step)
        {
        }

        public IDisposable Watch(LoadSession session, LoadPhase phase, string name) => new Ended(static () => { });
    }

    private sealed class LineProgress(TextWriter writer) : ILoadProgress
    {
        public void Say(string step) => writer.WriteLine(step);

        public IDisposable Watch(LoadSession session, LoadPhase phase, string name) => new Ended(static () => { });
    }

    private sealed class BarProgress(ProgressContext context) : ILoadProgress
    {
        private string _step = "";

        public void Say(string step) => _step = step;

        public IDisposable Watch(LoadSession session, LoadPhase phase, string name)
        {
            var description = _step.Length > 0 ? _step : name;
            var task = context.AddTask(Markup.Escape(description), maxValue: 1);
            var completedBefore = session.Completed;
            var start = Stopwatch.GetTimestamp();
            var timer = new Timer(_ => Update(), null, Refresh, Refresh);
            return new Ended(() =>
            {
                timer.Dispose();
                task.Value = 1;
                task.StopTask();
            });

            void Update()
            {
                var completed = session.Completed - completedBefore;
                var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                var byCount = phase.Requests == long.MaxValue ? 0 : (double)completed / phase.Requests;
                var byTime = phase.Duration == TimeSpan.MaxValue ? 0 : seconds / phase.Duration.TotalSeconds;
                task.Value = Math.Clamp(Math.Max(byCount, byTime), 0, 1);
                task.Description = Markup.Escape($"{description}: {completed / seconds:#,0}/s");
            }
        }
    }

    private sealed class Ended(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
