using System.Globalization;

namespace RedisLite.Cluster.Tests.Processes.Harness;

/// <summary>One line of CLUSTER NODES.</summary>
/// <remarks><c>id ip:port@bus,host flags primary pinged ponged epoch link slot slot-slot [slot->-id]</c></remarks>
internal sealed record NodeLine(
    string Id, string Address, string[] Flags, string? PrimaryId, long Epoch, string Link, string[] Slots,
    string[] Moving)
{
    public bool IsMyself => Flags.Contains("myself");

    public bool IsPrimary => Flags.Contains("master");

    public bool IsFailed => Flags.Contains("fail") || Flags.Contains("fail?");

    /// <summary>How many slots it owns.</summary>
    public int SlotCount => Slots.Select(Bounds).Sum(range => range.Last - range.First + 1);

    /// <summary>What all nodes have to agree about: who is what, and who owns what.</summary>
    public string Signature => $"{Id} {(IsPrimary ? "master" : PrimaryId)} {string.Join(' ', Slots)}";

    public bool Owns(int slot) =>
        Slots.Select(Bounds).Any(range => range.First <= slot && slot <= range.Last);

    /// <summary>Reads the whole of CLUSTER NODES.</summary>
    public static IReadOnlyList<NodeLine> ParseAll(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];

    private static NodeLine Parse(string line)
    {
        var words = line.TrimEnd('\r').Split(' ');
        var slots = words[8..];
        return new NodeLine(
            words[0], words[1], words[2].Split(','), words[3] == "-" ? null : words[3],
            long.Parse(words[6], CultureInfo.InvariantCulture), words[7],
            [.. slots.Where(slot => !slot.StartsWith('['))], [.. slots.Where(slot => slot.StartsWith('['))]);
    }

    private static (int First, int Last) Bounds(string range)
    {
        var bounds = range.Split('-').Select(bound => int.Parse(bound, CultureInfo.InvariantCulture)).ToArray();
        return (bounds[0], bounds[^1]);
    }
}
