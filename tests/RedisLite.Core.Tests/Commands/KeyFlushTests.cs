using RedisLite.Commands.Server;
using RedisLite.Protocol;

namespace RedisLite.Core.Tests.Commands;

/// <summary>FLUSHDB, FLUSHALL, SWAPDB.</summary>
public sealed class KeyFlushTests
{
    private const string TwoDatabases = "SET a 1 ; SET b 2 ; SELECT 1 ; SET c 3 ; SELECT 0";

    [Theory]
    [InlineData(TwoDatabases, "FLUSHDB", "+OK")]
    [InlineData(TwoDatabases, "FLUSHDB SYNC", "+OK")]
    [InlineData(TwoDatabases, "flushdb async", "+OK")]
    [InlineData(TwoDatabases, "FLUSHALL", "+OK")]
    [InlineData(TwoDatabases, "FLUSHALL ASYNC", "+OK")]
    [InlineData(TwoDatabases, "FLUSHALL sync", "+OK")]
    [InlineData(TwoDatabases, "FLUSHDB BAD", "-ERR syntax error")]
    [InlineData(TwoDatabases, "FLUSHALL ASYNC SYNC", "-ERR syntax error")]
    [InlineData(TwoDatabases, "FLUSHALL SYNC BAD", "-ERR syntax error")]
    [InlineData(TwoDatabases, "SWAPDB 0 1", "+OK")]
    [InlineData(TwoDatabases, "SWAPDB 0 0", "+OK")]
    [InlineData(TwoDatabases, "SWAPDB 1 15", "+OK")]
    [InlineData(TwoDatabases, "SWAPDB x 1", "-ERR invalid first DB index")]
    [InlineData(TwoDatabases, "SWAPDB 0 x", "-ERR invalid second DB index")]
    [InlineData(TwoDatabases, "SWAPDB 99999999999 0", "-ERR invalid first DB index")]
    [InlineData(TwoDatabases, "SWAPDB 0 16", "-ERR DB index is out of range")]
    [InlineData(TwoDatabases, "SWAPDB -1 0", "-ERR DB index is out of range")]
    [InlineData(TwoDatabases, "SWAPDB 0", "-ERR wrong number of arguments for 'swapdb' command")]
    public void Replies(string given, string command, string reply) => CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("FLUSHDB", "01 c String 3 -1")]
    [InlineData("FLUSHDB ASYNC", "01 c String 3 -1")]
    [InlineData("FLUSHALL", "")]
    [InlineData("FLUSHALL ASYNC", "")]
    [InlineData("SWAPDB 0 1", "00 c String 3 -1\n01 a String 1 -1\n01 b String 2 -1")]
    [InlineData("FLUSHDB BAD", "00 a String 1 -1\n00 b String 2 -1\n01 c String 3 -1")]
    public void Leaves(string command, string left)
    {
        using var harness = new CommandHarness();
        harness.Given(TwoDatabases);
        harness.Run(command);
        Assert.Equal(left, harness.Dump());
    }

    [Fact]
    public void A_flush_frees_the_memory_before_its_reply()
    {
        using var harness = new CommandHarness();
        harness.Given(TwoDatabases);
        harness.Run("FLUSHALL SYNC");
        Assert.Equal(0, harness.Databases.UsedMemory);
    }

    [Fact]
    public void A_flush_inside_a_transaction_frees_after_it_and_what_follows_stays()
    {
        using var harness = new CommandHarness();
        harness.Given(TwoDatabases + " ; MULTI ; SET d 4 ; FLUSHALL ; SET e 5 ; EXEC");
        Assert.Equal("00 e String 5 -1", harness.Dump());
        Assert.Equal(harness.Databases[0].UsedMemory, harness.Databases.UsedMemory);
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void A_flush_of_nothing_is_logged_all_the_same()
    {
        using var harness = new CommandHarness();
        harness.Run("FLUSHDB");
        harness.Run("FLUSHALL ASYNC");
        Assert.Equal("FLUSHDB ; FLUSHALL ASYNC", harness.TakeLog());
    }

    [Fact]
    public void Without_an_option_the_setting_decides()
    {
        using var harness = new CommandHarness();
        harness.Options.LazyFreeUserFlush = true;
        harness.Given(TwoDatabases);
        Assert.Equal("+OK", harness.Run("FLUSHALL"));
        Assert.Equal("", harness.Dump());
    }

    [Theory]
    [InlineData("FLUSHALL", true)]
    [InlineData("FLUSHDB ASYNC", true)]
    [InlineData("SWAPDB 0 1", true)]
    [InlineData("SWAPDB 2 3", false)]
    public void A_watched_key_that_goes_makes_exec_fail(string command, bool fails)
    {
        using var harness = new CommandHarness();
        var other = harness.NewClient();
        harness.Given("SET k v ; WATCH k");
        other.Run(command);
        harness.Given("MULTI ; PING");
        Assert.Equal(fails ? "*-1" : "*1 +PONG", harness.Run("EXEC"));
    }

    [Theory]
    [InlineData("FLUSHALL")]
    [InlineData("SWAPDB 0 1")]
    public void A_watched_key_that_is_missing_before_and_after_has_not_changed(string command)
    {
        using var harness = new CommandHarness();
        var other = harness.NewClient();
        harness.Given("SET other v ; WATCH k");
        other.Run(command);
        harness.Given("MULTI ; PING");
        Assert.Equal("*1 +PONG", harness.Run("EXEC"));
    }

    [Fact]
    public void A_swap_that_brings_a_watched_key_makes_exec_fail()
    {
        using var harness = new CommandHarness();
        var other = harness.NewClient();
        harness.Given("SELECT 1 ; SET k v ; SELECT 0 ; WATCH k");
        other.Run("SWAPDB 0 1");
        harness.Given("MULTI ; PING");
        Assert.Equal("*-1", harness.Run("EXEC"));
    }

    [Theory]
    [InlineData("FLUSHALL", 3)]
    [InlineData("FLUSHALL ASYNC", 3)]
    [InlineData("FLUSHDB", 2)]
    public void It_counts_as_many_changes_as_keys_went(string command, int keys)
    {
        using var harness = new CommandHarness();
        harness.Given(TwoDatabases);
        var before = harness.Services.Statistics.TotalChanges;
        harness.Given(command);
        Assert.Equal(before + keys, harness.Services.Statistics.TotalChanges);
    }

    [Fact]
    public void With_save_points_FLUSHALL_is_answered_when_the_empty_snapshot_is_written_and_FLUSHDB_at_once()
    {
        using var harness = new CommandHarness();
        var disk = new FlushingPersistence();
        harness.Services.Persistence = disk;
        harness.Options.SavePoints = [new SavePoint(3600, 1)];
        Assert.Equal("+OK", harness.Run("FLUSHDB"));
        Assert.Equal("", harness.Run("FLUSHALL"));
        Assert.NotNull(harness.Client.Parked);
        disk.Done!();
        Assert.Same(harness.Client.Parked, Assert.Single(harness.Client.Resumed));
        using var reply = new ReplyWriter();
        Assert.True(harness.Client.Parked!.TryReply(reply));
        Assert.Equal("+OK\r\n", System.Text.Encoding.ASCII.GetString(reply.Written));
    }

    private sealed class FlushingPersistence : IPersistence
    {
        public Action? Done { get; private set; }

        public bool AofEnabled => false;

        public bool HoldsWriters => false;

        public Action? WritersReleased { get; set; }

        public byte[]? WriteRefusal => null;

        public PersistenceReport Report() => new();

        public BackgroundJobStart StartSnapshot(bool schedule) => BackgroundJobStart.Started;

        public BackgroundJobStart StartRewrite() => BackgroundJobStart.Started;

        public void Save(Action<string?> done) => done(null);

        public void SaveFlushed(Action done) => Done = done;

        public void SaveAtEnd(bool snapshot, Action<string?> done) => done(null);

        public long SyncedPosition => 0;

        public void CutOff()
        {
        }

        public void WhenSynced(long position, Action callback) => callback();
    }
}
