using Akka.TestKit;
using Akka.TestKit.Xunit2;
using RedisLite.Actor.Tests.Support;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Execution;
using RedisLite.Persistence;
using RedisLite.Persistence.Aof;
using RedisLite.Persistence.Files;

namespace RedisLite.Actor.Tests.Persistence;

/// <summary>Who is told when, on a real disk, with probes for the aof actor and for connections.</summary>
public sealed class AofCommitsTests : TestKit
{
    private static readonly ExecutorActor.Executed Done = ExecutorActor.Executed.For(BatchOutcome.Completed);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("redislite-test-");
    private readonly ServerFixture _server;
    private readonly TestProbe _aof;
    private readonly TestProbe _connection;
    private readonly AofWriter _writer;
    private readonly AofCommits _commits;

    public AofCommitsTests()
    {
        _server = new ServerFixture(Sys);
        _aof = CreateTestProbe("aof");
        _connection = CreateTestProbe("connection");
        Queue.Open();
        var directory = AofDirectory.Open(new AofLocation(_folder.FullName), DiskDevice.Instance);
        _writer = new AofWriter(Queue, directory, directory.OpenForAppend(), _server.Components.Status.Aof);
        _commits = new AofCommits(Options, _writer, _aof, static _ => { });
        Options.AppendFsync = AppendFsync.EverySec;
    }

    private AofQueue Queue => _server.Components.AofQueue;

    private RuntimeOptions Options => _server.Services.Options;

    [Fact]
    public void A_thread_without_mailboxes_writes_at_once_and_then_tells()
    {
        var position = Append();
        _commits.Add(position, _connection, Done);
        Assert.Equal(position, Queue.Written);
        _connection.ExpectMsg(Done);
        _aof.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void An_event_loop_writes_once_for_all_that_it_has_executed()
    {
        var before = Queue.Written;
        long seen = -1;
        NewThread.Run(() =>
        {
            var executor = new InlineExecutorService("test");
            ThreadQueue.StartEventLoop(TimeProvider.System);
            executor.Execute(new ActionRun(() =>
            {
                for (var i = 0; i < 3; i++)
                    executor.Execute(new ActionRun(() => _commits.Add(Append(), _connection, Done)));
                executor.Execute(new ActionRun(() => seen = Queue.Written));
            }));
        });
        Assert.Equal(before, seen);
        Assert.Equal(Queue.Appended, Queue.Written);
        for (var i = 0; i < 3; i++)
            _connection.ExpectMsg(Done);
    }

    [Fact]
    public void With_always_the_aof_actor_is_asked()
    {
        Options.AppendFsync = AppendFsync.Always;
        var position = Append();
        _commits.Add(position, _connection, Done);
        Assert.Equal(position, _aof.ExpectMsg<AofActor.Commit>().Position);
        Assert.True(Queue.Written < position);
    }

    [Fact]
    public void While_an_fsync_runs_and_while_another_thread_is_at_the_file_for_long_the_aof_actor_is_asked()
    {
        Append();
        _writer.Write();
        var sync = _writer.BeginSync(isBesideWrites: true)!;
        var position = Append();
        _commits.Add(position, _connection, Done);
        Assert.Equal(position, _aof.ExpectMsg<AofActor.WriteFirst>().Commits.Single().Position);
        _connection.ExpectNoMsg(TimeSpan.Zero);

        // What is written is not waited for, fsync or not.
        _writer.Write();
        _commits.Add(position, _connection, Done);
        _connection.ExpectMsg(Done);
        _writer.EndSync(sync, succeeded: true);
    }

    [Fact]
    public void Between_the_cut_of_a_rewrite_and_its_new_increment_nothing_is_written()
    {
        var before = Append();
        var after = 0L;
        using var newBase = _writer.Switch(() =>
        {
            var cut = Queue.Cut();
            after = Append();
            _commits.Add(after, _connection, Done);
            return (cut, Queue.Epoch);
        });
        Assert.Equal(after, _aof.ExpectMsg<AofActor.WriteFirst>().Commits.Single().Position);
        _connection.ExpectNoMsg(TimeSpan.Zero);
        Assert.Equal(before, Queue.Written);

        _commits.Add(after, _connection, Done);
        _connection.ExpectMsg(Done);
        Assert.Equal(after, Queue.Written);
        Assert.Contains("SET", File.ReadAllText(Path.Combine(_folder.FullName, "appendonlydir", _writer.FileName)));
    }

    [Fact]
    public void A_cut_that_fails_leaves_the_file_in_use()
    {
        Assert.Throws<InvalidOperationException>(() => _writer.Switch(() => throw new InvalidOperationException()));
        _commits.Add(Append(), _connection, Done);
        _connection.ExpectMsg(Done);
    }

    [Fact]
    public void After_a_failed_fsync_nothing_is_told()
    {
        Append();
        _writer.Write();
        _writer.EndSync(_writer.BeginSync(isBesideWrites: true)!, succeeded: false);
        _commits.Add(Append(), _connection, Done);
        _aof.ExpectMsg<AofActor.WriteFirst>();
        _connection.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void A_fsync_counts_for_what_was_written_before_it_began()
    {
        var first = Append();
        _writer.Write();
        var sync = _writer.BeginSync(isBesideWrites: true)!;
        Append();
        _writer.Write();
        sync.Run();
        Assert.True(_writer.EndSync(sync, succeeded: true));
        Assert.Equal(first, Queue.Synced);
        Assert.True(_writer.NeedsSync);
        Assert.True(_writer.Sync());
        Assert.False(_writer.NeedsSync);
        Assert.Equal(Queue.Written, Queue.Synced);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _commits.Dispose();
        _writer.Dispose();
        _server.Dispose();
        _folder.Delete(recursive: true);
    }

    private long Append() => _server.Components.ChangeLog.Append(0, 0, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"u8);
}
