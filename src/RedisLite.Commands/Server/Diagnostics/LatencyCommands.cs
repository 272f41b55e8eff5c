using System.Text;
using RedisLite.Commands.Execution;

namespace RedisLite.Commands.Server.Diagnostics;

/// <summary>LATENCY: what took long, and how long each command takes.</summary>
[CommandContainer("LATENCY", Group = CommandGroup.Server, Since = "2.8.13", HelpSince = "2.8.13",
    Summary = "A container for latency diagnostics commands.")]
internal static class LatencyCommands
{
    private const CommandFlags Common =
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale;

    [Command("LATENCY LATEST", Arity = 2, Flags = Common, Group = CommandGroup.Server, Since = "2.8.13",
        Summary = "Returns the latest latency samples for all events.")]
    public static void Latest(ref CommandContext ctx)
    {
        var events = ctx.Services.Latency.Events();
        ctx.Reply.Array(events.Count);
        foreach (var item in events)
        {
            ctx.Reply.Array(4);
            ctx.Reply.Bulk(Encoding.ASCII.GetBytes(item.Name));
            ctx.Reply.Integer(item.Samples[^1].UnixSeconds);
            ctx.Reply.Integer(item.Samples[^1].Milliseconds);
            ctx.Reply.Integer(item.WorstMilliseconds);
        }
    }

    [Command("LATENCY HISTORY", Arity = 3, Flags = Common, Group = CommandGroup.Server, Since = "2.8.13",
        Syntax = "event", Summary = "Returns timestamp-latency samples for an event.")]
    public static void History(ref CommandContext ctx)
    {
        var samples = ctx.Services.Latency.Find(Encoding.Latin1.GetString(ctx.Args[2]))?.Samples ?? [];
        ctx.Reply.Array(samples.Count);
        foreach (var (second, milliseconds) in samples)
        {
            ctx.Reply.Array(2);
            ctx.Reply.Integer(second);
            ctx.Reply.Integer(milliseconds);
        }
    }

    [Command("LATENCY RESET", Arity = -2, Flags = Common, Group = CommandGroup.Server, Since = "2.8.13",
        Syntax = "[event [event ...]]", Summary = "Resets the latency data for one or more events.")]
    public static void Reset(ref CommandContext ctx)
    {
        var names = new List<string>();
        for (var i = 2; i < ctx.Args.Count; i++)
            names.Add(Encoding.Latin1.GetString(ctx.Args[i]));
        ctx.Reply.Integer(ctx.Services.Latency.Reset(names));
    }

    [Command("LATENCY HISTOGRAM", Arity = -2, Flags = Common | CommandFlags.Pooled, Group = CommandGroup.Server,
        Since = "7.0.0",
        Complexity = "O(N) where N is the number of commands with latency information being retrieved.",
        Syntax = "[command [command ...]]",
        Summary = "Returns the cumulative distribution of latencies of a subset or all commands.")]
    public static void Histogram(ref CommandContext ctx)
    {
        var sums = ctx.Services.Statistics.Collect();
        var mark = ctx.Reply.BeginAggregate();
        var count = 0;
        foreach (var command in Named(ref ctx))
        {
            if (sums.ByCommand[command.Ordinal].Latency is not { Count: > 0 } histogram)
                continue;
            count++;
            ctx.Reply.Bulk(command.NameBytes.Span);
            Write(ref ctx, histogram);
        }

        ctx.Reply.EndMap(mark, count);
    }

    [Command("LATENCY GRAPH", Arity = 3, Flags = Common, Group = CommandGroup.Server, Since = "2.8.13",
        Syntax = "event", Summary = "Returns a latency graph for an event.")]
    public static void Graph(ref CommandContext ctx)
    {
        var name = Encoding.Latin1.GetString(ctx.Args[2]);
        if (ctx.Services.Latency.Find(name) is { } item)
            ctx.Reply.Verbatim("txt"u8, Encoding.ASCII.GetBytes(LatencyGraph.Draw(item, ctx.NowMs / 1000)));
        else
            ctx.Reply.Error(Encoding.Latin1.GetBytes($"ERR No samples available for event '{name}'"));
    }

    [Command("LATENCY DOCTOR", Arity = 2, Flags = Common, Group = CommandGroup.Server, Since = "2.8.13",
        Summary = "Returns a human-readable latency analysis report.")]
    public static void Doctor(ref CommandContext ctx) =>
        ctx.Reply.Verbatim(
            "txt"u8, Encoding.ASCII.GetBytes(LatencyDoctor.Report(ctx.Services.Latency.Events(), ctx.Options)));

    /// <summary>
    /// The commands that the request names, a container's subcommands in its place; all when it names none.
    /// </summary>
    private static List<Command> Named(ref CommandContext ctx)
    {
        var table = ctx.Services.Commands;
        if (ctx.Args.Count == 2)
            return [.. table.Runnable];
        var commands = new List<Command>();
        for (var i = 2; i < ctx.Args.Count; i++)
        {
            if (table.FindByFullName(ctx.Args[i]) is not { } command)
                continue;
            commands.Add(command);
            if (command.Subcommands is { } subcommands)
                commands.AddRange(subcommands.Values.OrderBy(sub => sub.Name, StringComparer.Ordinal));
        }

        return commands;
    }

    private static void Write(ref CommandContext ctx, LatencyHistogram histogram)
    {
        var steps = histogram.Cumulative();
        ctx.Reply.Map(2);
        ctx.Reply.Bulk("calls"u8);
        ctx.Reply.Integer(histogram.Count);
        ctx.Reply.Bulk("histogram_usec"u8);
        ctx.Reply.Map(steps.Count);
        foreach (var (microseconds, count) in steps)
        {
            ctx.Reply.Integer(microseconds);
            ctx.Reply.Integer(count);
        }
    }
}
