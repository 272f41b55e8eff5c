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

    [SkippableFact]
    public async Task It_creates_a_cluster_reshards_it_adds_a_node_and_takes_it_away()
    {
        var program = ExternalProgram.Require("redis-cli");
        await using var cluster = await TestCluster.StartApartAsync(3);
        var addresses = cluster.Nodes.Select(node => $"127.0.0.1:{node.Port}").ToArray();
        var created = await RunAsync(program, ["--cluster", "create", .. addresses, "--cluster-yes"]);
        Assert.Contains("[OK] All nodes agree about slots configuration.", created, StringComparison.Ordinal);
        Assert.Contains("[OK] All 16384 slots covered", created, StringComparison.Ordinal);
        await cluster.WhenServingAsync();
        Assert.Equal("OK", await RunAsync(program, "-c", "-p", $"{cluster[0].Port}", "SET", "foo", "bar"));

        string[] plan = ["--cluster-from", await cluster[2].IdAsync(), "--cluster-to", await cluster[0].IdAsync()];
        await RunAsync(program, ["--cluster", "reshard", addresses[1], .. plan, "--cluster-slots", "25",
            "--cluster-yes"]);
        Assert.Equal("bar", await RunAsync(program, "-c", "-p", $"{cluster[0].Port}", "GET", "foo"));

        await using var fourth = await TestNode.StartAsync();
        await RunAsync(program, "--cluster", "add-node", $"127.0.0.1:{fourth.Port}", addresses[0]);
        await fourth.WhenServingAsync(4);
        await RunAsync(program, "--cluster", "del-node", addresses[0], await fourth.IdAsync());
        await Eventually.TrueAsync(async () => (await fourth.RunAsync("CLUSTER INFO"))
            .Contains("cluster_known_nodes:1\r", StringComparison.Ordinal));
        await cluster.WhenServingAsync();
        var check = await RunAsync(program, "--cluster", "check", addresses[2]);
        Assert.Contains("[OK] All nodes agree about slots configuration.", check, StringComparison.Ordinal);
        Assert.Contains("[OK] All 16384 slots covered", check, StringComparison.Ordinal);
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
