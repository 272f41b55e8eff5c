using System.Buffers;
using System.Text;
using CsCheck;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Log;
using RedisLite.Protocol;
using RedisLite.Replication;
using RedisLite.Storage;

namespace RedisLite.Actor.Tests.Replication;

/// <summary>
/// The parts of replication that are plain code: history, handshake, copy in a stream, bytes that go on.
/// </summary>
public sealed class ReplicationPartsTests
{
    private const string Mark = "0123456789abcdefghijklmnopqrstuvwxyzABCD";

    private static readonly string Id = new('a', 40);
    private static readonly string OtherId = new('b', 40);

    [Fact]
    public void A_replica_goes_on_in_the_stream_that_it_knows_and_in_the_one_before_up_to_the_promotion()
    {
        var history = ReplicationHistory.Copied(Id, offset: 1000, position: 50);
        Assert.Equal(1010, history.OffsetOf(60));
        Assert.Equal(50, history.Find(Id, 1001));
        Assert.Null(history.Find(OtherId, 1001));

        var promoted = history.Promoted(position: 60);
        Assert.Equal(60, promoted.Find(Id, 1011));
        Assert.Null(promoted.Find(Id, 1012));
        Assert.Equal(70, promoted.Find(promoted.Id, 1021));
        Assert.Null(promoted.Promoted(80).Find(Id, 1001));
        Assert.Null(promoted.Renewed().Find(Id, 1001));
    }

    [Fact]
    public void A_primary_that_was_promoted_gives_the_stream_a_new_ID_and_the_old_one_stays_known()
    {
        var history = ReplicationHistory.Copied(Id, 10, 10);
        Assert.Same(history, history.Continued(Id, 20));
        var continued = history.Continued(OtherId, 20);
        Assert.Equal((OtherId, Id, 21L), (continued.Id, continued.PreviousId, continued.PreviousEnd));
    }

    [Fact]
    public void A_copy_is_found_in_the_stream_however_it_is_cut()
    {
        var pieces = Gen.Int[1, 60].Array[1, 40];
        var copies = Gen.OneOf(Gen.Byte.Array[1, 400], Gen.Const(Encoding.ASCII.GetBytes(Mark[..39] + Mark[..39])));
        Gen.Select(copies, Gen.Byte.Array[0, 100], Gen.Bool, Gen.Int[0, 3], pieces).Sample(
            (copy, rest, hasMark, newlines, cuts) =>
        {
            var head = hasMark ? $"$EOF:{Mark}\r\n" : $"${copy.Length}\r\n";
            byte[] stream =
            [
                .. Encoding.ASCII.GetBytes(new string('\n', newlines) + head), .. copy,
                .. hasMark ? Encoding.ASCII.GetBytes(Mark) : [], .. rest,
            ];
            var receiver = new CopyReceiver();
            var received = new List<byte>();
            var at = 0;
            for (var i = 0; at < stream.Length && !receiver.IsComplete; i++)
            {
                var count = Math.Min(cuts[i % cuts.Length], stream.Length - at);
                Assert.Null(receiver.Take(stream.AsMemory(at, count), bytes => received.AddRange(bytes.ToArray())));
                at += count;
            }

            Assert.True(receiver.IsComplete);
            Assert.Equal(copy, received);
            Assert.Equal(rest, (byte[])[.. receiver.Rest, .. stream[at..]]);
            Assert.Equal((hasMark ? 0 : copy.Length, copy.Length), (receiver.Length, receiver.Received));
        });
    }

