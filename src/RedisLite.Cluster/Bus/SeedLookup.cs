using System.Net;
using System.Net.Sockets;

namespace RedisLite.Cluster.Bus;

/// <summary>Where the nodes are that the configuration names as seeds, by their addresses or by names in DNS.</summary>
/// <remarks>
/// A name stands for one node, and for whatever address it has at the moment: a pod that is started anew has another.
/// So names are looked up again and again, as long as this node is of no cluster. The first seed is the one that waits
/// to be asked; until it is known where that is, nobody asks anybody, or two clusters might begin. Where this node is
/// known to others by a name, seeds are too, and names stay what they are: a bus answers only to what it is announced
/// by.
/// </remarks>
/// <param name="seeds">In the order of the configuration.</param>
/// <param name="resolve">The addresses of a name; empty when there are none yet.</param>
/// <param name="hostname">The name that this node goes by; empty for none.</param>
internal sealed class SeedLookup(
    IReadOnlyList<Seed> seeds, Func<string, Task<IReadOnlyList<IPAddress>>> resolve, string hostname)
{
    /// <summary>Whether an address may change.</summary>
    public bool HasNames => seeds.Any(seed => !IPAddress.TryParse(seed.Host, out _));

    /// <summary>Whom this node is to meet, as it is now.</summary>
    /// <param name="self">The address that others know this node by.</param>
    /// <param name="selfPort">The port of its bus.</param>
    /// <returns>Nobody for the first seed itself; null while it is not known where that is.</returns>
    public async Task<IReadOnlyList<(string Ip, int BusPort)>?> LookAsync(string self, int selfPort)
    {
        var others = new List<(string, int)>();
        for (var i = 0; i < seeds.Count; i++)
        {
            var seed = seeds[i];
            var isOwnPort = seed.BusPort == selfPort;
            var isSelf = isOwnPort
                && (seed.Host == self || (hostname.Length > 0 && seed.Host == hostname));
            var address = isSelf ? self : await AddressOfAsync(seed.Host, self, isOwnPort).ConfigureAwait(false);
            isSelf |= address == self && isOwnPort;
            if (i == 0 && (isSelf || address is null))
                return isSelf ? [] : null;
            if (!isSelf && address is not null)
                others.Add((address, seed.BusPort));
        }

        return others;
    }

    /// <summary>Asks the system's resolver.</summary>
    public static async Task<IReadOnlyList<IPAddress>> ResolveAsync(string name)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(name).ConfigureAwait(false);
        }
        catch (Exception error) when (error is SocketException or ArgumentException)
        {
            return [];
        }
    }

    private async Task<string?> AddressOfAsync(string host, string self, bool isOwnPort)
    {
        if (IPAddress.TryParse(host, out _) || !IPAddress.TryParse(self, out var own))
            return host;
        var found = await resolve(host).ConfigureAwait(false);

        // A machine may have several addresses, and know its own name as 127.0.1.1.
        if (found.Contains(own) || (isOwnPort && found.Any(IPAddress.IsLoopback)))
            return self;

        // Always the same of several, and one that all nodes reach.
        return found.OrderBy(address => address.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)
            .ThenBy(address => address.ToString(), StringComparer.Ordinal).FirstOrDefault()?.ToString();
    }
}

/// <summary>One of the nodes that are named.</summary>
internal sealed record Seed(string Host, int BusPort);
