using Akka.Actor;
using Akka.Dispatch;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using RedisLite.Actor.Tests.Support;
using RedisLite.Commands.Execution;
using RedisLite.Execution;
using RedisLite.Log;
using RedisLite.Persistence;
using RedisLite.Persistence.Aof;
using RedisLite.Persistence.Files;

namespace RedisLite.Actor.Tests.Persistence;

/// <summary>The aof actor on a real disk, with probes for the snapshot actor and for connections.</summary>
/// <remarks>What it does when the disk fails is tested on whole servers, in DiskFailureTests.</remarks>
public sealed class AofActorTests : TestKit
{
    private static readonly ExecutorActor.Executed Done = ExecutorActor.Executed.For(BatchOutcome.Completed);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("redislite-test-");
    private readonly ServerFixture _server;
    private readonly TestProbe _snapshots;
    private readonly TestProbe _connection;
    private readonly AofDirectory _directory;
    private readonly IActorRef _aof;

    public AofActorTests()
    {
        _server = new ServerFixture(Sys);
        _snapshots = CreateTestProbe("snapshots");
        _connection = CreateTestProbe("connection");
        Queue.Open();
        _directory = AofDirectory.Open(new AofLocation(_folder.FullName), DiskDevice.Instance);
        var writer = new AofWriter(Queue, _directory, _directory.OpenForAppend(), Status.Aof);
        _aof = Sys.ActorOf(
            AofActor.Props(
                _server.Services, Queue, Status, writer, _snapshots, Dispatchers.DefaultDispatcherId,
                Timeout.InfiniteTimeSpan),
            "aof");
    }

    private AofQueue Queue => _server.Components.AofQueue;

    private PersistenceStatus Status => _server.Components.Status;

    [Fact]
    public void A_batch_is_given_back_when_its_effects_are_on_the_disk()
    {
        var position = Append();
        _aof.Tell(new AofActor.Commit(position, _connection, Done));
        _connection.ExpectMsg(Done);
        Assert.True(Queue.Synced >= position);
        Assert.Equal(position, _directory.GetTotalLength());
        Assert.Equal(position, Status.Aof.Size);
    }

    [Fact]
    public void Who_waits_for_what_is_on_the_disk_already_is_called_at_once()
    {
        _aof.Tell(new AofActor.WaitSynced(0, () => _connection.Tell("called")));
        _connection.ExpectMsg("called");
    }

    [Fact]
    public void A_rewrite_has_its_base_written_by_the_snapshot_actor_and_batches_go_on_meanwhile()
    {
        _aof.Tell(AofActor.StartRewrite.Instance);
        var write = _snapshots.ExpectMsg<SnapshotActor.WriteBase>();
        Assert.True(write.IsRdb);
        Assert.Equal(BackgroundJob.Rewrite, Status.Job);
        _aof.Tell(new AofActor.Commit(Append(), _connection, Done));
        _connection.ExpectMsg(Done);

        write.Snapshot.Dispose();
        write.Target.Output.Write("REDIS0010"u8);
        _aof.Tell(new SnapshotActor.BaseWritten(write.Target, write.IsRdb), _snapshots);
        AwaitAssert(() => Assert.Equal(BackgroundJob.None, Status.Job));
        Assert.True(Status.Report.LastRewriteSucceeded);
        Assert.Equal(["appendonly.aof.1.base.rdb", "appendonly.aof.2.incr.aof"], _directory.Manifest.LoadOrder.Select(
            file => file.Name));
        Assert.Equal(Status.Aof.BaseSize, _directory.GetTotalLength());
    }

    [Fact]
    public void A_new_increment_begins_with_the_database_that_the_log_stands_in()
    {
        _server.Components.ChangeLog.Append(3, 3, "*1\r\n$4\r\nPING\r\n"u8);
        _aof.Tell(AofActor.StartRewrite.Instance);
        var write = _snapshots.ExpectMsg<SnapshotActor.WriteBase>();
        write.Snapshot.Dispose();
        write.Target.Dispose();
        var position = _server.Components.ChangeLog.Append(3, 3, "*1\r\n$4\r\nPING\r\n"u8);
        _aof.Tell(new AofActor.Commit(position, _connection, Done));
        _connection.ExpectMsg(Done);
        Assert.Equal("*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*1\r\n$4\r\nPING\r\n", Content("appendonly.aof.2.incr.aof"));
        Assert.Equal(Content("appendonly.aof.1.incr.aof"), Content("appendonly.aof.2.incr.aof"));
    }

    [Fact]
    public void What_is_for_replicas_alone_is_not_in_the_file_and_waits_for_no_disk()
    {
        using var link = _server.Components.ChangeLog.AddReader(
            "link", new LogReaderOptions { Audience = LogAudience.Replicas });
        var position = _server.Components.ChangeLog.Append(-1, -1, "*1\r\n$4\r\nPING\r\n"u8, [new LogRange(0, 14)]);
        _aof.Tell(new AofActor.Commit(position, _connection, Done));
        _connection.ExpectMsg(Done);
        Assert.Equal(position, Queue.Synced);
        Assert.Equal("", Content("appendonly.aof.1.incr.aof"));
    }

