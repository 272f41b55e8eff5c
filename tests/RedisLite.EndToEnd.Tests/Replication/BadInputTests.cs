using System.Text;
using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Persistence.Rdb;

namespace RedisLite.EndToEnd.Tests.Replication;

/// <summary>
/// Primaries and replicas that are none, or are damaged: a clear line in the log, another try, and the data stays as it
/// was.
/// </summary>
public sealed class BadInputTests
{
    private static readonly string Id = new('a', 40);
    private static readonly string FullResync = $"+FULLRESYNC {Id} 100\r\n";

    private static readonly Dictionary<string, (byte[]? Greeting, byte[] Answer, string Complaint)> Primaries = new()
    {
        ["a mail server"] = (
            "220 mail.example.com ESMTP\r\n"u8.ToArray(), [], "it answers PING with '220 mail.example.com ESMTP'"),
        ["a web server"] = (
            "HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), [], "it answers PING with 'HTTP/1.1 400 Bad Request'"),
        ["bytes without a line"] = (new byte[4000], [], "what it sends is no answer"),
        ["an answer to PSYNC that is none"] = (null, "+WELCOME\r\n"u8.ToArray(), "it answers PSYNC with '+WELCOME'"),
        ["a copy that is none"] = (null, Bytes(FullResync, "*1\r\n$4\r\nPING\r\n"), "what it sends is no copy"),
        ["a copy without an end"] = (
            null, Bytes(FullResync, "$1000000\r\n", Copy()[..20]), "the connection was closed"),
        ["a copy that is cut"] = (null, Bytes(FullResync, Counted(Copy()[..^20])), "its copy cannot be loaded"),
        ["a copy with a wrong checksum"] = (
            null, Bytes(FullResync, Counted(Damaged(Copy().Length - 12))), "its copy cannot be loaded"),
        ["a copy of another kind"] = (null, Bytes(FullResync, Counted(Damaged(0))), "its copy cannot be loaded"),
        ["a copy of a later version"] = (
            null, Bytes(FullResync, Counted(Copy().Replace("REDIS0010", "REDIS0099"))), "its copy cannot be loaded"),
        ["no copy"] = (null, Bytes(FullResync, "-ERR there is no memory\r\n"),
            "it could not make a copy: -ERR there is no memory"),
    };

    public static TheoryData<string> Names => [.. Primaries.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_primary_that_is_none_is_told_of_and_tried_again_and_the_data_stays(string name)
    {
        var (greeting, answer, complaint) = Primaries[name];
        await using var primary = new ScriptedPrimary(greeting, _ => answer);
        await using var replica = await Node.StartAsync(isOurs: true);
        await replica.CallAsync("SET", "a", "1");
        Assert.Equal("OK", await replica.CallAsync("REPLICAOF", "127.0.0.1", $"{primary.EndPoint.Port}"));
        await Eventually.IsAsync(() => Task.FromResult(primary.Syncs.Count >= 3), true);
        Assert.Equal("1", await replica.CallAsync("GET", "a"));
        Assert.Equal("down", await replica.FieldAsync("master_link_status"));

        // Once, and not with every try.
        await Eventually.IsAsync(() => Task.FromResult(Complaints(replica).Count), 1);
        Assert.Contains(complaint, Complaints(replica)[0], StringComparison.Ordinal);
        Assert.Equal("OK", await replica.CallAsync("REPLICAOF", "NO", "ONE"));
        Assert.Equal("OK", await replica.CallAsync("SET", "a", "2"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("*3\r\n$3\r\nSET\r\n$1\r\nb")]
    [InlineData("*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1000000\r\nxxxxxxxx")]
    [InlineData("*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n2\r\n")]
    public async Task A_stream_that_is_cut_is_taken_up_after_the_last_whole_command(string end)
    {
        const string Whole = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n2\r\n";
        await using var primary = new ScriptedPrimary(null, number => number == 0
            ? Bytes(FullResync, Counted(Copy()), Whole, end)
            : "+CONTINUE\r\n"u8.ToArray());
        await using var replica = await Node.StartAsync(isOurs: true);
        Assert.Equal("OK", await replica.CallAsync("REPLICAOF", "127.0.0.1", $"{primary.EndPoint.Port}"));
        await Eventually.IsAsync(() => Task.FromResult(primary.Syncs.Count >= 2), true);
        Assert.Equal($"PSYNC {Id} {100 + Whole.Length + 1}", primary.Syncs[1]);
        Assert.Equal("2", await replica.CallAsync("GET", "a"));
        Assert.Null(await replica.CallAsync("GET", "b"));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_wrong_password_is_told_of_and_the_right_one_is_taken_at_the_next_try(bool isPrimaryOurs)
    {
        await using var primary = await Node.StartAsync(isPrimaryOurs);
        await using var replica = await Node.StartAsync(isOurs: true);
        await primary.CallAsync("CONFIG", "SET", "requirepass", "right");
        await replica.CallAsync("CONFIG", "SET", "masterauth", "wrong");
        await replica.CallAsync("SET", "a", "1");
        Assert.Equal("OK", await replica.CallAsync("REPLICAOF", "127.0.0.1", $"{primary.EndPoint.Port}"));
        await Eventually.IsAsync(() => Task.FromResult(Complaints(replica).Count), 1);
        Assert.Contains(
            "it refuses to authenticate this replica: -WRONGPASS", Complaints(replica)[0], StringComparison.Ordinal);
        Assert.Equal("1", await replica.CallAsync("GET", "a"));
        await replica.CallAsync("CONFIG", "SET", "masterauth", "right");
        await replica.UntilAsync("master_link_status", "up");
        Assert.Null(await replica.CallAsync("GET", "a"));
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_told_of_in_a_line()
    {
        await using var replica = await Node.StartAsync(isOurs: true);
        await replica.CallAsync("SET", "a", "1");

        // Port 1 is nobody's on a machine of tests.
        Assert.Equal("OK", await replica.CallAsync("REPLICAOF", "127.0.0.1", "1"));
        await Eventually.IsAsync(() => Task.FromResult(Complaints(replica).Count), 1);
        Assert.Equal(
            "Warning: The link to the primary 127.0.0.1:1 is down: nobody listens there, or it cannot be reached ",
            Complaints(replica)[0]);
        Assert.Equal("1", await replica.CallAsync("GET", "a"));
    }

    [Fact]
    public async Task A_replica_of_itself_keeps_its_data_and_can_be_a_primary_again()
    {
        await using var server = await Node.StartAsync(isOurs: true);
        await server.CallAsync("SET", "a", "1");
        Assert.Equal("OK", await server.CallAsync("REPLICAOF", "127.0.0.1", $"{server.EndPoint.Port}"));
        await Eventually.IsAsync(() => Task.FromResult(Complaints(server).Count), 1);
        Assert.Contains("-NOMASTERLINK", Complaints(server)[0], StringComparison.Ordinal);
        Assert.Equal(("1", "slave"), (await server.CallAsync("GET", "a"), await server.FieldAsync("role")));
        Assert.Equal("OK", await server.CallAsync("REPLICAOF", "NO", "ONE"));
        Assert.Equal("OK", await server.CallAsync("SET", "a", "2"));
    }

    [Fact]
    public async Task Two_replicas_of_each_other_keep_their_data_and_one_can_be_a_primary_again()
    {
        await using var first = await Node.StartAsync(isOurs: true);
        await using var second = await Node.StartAsync(isOurs: true);
        await first.CallAsync("SET", "a", "1");
        await second.FollowAsync(first.EndPoint);
        Assert.Equal("OK", await first.CallAsync("REPLICAOF", "127.0.0.1", $"{second.EndPoint.Port}"));
        await first.UntilAsync("master_link_status", "down");
        await second.UntilAsync("master_link_status", "down");
        foreach (var node in (Node[])[first, second])
        {
            await Eventually.IsAsync(() => Task.FromResult(
                Complaints(node).Any(line => line.Contains("-NOMASTERLINK", StringComparison.Ordinal))), true);
            Assert.Equal("1", await node.CallAsync("GET", "a"));
        }

        Assert.Equal("OK", await first.CallAsync("REPLICAOF", "NO", "ONE"));
        Assert.Equal("OK", await first.CallAsync("SET", "a", "2"));
        await second.UntilAsync("master_link_status", "up");
        await second.AgreesWithAsync(first);
    }

    [Fact]
    public async Task An_offset_beyond_the_stream_or_before_the_backlog_gets_a_copy_and_a_line()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await using var replica = await FakeReplica.AttachAsync(primary);
        await primary.CallAsync("SET", "a", "1");
        var id = await primary.FieldAsync("master_replid");
        foreach (var (asked, offset) in ((string, string)[])[(id, "1000000"), (id, "-5"), (Id, "1")])
        {
            await using var other = await RespClient.ConnectAsync(primary.EndPoint);
            await other.SendAsync("PSYNC", asked, offset);
            Assert.StartsWith($"+FULLRESYNC {id}", await other.ReadLineAsync(), StringComparison.Ordinal);
            Assert.Contains(
                primary.Ours!.Log.Lines, line =>
                    line.Contains($"it asks for {asked} from offset {offset}", StringComparison.Ordinal));
        }

        Assert.Equal("3", await primary.FieldAsync("sync_partial_err", "stats"));
        Assert.Equal("1", await primary.CallAsync("GET", "a"));
    }

    private static List<string> Complaints(Node node) =>
        [.. node.Ours!.Log.Complaints.Where(
            line => line.Contains("The link to the primary", StringComparison.Ordinal))];

    private static byte[] Bytes(params string[] parts) => Encoding.Latin1.GetBytes(string.Concat(parts));

    private static string Counted(string copy) => $"${copy.Length}\r\n{copy}";

    private static string Damaged(int index)
    {
        var copy = Copy().ToCharArray();
        copy[index] ^= '\x01';
        return new string(copy);
    }

    private static string Copy()
    {
        using var output = new MemoryStream();
        using (var writer = new RdbWriter(output))
        {
            writer.WriteHeader(new RdbDescription("7.0.15", 1, 1, IsAofBase: false));
            writer.SelectDatabase(0);
            writer.WriteString("a"u8.ToArray(), "of the copy"u8.ToArray(), -1);
            writer.Complete();
        }

        return Encoding.Latin1.GetString(output.ToArray());
    }
}
