using System.Globalization;
using System.Text;

namespace RedisLite.Cluster.Map;

/// <summary>A slot map in lines of text, for the node's file and for other nodes.</summary>
/// <remarks>
/// <code>
///   map CLUSTER VERSION EPOCH VOTERS-VERSION TAKES-SLOTS
///   voter ID
///   node ID IP PORT BUS-PORT HOSTNAME PRIMARY EPOCH [SLOTS ...]
/// </code>
/// "-" stands for what is empty; slots are "5" or "5-9".
/// </remarks>
internal static class MapText
{
    public static void Write(StringBuilder text, SlotMap map)
    {
        text.Append(CultureInfo.InvariantCulture, $"map {map.Cluster} {map.Version} {map.Epoch} {map.VotersVersion} ")
            .Append(map.TakesSlots ? '1' : '0').Append('\n');
        foreach (var voter in map.Voters)
            text.Append("voter ").Append(voter).Append('\n');
        foreach (var node in map.Nodes)
        {
            text.Append(CultureInfo.InvariantCulture, $"node {node.Id} {OrDash(node.Ip)} {node.Port} {node.BusPort} ")
                .Append(CultureInfo.InvariantCulture, $"{OrDash(node.Hostname)} {node.Primary} {node.ConfigEpoch}");
            foreach (var range in map.RangesOf(node.Id))
                text.Append(' ').Append(range);
            text.Append('\n');
        }
    }

    public static string Write(SlotMap map)
    {
        var text = new StringBuilder();
        Write(text, map);
        return text.ToString();
    }

    /// <exception cref="FormatException">The text is no map; the message says where.</exception>
    public static SlotMap Read(ReadOnlySpan<char> text)
    {
        SlotMapEdit? edit = null;
        var (takesSlots, votersVersion) = (false, 0L);
        foreach (var range in text.Split('\n'))
        {
            var line = text[range];
            if (line.IsEmpty)
                continue;
            var words = line.ToString().Split(' ');
            switch (words[0])
            {
                case "map" when words.Length == 6 && edit is null:
                    edit = new SlotMapEdit
                    {
                        Cluster = Id(words[1], line),
                        Version = Number(words[2], line),
                        Epoch = Number(words[3], line),
                    };
                    votersVersion = Number(words[4], line);
                    takesSlots = words[5] == "1";
                    break;
                case "voter" when words.Length == 2 && edit is not null:
                    edit.Voters.Add(Id(words[1], line));
                    break;
                case "node" when words.Length >= 8 && edit is not null:
                    ReadNode(edit, words, line);
                    break;
                default:
                    throw Wrong(line);
            }
        }

        try
        {
            return edit?.Restore(takesSlots, votersVersion) ?? throw new FormatException("there is no map");
        }
        catch (InvalidOperationException error)
        {
            throw new FormatException(error.Message, error);
        }
    }

    private static void ReadNode(SlotMapEdit edit, string[] words, ReadOnlySpan<char> line)
    {
        var id = Id(words[1], line);
        if (id.IsNone)
            throw Wrong(line);
        edit.Put(new ClusterNode(id, OrEmpty(words[2]), (int)Number(words[3], line), (int)Number(words[4], line))
        {
            Hostname = OrEmpty(words[5]),
            Primary = Id(words[6], line),
            ConfigEpoch = Number(words[7], line),
        });
        foreach (var word in words.AsSpan(8))
        {
            if (!SlotRange.TryParse(word, out var range))
                throw Wrong(line);
            edit.Assign(range, id);
        }
    }

    private static NodeId Id(string word, ReadOnlySpan<char> line) =>
        word == "-" ? default : NodeId.TryParse(word, out var id) ? id : throw Wrong(line);

    private static long Number(string word, ReadOnlySpan<char> line) =>
        long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw Wrong(line);

    private static string OrDash(string text) => text.Length == 0 ? "-" : text;

    private static string OrEmpty(string word) => word == "-" ? "" : word;

    private static FormatException Wrong(ReadOnlySpan<char> line) => new($"not understood: \"{line}\"");
}
