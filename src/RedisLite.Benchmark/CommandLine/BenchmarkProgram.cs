using System.CommandLine;
using System.CommandLine.Invocation;
using RedisLite.Benchmark.Load;
using Spectre.Console;

namespace RedisLite.Benchmark.CommandLine;

/// <summary>From arguments to an exit code: 0 for valid figures, 1 for none, 130 after Ctrl+C.</summary>
internal static class BenchmarkProgram
{
    private const int PipeWidth = 200;

    /// <summary>After Ctrl+C: enough to end the servers that were started.</summary>
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(string[] args)
    {
        var console = AnsiConsole.Console;
        if (Console.IsOutputRedirected)
            console.Profile.Width = PipeWidth;
        var root = new RunCommand().Build(
            (options, token) => Guard(() => RunExecution.RunAsync(options, console, token)));
        root.Subcommands.Add(
            new SuiteCommand().Build(
                (options, token) => Guard(() => SuiteExecution.RunAsync(options, console, token))));
        var parsed = root.Parse(args);
        if (parsed.Action is ParseErrorAction error)
            error.ShowHelp = false; // a page of help would hide the line that says what is wrong
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = EndTimeout });
    }

    private static async Task<int> Guard(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (LoadException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
    }
}
