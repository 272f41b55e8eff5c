using System.Collections.Immutable;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;
using RedisLite.Persistence.Files;

namespace RedisLite.Cluster.Files;

/// <summary>
/// The file that a node remembers itself by, <c>nodes.conf</c>: always whole, always as it was when the node last
/// answered.
/// </summary>
/// <remarks>
/// <code>
///   redislite-cluster 1
///   myself ID
///   promised ROUND ID
///   accepted ROUND ID
///   left VERSION CLUSTER ROUND ID  clusters that it has left, and what its voter had promised there
///   migrating SLOT ID              any number of both
///   importing SLOT ID
///   arriving SLOT ID               whole slots on their way here
///   leaving SLOT -                 what is left of slots that are not this node's
///   [in force]
///   map ...                        MapText
///   [accepted]                     only when the voter has accepted another map than the one in force
///   map ...
///   end CHECKSUM                   XXH3 of everything before this line
/// </code>
/// A file that is damaged, or that another program has written, is not understood, and never overwritten: without it
/// the node would forget its votes. While it is open, its lock keeps a second node off it. One thread.
/// </remarks>
internal sealed class NodesFile : IDisposable
{
    private const string FirstLine = "redislite-cluster 1";
    private const string InForce = "[in force]";
    private const string AcceptedMap = "[accepted]";

    private readonly IStorageDevice _device;
    private readonly string _directory;
    private readonly string _name;
    private readonly IDisposable _lock;

    /// <exception cref="NodesFileException">Another node has it.</exception>
    public NodesFile(IStorageDevice device, string directory, string name)
    {
        (_device, _directory, _name) = (device, directory, name);
        _lock = device.TryLock(FilePath + ".lock") ?? throw new NodesFileException(
            $"the cluster configuration file {FilePath} is already used by a different node. "
            + "Please make sure that different nodes use different cluster configuration files.");
    }

    /// <summary>With its directory.</summary>
    public string FilePath => Path.Combine(_directory, _name);

    /// <returns>Null when there is no file.</returns>
    /// <exception cref="NodesFileException">There is one, and it is not understood. It is left as it is.</exception>
    public NodeState? Read()
    {
        if (!_device.FileExists(FilePath))
            return null;
        try
        {
            using var reader = new StreamReader(_device.OpenRead(FilePath));
            return Parse(reader.ReadToEnd());
        }
        catch (FormatException error)
        {
            throw new NodesFileException(
                $"the cluster configuration file {FilePath} cannot be used, and is kept as it is: {error.Message}",
                error);
        }
    }

    /// <summary>On the disk when this returns.</summary>
    /// <exception cref="IOException">It is not, or perhaps not.</exception>
    public void Write(NodeState state) =>
        AtomicFile.Write(_device, _directory, "temp-" + _name, _name, Encoding.UTF8.GetBytes(Render(state)));

    public void Dispose() => _lock.Dispose();

    internal static string Render(NodeState state)
    {
        var text = new StringBuilder();
        text.Append(FirstLine).Append('\n').Append("myself ").Append(state.Self).Append('\n');
        AppendBallot(text, "promised", state.Register.Promised);
        AppendBallot(text, "accepted", state.Register.Ballot);
        foreach (var left in state.Left)
            text.Append(CultureInfo.InvariantCulture, $"left {left.Version} {left.Cluster} ")
                .Append(CultureInfo.InvariantCulture, $"{left.Promised.Round} {left.Promised.Node}\n");
        foreach (var (slot, to) in state.Slots.Migrating)
            text.Append(CultureInfo.InvariantCulture, $"migrating {slot} {to}\n");
        foreach (var (slot, from) in state.Slots.Importing)
            text.Append(CultureInfo.InvariantCulture, $"importing {slot} {from}\n");
        foreach (var (slot, from) in state.Slots.Arriving)
            text.Append(CultureInfo.InvariantCulture, $"arriving {slot} {from}\n");
        foreach (var slot in state.Slots.Leaving)
            text.Append(CultureInfo.InvariantCulture, $"leaving {slot} -\n");
        text.Append(InForce).Append('\n');
        MapText.Write(text, state.InForce);
        if (state.Register.Map.Digest != state.InForce.Digest)
        {
            text.Append(AcceptedMap).Append('\n');
            MapText.Write(text, state.Register.Map);
        }

        var body = text.ToString();
        return string.Create(CultureInfo.InvariantCulture, $"{body}end {Checksum(body):x16}\n");
    }