    [Fact]
    public void A_file_of_a_stream_says_after_each_append_how_far_it_goes()
    {
        var log = _server.Components.ChangeLog;
        var id = new string('a', 40);
        log.SetStream(new LogStream(id, 1000));
        AppendSynced();
        AppendSynced();
        log.Append(-1, -1, "*1\r\n$4\r\nPING\r\n"u8, [new LogRange(0, 14)]);
        AppendSynced();
        var content = $"{Select}{Set}";
        content += $"#REPL:{id} {1000 + content.Length} {content.Length}\r\n";
        content += $"{Set}";
        content += $"#REPL:{1000 + Select.Length + (2 * Set.Length)} {content.Length}\r\n";
        content += $"{Set}";
        content += $"#REPL:{1000 + Select.Length + (3 * Set.Length) + 14} {content.Length}\r\n";
        Assert.Equal(content, Content("appendonly.aof.1.incr.aof"));

        log.SetStream(null);
        AppendSynced();
        Assert.EndsWith(Set, Content("appendonly.aof.1.incr.aof"), StringComparison.Ordinal);
    }

    [Fact]
    public void At_the_end_the_file_says_what_was_for_replicas_alone_as_well()
    {
        var log = _server.Components.ChangeLog;
        log.SetStream(new LogStream(new string('a', 40), 0));
        AppendSynced();
        var before = Content("appendonly.aof.1.incr.aof");
        log.Append(-1, -1, "*1\r\n$4\r\nPING\r\n"u8, [new LogRange(0, 14)]);
        _aof.Tell(AofActor.Flush.Instance, _connection);
        _connection.ExpectMsg<AofActor.Flushed>(flushed => Assert.True(flushed.Succeeded));
        Assert.Equal(before + $"#REPL:{log.End} {before.Length}\r\n", Content("appendonly.aof.1.incr.aof"));
        _aof.Tell(AofActor.Flush.Instance, _connection);
        _connection.ExpectMsg<AofActor.Flushed>();
        Assert.Equal(before + $"#REPL:{log.End} {before.Length}\r\n", Content("appendonly.aof.1.incr.aof"));
    }

    [Fact]
    public void A_new_increment_says_where_it_begins()
    {
        var log = _server.Components.ChangeLog;
        var id = new string('a', 40);
        log.SetStream(new LogStream(id, 0));
        AppendSynced();
        _aof.Tell(AofActor.StartRewrite.Instance);
        var write = _snapshots.ExpectMsg<SnapshotActor.WriteBase>();
        write.Snapshot.Dispose();
        write.Target.Dispose();
        var content = $"{Select}#REPL:{id} {log.End} {Select.Length}\r\n";
        Assert.Equal(content, Content("appendonly.aof.2.incr.aof"));
        AppendSynced();
        content += Set;
        Assert.Equal(content + $"#REPL:{log.End} {content.Length}\r\n", Content("appendonly.aof.2.incr.aof"));
    }

    [Fact]
    public void A_file_that_was_cut_off_is_of_no_other_stream_than_it_was()
    {
        var log = _server.Components.ChangeLog;
        AppendSynced();
        Append();
        Queue.CutOff();
        log.SetStream(new LogStream(new string('b', 40), 0));
        using var lease = Queue.Take(long.MaxValue);
        Assert.Null(lease!.Stream);
        Assert.Null(Queue.WrittenCut.Stream);
    }

    [Fact]
    public void A_base_that_could_not_be_written_leaves_both_increments()
    {
        _aof.Tell(AofActor.StartRewrite.Instance);
        var write = _snapshots.ExpectMsg<SnapshotActor.WriteBase>();
        write.Snapshot.Dispose();
        write.Target.Dispose();
        _aof.Tell(new SnapshotActor.BaseFailed(new IOException("No space left on device")), _snapshots);
        _aof.Tell(new AofActor.Commit(Append(), _connection, Done));
        _connection.ExpectMsg(Done);
        Assert.False(Status.Report.LastRewriteSucceeded);
        Assert.True(Status.Report.LastWriteSucceeded);
        Assert.Equal(["appendonly.aof.1.incr.aof", "appendonly.aof.2.incr.aof"], _directory.Manifest.LoadOrder.Select(
            file => file.Name));
    }

    [Fact]
    public void A_rewrite_that_is_asked_for_during_a_snapshot_begins_when_that_is_over()
    {
        Status.TryBegin(BackgroundJob.Snapshot);
        _aof.Tell(AofActor.StartRewrite.Instance);
        _aof.Tell(AofActor.Flush.Instance, _connection);
        _connection.ExpectMsg<AofActor.Flushed>(flushed => Assert.True(flushed.Succeeded));
        Assert.True(Status.IsScheduled(BackgroundJob.Rewrite));
        Status.End(BackgroundJob.Snapshot, succeeded: true);
        var write = _snapshots.ExpectMsg<SnapshotActor.WriteBase>();
        write.Snapshot.Dispose();
        write.Target.Dispose();
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _server.Dispose();
        _folder.Delete(recursive: true);
    }

    private string Content(string name)
    {
        using var stream = new StreamReader(DiskDevice.Instance.OpenRead(_directory.PathOf(name)));
        return stream.ReadToEnd();
    }

    private const string Select = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n";
    private const string Set = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n";

    private void AppendSynced()
    {
        _aof.Tell(new AofActor.Commit(Append(), _connection, Done));
        _connection.ExpectMsg(Done);
    }

    private long Append() => _server.Components.ChangeLog.Append(0, 0, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"u8);
}
