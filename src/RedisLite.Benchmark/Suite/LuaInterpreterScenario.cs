using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>
/// Scripts that only compute, beside the interpreter that Debian calls <c>lua5.1</c>: what one run takes in both.
/// </summary>
/// <remarks>
/// Processor time, so that a busy machine hurts neither. cjson and cmsgpack are not part of that program.
/// </remarks>
internal sealed class LuaInterpreterScenario()
    : Scenario("scripts", "scripts-lua51", "Scripts that compute, beside lua5.1")
{
    private const string Interpreter = "lua5.1";

    private static readonly (string Key, string Title, string Script)[] Programs =
        [.. LuaScenario.Programs.Where(program => program.Key is not ("cjson" or "cmsgpack"))];

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures { get; } =
        [.. Programs.Select(program => new Measure(program.Key, program.Title, "times lua5.1") { Goal = 1 })];

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings) =>
        "Each script again and again, sent by one client and run by lua5.1 itself; what one run takes of the processor "
        + "in the server, as a multiple of what it takes there. Without lua5.1 there are no figures.";

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        await using var client = await ControlClient.ConnectAsync(server.EndPoint, cancellationToken);
        var duration = context.Settings.Duration / 2;
        var values = new List<MeasuredValue>();
        foreach (var (key, _, script) in Programs)
        {
            await RunForAsync(server, client, script, context.Settings.WarmUp, cancellationToken);
            if (await RunForAsync(server, client, script, duration, cancellationToken) is { } ours
                && await InterpretForAsync(script, duration, cancellationToken) is { } theirs)
                values.Add(new(key, ours / theirs));
        }

        return values;
    }

    /// <returns>Milliseconds of the processor for one run; null for a server whose process is not known.</returns>
    private static async Task<double?> RunForAsync(
        ServerInstance server, ControlClient client, string script, TimeSpan duration,
        CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var before = server.Sample();
        var runs = 0;
        do
        {
            await client.SendAsync(cancellationToken, "EVAL", script, "0");
            runs++;
        }
        while (Stopwatch.GetElapsedTime(started) < duration);
        return server.Sample() is { } after && before is { } first
            ? (after.CpuTime - first.CpuTime).TotalMilliseconds / runs
            : null;
    }

    /// <returns>The same of the interpreter; null where there is none.</returns>
    private static async Task<double?> InterpretForAsync(
        string script, TimeSpan duration, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Interpreter, "-")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        try
        {
            using var process = Process.Start(start)!;
            await process.StandardInput.WriteAsync(string.Create(CultureInfo.InvariantCulture,
                $$"""
                local script = function() {{script}} end
                local started, runs = os.clock(), 0
                repeat script() runs = runs + 1 until os.clock() - started > {{duration.TotalSeconds}}
                print((os.clock() - started) / runs * 1000)
                """));
            process.StandardInput.Close();
            var printed = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return double.TryParse(printed, CultureInfo.InvariantCulture, out var figure) ? figure : null;
        }
        catch (Win32Exception)
        {
            return null; // not installed
        }
    }
}