    /// <exception cref="FormatException">The text is not what <see cref="Render"/> makes.</exception>
    internal static NodeState Parse(string text)
    {
        if (!text.StartsWith(FirstLine + "\n", StringComparison.Ordinal))
            throw new FormatException("it was not written by this program, or by another version of it");
        var end = text.LastIndexOf("\nend ", StringComparison.Ordinal) + 1;
        if (end == 0 || text[end..] != $"end {Checksum(text[..end]):x16}\n")
            throw new FormatException("it is damaged: its checksum is another");
        var inForceAt = text.IndexOf(InForce, StringComparison.Ordinal);
        var acceptedAt = text.IndexOf(AcceptedMap, StringComparison.Ordinal);
        if (inForceAt < 0)
            throw new FormatException("there is no map in force");
        var inForce = MapText.Read(text.AsSpan()[(inForceAt + InForce.Length)..(acceptedAt < 0 ? end : acceptedAt)]);
        var accepted = acceptedAt < 0 ? inForce : MapText.Read(text.AsSpan()[(acceptedAt + AcceptedMap.Length)..end]);
        return ParseHead(text[(FirstLine.Length + 1)..inForceAt], inForce, accepted);
    }

    private static NodeState ParseHead(string head, SlotMap inForce, SlotMap accepted)
    {
        var (self, promised, ballot, slots) = (default(NodeId), default(Ballot), default(Ballot), LocalSlots.None);
        ImmutableArray<LeftCluster> left = [];
        foreach (var line in head.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ');
            var id = Id(words[^1], line);
            var number = words.Length > 2 ? Number(words[1]) : 0;
            switch (words[0])
            {
                case "myself":
                    self = id;
                    break;
                case "promised":
                    promised = new Ballot(number, id);
                    break;
                case "accepted":
                    ballot = new Ballot(number, id);
                    break;
                case "left" when words.Length == 5:
                    left = LeftCluster.Add(
                        left, new LeftCluster(Id(words[2], line), number, new Ballot(Number(words[3]), id)));
                    break;
                case "migrating":
                    slots = slots with { Migrating = slots.Migrating.SetItem((int)number, id) };
                    break;
                case "importing":
                    slots = slots with { Importing = slots.Importing.SetItem((int)number, id) };
                    break;
                case "arriving":
                    slots = slots with { Arriving = slots.Arriving.SetItem((int)number, id) };
                    break;
                case "leaving":
                    slots = slots with { Leaving = slots.Leaving.Add((int)number) };
                    break;
                default:
                    throw new FormatException($"not understood: \"{line}\"");
            }
        }

        return self.IsNone
            ? throw new FormatException("it does not say whose it is")
            : new NodeState(self, new Register(promised, ballot, accepted), inForce, slots) { Left = left };
    }

    private static NodeId Id(string word, string line) =>
        word == "-" ? default : NodeId.TryParse(word, out var id) ? id
            : throw new FormatException($"not understood: \"{line}\"");

    private static long Number(string word) => long.Parse(word, NumberStyles.None, CultureInfo.InvariantCulture);

    private static void AppendBallot(StringBuilder text, string name, Ballot ballot) =>
        text.Append(CultureInfo.InvariantCulture, $"{name} {ballot.Round} {ballot.Node}\n");

    private static ulong Checksum(string text) => XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(text));
}

/// <summary>The node cannot start from its file; the message is for the operator, and names the file.</summary>
internal sealed class NodesFileException(string message, Exception? inner = null) : Exception(message, inner);
