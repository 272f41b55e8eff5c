using System.Net;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Cluster.Tests.Processes.Harness;

/// <summary>A host of a <see cref="NetworkLab"/>: a network namespace with an address of its own.</summary>
/// <remarks>
/// What it sends to another vanishes while that one's hardware address is a wrong one, entered for good: connections
/// stay open on both sides, nothing is refused, and no more arrives. So each direction can be cut by itself.
/// </remarks>
internal sealed class VirtualHost(int holder, IPAddress address)
{
    private const string Device = "eth0";
    private const string Nobody = "02:00:00:00:ff:fe";

    public IPAddress Address => address;

    /// <summary>The words that start a program on this host.</summary>
    public IReadOnlyList<string> Enter => ["nsenter", "-t", $"{holder}", "-n", "--"];

    /// <summary>From now on nothing of what this host sends reaches the other.</summary>
    public Task CutToAsync(VirtualHost other) =>
        RunAsync("ip", "neigh", "replace", $"{other.Address}", "lladdr", Nobody, "dev", Device, "nud", "permanent");

    /// <summary>The end of <see cref="CutToAsync"/>; for a way that is not cut, nothing.</summary>
    public async Task HealToAsync(VirtualHost other)
    {
        var (_, known, _) = await TryAsync("ip", "neigh", "show", $"{other.Address}", "dev", Device);
        if (known.Contains(Nobody, StringComparison.Ordinal))
            await RunAsync("ip", "neigh", "del", $"{other.Address}", "dev", Device);
    }

    /// <summary>What this host sends goes out this slowly, and waits for its turn for up to some seconds.</summary>
    public Task SlowDownAsync(int kilobits) => RunAsync(
        "tc", "qdisc", "replace", "dev", Device, "root", "tbf", "rate", $"{kilobits}kbit", "burst", "16kb", "latency",
        "3s");

    /// <summary>The end of <see cref="SlowDownAsync"/>; for a host that is not slow, nothing.</summary>
    public Task SpeedUpAsync() => TryAsync("tc", "qdisc", "del", "dev", Device, "root");

    /// <summary>Runs a program on this host, which has to succeed.</summary>
    public async Task RunAsync(params string[] words)
    {
        var (exitCode, output, error) = await TryAsync(words);
        if (exitCode != 0)
            throw new InvalidOperationException($"{string.Join(' ', words)}: {output}{error}");
    }

    private Task<(int ExitCode, string Output, string Error)> TryAsync(params string[] words) =>
        ChildProcess.RunAsync(Enter[0], [.. Enter.Skip(1), .. words]);
}
