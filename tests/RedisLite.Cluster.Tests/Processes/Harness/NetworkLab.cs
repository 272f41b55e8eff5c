using System.Globalization;
using System.Net;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Cluster.Tests.Processes.Harness;

/// <summary>Hosts of a network that is a test's own, on which links can be cut.</summary>
/// <remarks>
/// <code>
///   this machine        namespace "switch"          namespace of each host
///     rl... ------------- bridge ------------------- eth0 10.x.y.1, .2, ...
///     10.x.y.254
/// </code>
/// Each namespace lives as long as the process that holds it; with these the whole of it is gone. It needs root and
/// Linux's <c>ip</c>, <c>tc</c>, <c>unshare</c> and <c>nsenter</c>, and rights that containers often lack.
/// </remarks>
internal sealed class NetworkLab : IAsyncDisposable
{
    private const int OwnHost = 254;

    private readonly List<ChildProcess> _holders = [];
    private readonly List<VirtualHost> _hosts = [];

    // Few networks use these; another test's has other numbers.
    private readonly string _network = string.Create(
        CultureInfo.InvariantCulture, $"10.{Random.Shared.Next(200, 250)}.{Random.Shared.Next(1, 255)}");

    private NetworkLab()
    {
    }

    public IReadOnlyList<VirtualHost> Hosts => _hosts;

    /// <summary>The calling test skips where no network can be made: few machines give that right.</summary>
    public static async Task<NetworkLab> RequireAsync(int hosts)
    {
        var (lab, hindrance) = await CreateAsync(hosts);
        Skip.If(lab is null, $"No network of one's own on this machine: {hindrance}");
        return lab!;
    }

    /// <summary>A network, or null where none can be made.</summary>
    public static async Task<NetworkLab?> TryCreateAsync(int hosts) => (await CreateAsync(hosts)).Lab;

    /// <summary>Cuts both directions of all links between two groups of hosts.</summary>
    public static async Task CutAsync(IEnumerable<VirtualHost> some, IEnumerable<VirtualHost> others)
    {
        foreach (var (one, other) in Pairs(some, others))
        {
            await one.CutToAsync(other);
            await other.CutToAsync(one);
        }
    }

    /// <summary>Nothing that the first group sends reaches the second; the other direction stays.</summary>
    public static async Task CutOneWayAsync(IEnumerable<VirtualHost> from, IEnumerable<VirtualHost> to)
    {
        foreach (var (one, other) in Pairs(from, to))
            await one.CutToAsync(other);
    }

    /// <summary>All links stand again, and are fast.</summary>
    public async Task HealAsync()
    {
        foreach (var host in _hosts)
            await host.SpeedUpAsync();
        foreach (var (one, other) in Pairs(_hosts, _hosts))
            await one.HealToAsync(other);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var holder in _holders)
            await holder.DisposeAsync();
    }

    private static async Task<(NetworkLab? Lab, string? Hindrance)> CreateAsync(int hosts)
    {
        var lab = new NetworkLab();
        var hindrance = await lab.BuildAsync(hosts);
        if (hindrance is null)
            return (lab, null);
        await lab.DisposeAsync();
        return (null, hindrance);
    }

    private static IEnumerable<(VirtualHost One, VirtualHost Other)> Pairs(
        IEnumerable<VirtualHost> some, IEnumerable<VirtualHost> others) =>
        some.SelectMany(_ => others, (one, other) => (one, other)).Where(pair => pair.one != pair.other);

    /// <summary>Null when the network is there; else why it cannot be.</summary>
    private async Task<string?> BuildAsync(int hosts)
    {
        string[] programs = ["ip", "tc", "unshare", "nsenter"];
        if (programs.FirstOrDefault(name => ExternalProgram.Find(name) is null) is { } gap)
            return $"{gap} is not on PATH";
        try
        {
            var center = await HoldAsync(OwnHost);
            await center.RunAsync("ip", "link", "add", "br0", "type", "bridge");
            await center.RunAsync("ip", "link", "set", "br0", "up");
            var own = $"rl{Random.Shared.Next(1, 100_000)}";
            await PlugAsync(center, "own", own, Environment.ProcessId);
            await RunAsync("ip", "addr", "add", $"{_network}.{OwnHost}/24", "dev", own);
            await RunAsync("ip", "link", "set", own, "up");
            for (var i = 1; i <= hosts; i++)
            {
                var host = await HoldAsync(i);
                await PlugAsync(center, $"p{i}", "eth0", _holders[^1].Id);
                await host.RunAsync("ip", "addr", "add", $"{host.Address}/24", "dev", "eth0");
                await host.RunAsync("ip", "link", "set", "eth0", "up");
                await host.RunAsync("ip", "link", "set", "lo", "up");
                _hosts.Add(host);
            }

            return null;
        }
        catch (InvalidOperationException e)
        {
            return e.Message;
        }
    }

    /// <summary>Starts a process in a namespace of its own, which lasts as long as the process.</summary>
    private async Task<VirtualHost> HoldAsync(int number)
    {
        var holder = ChildProcess.Start("unshare", ["--net", "sh", "-c", "echo held; exec sleep infinity"]);
        _holders.Add(holder);
        await holder.WaitForLineAsync("held");
        return new VirtualHost(holder.Id, IPAddress.Parse($"{_network}.{number}"));
    }

    private static async Task PlugAsync(VirtualHost center, string port, string device, int processOfNamespace)
    {
        await center.RunAsync(
            "ip", "link", "add", port, "type", "veth", "peer", "name", device, "netns", $"{processOfNamespace}");
        await center.RunAsync("ip", "link", "set", port, "master", "br0");
        await center.RunAsync("ip", "link", "set", port, "up");
    }

    private static async Task RunAsync(params string[] words)
    {
        var (exitCode, output, error) = await ChildProcess.RunAsync(words[0], words[1..]);
        if (exitCode != 0)
            throw new InvalidOperationException($"{string.Join(' ', words)}: {output}{error}");
    }
}
