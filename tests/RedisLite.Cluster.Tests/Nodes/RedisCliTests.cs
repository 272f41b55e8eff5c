using System.Diagnostics;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Cluster.Tests.Nodes;

/// <summary>redis-cli as it is, on nodes that know each other.</summary>
public sealed class RedisCliTests
{
    [SkippableFact]
    public async Task It_follows_redirections()
    {
        var program = ExternalProgram.Require("redis-cli");
        var (low, high) = await TestNode.StartPairAsync();
        await using var first = low;
        await using var second = high;
        Assert.Equal("OK", await RunAsync(program, "-c", "-p", $"{low.Port}", "SET", "a", "1"));
        Assert.Equal("1", await RunAsync(program, "-c", "-p", $"{low.Port}", "GET", "a"));
        Assert.Equal("1", await high.RunAsync("GET a"));
    }

    [SkippableFact]
    public async Task It_checks_and_reshards()
    {
        var program = ExternalProgram.Require("redis-cli");
        var (low, high) = await TestNode.StartPairAsync();
        await using var first = low;
        await using var second = high;
        for (var i = 0; i < 200; i++)
            await high.RunAsync($"SET {{716}}{i} {i}");
        await RunAsync(program, "-c", "-p", $"{low.Port}", "SET", "foo", "bar");

        var address = $"127.0.0.1:{low.Port}";
        var (to, from) = (await low.IdAsync(), await high.IdAsync());
        var before = await RunAsync(program, "--cluster", "check", address);
        Assert.Contains("[OK] All 16384 slots covered", before, StringComparison.Ordinal);
        string[] plan = ["--cluster-from", from, "--cluster-to", to, "--cluster-slots", "20", "--cluster-yes"];
        await RunAsync(program, ["--cluster", "reshard", address, .. plan]);

        var check = await RunAsync(program, "--cluster", "check", address);
        Assert.Contains("[OK] All nodes agree about slots configuration.", check, StringComparison.Ordinal);
        Assert.Contains("[OK] All 16384 slots covered", check, StringComparison.Ordinal);
        Assert.Equal("200", await low.RunAsync("CLUSTER COUNTKEYSINSLOT 8196"));
        Assert.Equal("199", await low.RunAsync("GET {716}199"));
        Assert.Equal($"-MOVED 8196 127.0.0.1:{low.Port}", await high.RunAsync("GET {716}199"));
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output + await errors);
        return output.Trim();
    }
}
