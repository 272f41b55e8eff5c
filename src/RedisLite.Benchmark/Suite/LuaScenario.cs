using System.Diagnostics;
using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>Scripts that only compute: how long one run of each family takes, one client, one at a time.</summary>
internal sealed class LuaScenario() : Scenario("scripts", "scripts-lua", "Scripts that compute")
{
    // Each takes some milliseconds, so that the request itself does not count.
    internal static readonly (string Key, string Title, string Script)[] Programs =
    [
        ("sums", "sums", "local s = 0 for i = 1, 300000 do s = s + i % 7 * 2 end return s"),
        ("calls", "calls",
            "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end return fib(21)"),
        ("closures", "closures",
            "local n = 0 for i = 1, 40000 do local k = i local f = function() k = k + 1 return k end n = n + f() + "
                + "f() end return n"),
        ("tables", "tables",
            "local t = {} for i = 1, 30000 do t[i] = i end for i = 1, 5000 do t['k' .. i] = i end "
            + "local s = 0 for k, v in pairs(t) do s = s + v end for i = 1, #t do s = s + t[i] end return s"),
        ("sort", "sort",
            "local t, x = {}, 42 for i = 1, 5000 do x = x * 1103515245 % 2147483648 t[i] = x end "
            + "table.sort(t) table.sort(t, function(a, b) return a > b end) return t[1]"),
        ("strings", "string building",
            "local t = {} for i = 1, 15000 do t[#t + 1] = 'item ' .. i .. ';' end "
            + "local s = table.concat(t) return #s + #string.upper(s) + #string.rep(s, 2)"),
        ("patterns", "patterns",
            "local s, n = string.rep('key=value; other = 17, ', 600), 0 for k, v in string.gmatch(s, "
            + "'(%w+)%s*=%s*(%w+)') do n = n + #k + #v end "
            + "local r, c = string.gsub(s, '%d+', '<%0>') return n + c + #r"),
        ("coroutines", "coroutines",
            "local co = coroutine.wrap(function() for i = 1, 30000 do coroutine.yield(i) end return 0 end) "
            + "local s = 0 for i = 1, 30000 do s = s + co() end return s"),
        ("cjson", "cjson round trips",
            "local t = {id = 17, name = 'a name', tags = {'x', 'y', 'z'}, nested = {a = 1.5, b = true, c = 'text'}} "
            + "local n = 0 for i = 1, 1500 do t.id = i n = n + cjson.decode(cjson.encode(t)).id end return n"),
        ("cmsgpack", "cmsgpack round trips",
            "local t = {id = 17, name = 'a name', tags = {'x', 'y', 'z'}, nested = {a = 1.5, b = true, c = 'text'}} "
            + "local n = 0 for i = 1, 2000 do t.id = i n = n + cmsgpack.unpack(cmsgpack.pack(t)).id end return n"),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures { get; } =
        [.. Programs.Select(program => new Measure(program.Key, program.Title, "ms") { Goal = 1 })];

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings) =>
        "One client runs scripts that call no command, each again and again; the time of one run.";

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        await using var client = await ControlClient.ConnectAsync(server.EndPoint, cancellationToken);
        var values = new List<MeasuredValue>();
        foreach (var (key, _, script) in Programs)
        {
            await RunForAsync(client, script, context.Settings.WarmUp, cancellationToken);
            values.Add(
                new(key, await RunForAsync(
                    client, script, context.Settings.Duration / Programs.Length, cancellationToken)));
        }

        return values;
    }

    /// <returns>Milliseconds of one run.</returns>
    /// <exception cref="LoadException">The server does not run it.</exception>
    private static async Task<double> RunForAsync(
        ControlClient client, string script, TimeSpan duration, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var runs = 0;
        do
        {
            await client.SendAsync(cancellationToken, "EVAL", script, "0");
            runs++;
        }
        while (Stopwatch.GetElapsedTime(started) < duration);
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds / runs;
    }
}
