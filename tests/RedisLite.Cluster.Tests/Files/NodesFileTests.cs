using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Files;
using RedisLite.Cluster.Map;
using RedisLite.Persistence.Files;

namespace RedisLite.Cluster.Tests.Files;

/// <summary>What a node remembers, and what it makes of a file that is not its own.</summary>
public sealed class NodesFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("redislite-nodes-").FullName;

    private string FilePath => Path.Combine(_directory, "nodes.conf");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void What_is_written_is_read()
    {
        var state = NewState();
        using (var file = new NodesFile(DiskDevice.Instance, _directory, "nodes.conf"))
            file.Write(state);
        using var again = new NodesFile(DiskDevice.Instance, _directory, "nodes.conf");
        var read = again.Read()!;
        Assert.Equal(NodesFile.Render(state), NodesFile.Render(read));
        Assert.Equal(state.InForce.Digest, read.InForce.Digest);
        Assert.Equal(state.Register.Map.Digest, read.Register.Map.Digest);
        Assert.Equal(state.Register.Promised, read.Register.Promised);
        Assert.Equal(state.Slots.Migrating, read.Slots.Migrating);
        Assert.Equal(state.Slots.Arriving, read.Slots.Arriving);
        Assert.Equal<LeftCluster>(state.Left, read.Left);
        Assert.Equal("700-701 800-800 16383-16383", read.Slots.Hidden.ToString());
    }

    [Fact]
    public void Every_damaged_byte_is_noticed_and_the_file_is_kept()
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(NodesFile.Render(NewState()));
        for (var at = 0; at < bytes.Length; at++)
        {
            var damaged = bytes.ToArray();
            damaged[at] ^= 1;
            Assert.Throws<FormatException>(() => NodesFile.Parse(System.Text.Encoding.UTF8.GetString(damaged)));
            Assert.Throws<FormatException>(() => NodesFile.Parse(System.Text.Encoding.UTF8.GetString(bytes[..at])));
        }
    }

    [Fact]
    public void A_file_of_redis_server_is_refused_named_and_kept()
    {
        const string Foreign =
            "a15426af07f9ca8b7ab3aade2d7d70c745801792 :27001@37001 myself,master - 0 0 0 connected 0-100\n"
            + "vars currentEpoch 0 lastVoteEpoch 0\n";
        File.WriteAllText(FilePath, Foreign);
        using var file = new NodesFile(DiskDevice.Instance, _directory, "nodes.conf");
        Assert.Contains(FilePath, Assert.Throws<NodesFileException>(() =>
            file.Read()).Message, StringComparison.Ordinal);
        Assert.Equal(Foreign, File.ReadAllText(FilePath));
    }

    [Fact]
    public void Two_nodes_do_not_share_a_file()
    {
        using var file = new NodesFile(DiskDevice.Instance, _directory, "nodes.conf");
        Assert.Throws<NodesFileException>(() => new NodesFile(DiskDevice.Instance, _directory, "nodes.conf"));
    }

    private static NodeState NewState()
    {
        var (a, b) = (NodeId.NewRandom(), NodeId.NewRandom());
        var edit = new SlotMapEdit { Version = 7, Cluster = a };
        edit.Put(new ClusterNode(a, "10.0.0.1", 6379, 16379) { Hostname = "one.example", ConfigEpoch = 3 });
        edit.Put(new ClusterNode(b, "", 6380, 16380) { Primary = a });
        edit.Voters.Add(a);
        var map = edit.Assign(new SlotRange(0, 99), a).Assign(200, a).Assign(new SlotRange(16_000, 16_383), a).Build();
        var slots = new LocalSlots(LocalSlots.None.Migrating.Add(5, b), LocalSlots.None.Importing.Add(300, b))
        {
            Arriving = LocalSlots.None.Arriving.Add(700, b).Add(701, b),
            Leaving = [800, 16_383],
        };
        return new NodeState(a, new Register(new Ballot(4, b), new Ballot(3, a), map.Edit().Assign(300, b).Build()),
            map, slots)
        {
            Left = [new LeftCluster(b, 9, new Ballot(12, b)), new LeftCluster(NodeId.NewRandom(), 70, default)],
        };
    }
}