    [Theory]
    [InlineData("-ERR no copy for you\r\n", "it could not make a copy: -ERR no copy for you")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", "what it sends is no copy")]
    [InlineData("$0\r\n", "what it sends is no copy")]
    [InlineData("$-1\r\n", "what it sends is no copy")]
    [InlineData("$EOF:short\r\n", "what it sends is no copy")]
    public void What_is_no_copy_is_refused(string head, string refusal) =>
        Assert.Equal(
            refusal, new CopyReceiver().Take(Encoding.ASCII.GetBytes(head), _ => Assert.Fail("no byte is a copy's")));

    [Fact]
    public void A_head_without_end_is_refused() =>
        Assert.NotNull(new CopyReceiver().Take(new byte[1000], _ => Assert.Fail("no byte is a copy's")));

    [Fact]
    public void The_handshake_says_who_it_is_step_by_step()
    {
        var options =
            new ReplicationOptions { PrimaryUser = "u", PrimaryPassword = "p", AnnouncedAddress = "10.0.0.1" };
        var handshake = new Handshake(options, 6380, Id, 7, isHandingOver: false);
        string[] expected =
        [
            "PING", "AUTH u p", "REPLCONF listening-port 6380", "REPLCONF ip-address 10.0.0.1",
            "REPLCONF capa eof capa psync2", $"PSYNC {Id} 7",
        ];
        foreach (var request in expected)
        {
            Assert.Equal(Handshake.Encode(request.Split(' ')), handshake.Request);
            Assert.Null(
                handshake.Take(request.StartsWith("PSYNC", StringComparison.Ordinal) ? $"+CONTINUE {OtherId}" : "+OK"));
        }

        Assert.Equal(new SyncAnswer(OtherId, null), handshake.Answer);
    }

    [Theory]
    [InlineData("-NOAUTH Authentication required.", null)]
    [InlineData("-LOADING Redis is loading the dataset in memory",
        "it answers PING with '-LOADING Redis is loading the dataset in memory'")]
    [InlineData("220 mail.example.com ESMTP", "it answers PING with '220 mail.example.com ESMTP'")]
    public void A_primary_that_asks_for_a_password_is_there_and_others_are_not(string reply, string? refusal) =>
        Assert.Equal(refusal, new Handshake(new ReplicationOptions(), 1, "?", -1, isHandingOver: false).Take(reply));

    [Theory]
    [InlineData("+FULLRESYNC aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 12", true)]
    [InlineData("+CONTINUE", true)]
    [InlineData("+FULLRESYNC short 12", false)]
    [InlineData("+FULLRESYNC aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa -1", false)]
    [InlineData("+FULLRESYNC", false)]
    [InlineData("-NOMASTERLINK Can't SYNC while not connected with my master", false)]
    [InlineData("+OK", false)]
    public void An_answer_to_PSYNC_is_one_of_two(string reply, bool isAnswer)
    {
        var handshake = new Handshake(new ReplicationOptions(), 1, "?", -1, isHandingOver: true);
        for (var i = 0; i < 3; i++)
            Assert.Null(handshake.Take("+PONG"));
        Assert.Equal(Handshake.Encode("PSYNC", "?", "-1", "FAILOVER"), handshake.Request);
        Assert.Null(handshake.Take(""));
        Assert.Equal(isAnswer, handshake.Take(reply) is null);
        Assert.Equal(isAnswer, handshake.Answer is not null);
    }

    [Fact]
    public void A_transaction_goes_on_whole_and_files_are_not_shown_what_is_for_replicas()
    {
        var log = new ChangeLog();
        using var backlog = log.AddBacklog(1 << 20);
        using var file = log.AddReader("aof", new LogReaderOptions { Audience = LogAudience.All });
        var stream = new FollowedStream(log, Akka.Event.NoLogger.Instance);
        stream.Take("[set]"u8, [], 3, isForFiles: true, isInTransaction: false);
        stream.Take("[ping]"u8, [], 3, isForFiles: false, isInTransaction: false);
        stream.Take("[multi]"u8, [], 3, isForFiles: true, isInTransaction: true);
        stream.Take("[publish]"u8, [], 3, isForFiles: false, isInTransaction: true);
        stream.Take("[incr]"u8, [], 3, isForFiles: true, isInTransaction: true);
        Assert.Equal((11L, 3), (log.End, log.Cut().Database));
        stream.Take("[exec]"u8, [], 4, isForFiles: true, isInTransaction: false);
        Assert.Equal(4, log.Cut().Database);
        using var replica = log.TryAddReader("link", new LogReaderOptions { Audience = LogAudience.Replicas }, 0);
        Assert.Equal("[set][ping][multi][publish][incr][exec]", Text(replica!));
        Assert.Equal("[set][multi][incr][exec]", Text(file));
    }

    [Fact]
    public void What_was_held_of_a_transaction_is_forgotten_when_the_link_breaks()
    {
        var log = new ChangeLog();
        using var backlog = log.AddBacklog(1 << 20);
        var stream = new FollowedStream(log, Akka.Event.NoLogger.Instance);
        stream.Take("[multi]"u8, [], 0, isForFiles: true, isInTransaction: true);
        stream.Rewind();
        stream.Take("[set]"u8, [], 0, isForFiles: true, isInTransaction: false);
        Assert.Equal(5, log.End);
    }

    [Fact]
    public void A_large_argument_goes_on_where_it_stood_and_is_held_as_long_as_its_transaction()
    {
        using var databases = new Databases(new StorageOptions());
        var log = new ChangeLog();
        using var backlog = log.AddBacklog(1 << 20);
        using var file = log.AddReader("aof", new LogReaderOptions { Audience = LogAudience.All });
        var stream = new FollowedStream(log, Akka.Event.NoLogger.Instance);
        var long1 = new string('x', LogChunk.LinkedFrom);
        var long2 = new string('y', LogChunk.LinkedFrom / 2);
        Take("[set ]", 5, long1, isInTransaction: false);
        Take("[multi]", 7, "", isInTransaction: true);
        Take("[set ]", 5, long1, isInTransaction: true);
        Take("[publish ]", 9, long2, isInTransaction: true, isForFiles: false);
        Take("[exec]", 6, "", isInTransaction: false);
        using var replica = log.TryAddReader("link", new LogReaderOptions { Audience = LogAudience.Replicas }, 0);
        Assert.Equal($"[set {long1}][multi][set {long1}][publish {long2}][exec]", Text(replica!));
        Assert.Equal($"[set {long1}][multi][set {long1}][exec]", Text(file));
        Take("[multi]", 7, "", isInTransaction: true);
        Take("[set ]", 5, long1, isInTransaction: true);
        stream.Rewind();
        log.Trim();

        void Take(string text, int at, string large, bool isInTransaction, bool isForFiles = true)
        {
            using var intake = databases.BeginString(large.Length);
            intake.Add(Encoding.Latin1.GetBytes(large));
            using IMemoryOwner<byte> argument = intake.Complete();
            LargePart[] parts = large.Length == 0 ? [] : [new LargePart(at, argument, 0, large.Length)];
            stream.Take(Encoding.Latin1.GetBytes(text), parts, 0, isForFiles, isInTransaction);
        }
    }

    [Fact]
    public void Empty_lines_of_the_stream_count_with_the_command_after_them()
    {
        var log = new ChangeLog();
        using var backlog = log.AddBacklog(1 << 20);
        using var file = log.AddReader("aof", new LogReaderOptions { Audience = LogAudience.All });
        var stream = new FollowedStream(log, Akka.Event.NoLogger.Instance);
        stream.TakeBlanks("\r\n"u8);
        Assert.Equal(0, log.End);
        stream.Take("[set]"u8, [], 0, isForFiles: true, isInTransaction: false);
        Assert.Equal(7, log.End);
        Assert.Equal("[set]", Text(file));
    }

    [Fact]
    public void Offsets_stand_still_while_nothing_is_kept_for_replicas()
    {
        var history = ReplicationHistory.New().RenewedAt(offset: 0, position: 5000);
        Assert.Equal(0, history.OffsetOf(5000));
        Assert.Equal(10, history.OffsetOf(5010));
        Assert.Equal(10, history.RenewedAt(10, 9000).OffsetOf(9000));
    }

    [Fact]
    public void A_promotion_after_which_nothing_was_written_can_be_undone()
    {
        var copied = ReplicationHistory.Copied(Id, 1000, 50);
        var promoted = copied.Promoted(60);
        var again = promoted.Unpromoted(60);
        Assert.Equal((Id, promoted.Id, 1011L), (again.Id, again.PreviousId, again.PreviousEnd));
        Assert.Same(promoted, promoted.Unpromoted(61));
        Assert.Same(copied, copied.Unpromoted(50));
    }

    [Fact]
    public void A_snapshot_says_which_stream_it_is_of()
    {
        var facts = ReplicationFacts.Of(ReplicationHistory.Copied(Id, 100, 10), new LogCut(20, 5)).ToDictionary();
        Assert.Equal(new ReplicationFacts(Id, 110, 5), ReplicationFacts.Read(facts));
        Assert.Null(ReplicationFacts.Read(new Dictionary<string, string> { ["repl-id"] = Id }));
        Assert.Null(
            ReplicationFacts.Read(new Dictionary<string, string> { ["repl-id"] = "short", ["repl-offset"] = "1" }));
        Assert.Null(ReplicationFacts.Read(new Dictionary<string, string> { ["repl-id"] = Id, ["repl-offset"] = "-1" }));
    }

    private static string Text(LogReader reader)
    {
        var text = new StringBuilder();
        while (reader.Take() is { } lease)
        {
            using (lease)
                foreach (var slice in lease.Slices)
                    text.Append(Encoding.Latin1.GetString(slice.Span));
            reader.Advance(lease.End);
        }

        return text.ToString();
    }
}
