using RedisLite.Commands.Server;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// SAVE, BGSAVE, LASTSAVE, BGREWRITEAOF and WAITAOF towards a server without files; INFO persistence.
/// </summary>
public sealed class AdminPersistenceCommandTests
{
    [Theory]
    [InlineData("", "BGSAVE", "+Background saving started")]
    [InlineData("", "BGSAVE SCHEDULE", "+Background saving started")]
    [InlineData("", "BGSAVE NOSUCH", "-ERR syntax error")]
    [InlineData("", "LASTSAVE", ":0")]
    [InlineData("", "BGREWRITEAOF", "-ERR appendonly is off: there is no append only file to rewrite")]
    [InlineData("", "WAITAOF 0 0 0", "*2 :0 :0")]
    [InlineData("", "WAITAOF 1 0 0", "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")]
    [InlineData("", "WAITAOF 2 0 0", "-ERR value is out of range, must be between 0 and 1")]
    [InlineData("", "WAITAOF 0 -1 0", "-ERR value is out of range, must be positive")]
    [InlineData("", "WAITAOF 0 0 x", "-ERR timeout is not an integer or out of range")]
    [InlineData("", "WAITAOF 0 0 -1", "-ERR timeout is negative")]
    [InlineData("MULTI", "SAVE", "-ERR Command not allowed inside a transaction")]
    public void Replies(string given, string command, string reply) => CommandHarness.Check(given, command, reply);

    [Fact]
    public void Info_shows_the_report_of_the_server_s_files()
    {
        using var harness = new CommandHarness();
        harness.Services.Persistence = new Reporting(new PersistenceReport
        {
            ChangesSinceSave = 7,
            LastSnapshotSucceeded = false,
            AofEnabled = true,
            AofCurrentSize = 123,
            AofQueueLimit = 65536,
            AofQueueIsFull = true,
            AofQueueFullCount = 3,
            AofSyncInProgress = true,
            AofDelayedSyncs = 2,
        });
        var info = harness.Run("INFO persistence");
        Assert.Contains(" rdb_changes_since_last_save:7 ", info, StringComparison.Ordinal);
        Assert.Contains(" rdb_last_bgsave_status:err ", info, StringComparison.Ordinal);
        Assert.Contains(
            " aof_current_size:123 aof_base_size:0 aof_pending_rewrite:0 aof_buffer_length:0 aof_pending_bio_fsync:1 "
            + "aof_delayed_fsync:2 "
                + "aof_queue_limit:65536 aof_queue_full:1 aof_queue_full_count:3",
            info,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SET k v")]
    [InlineData("DEL k")]
    [InlineData("PING")]
    public void Writes_and_pings_are_refused_while_the_disk_fails(string command)
    {
        using var harness = new CommandHarness();
        harness.Services.Persistence = new RefusingPersistence("MISCONF no disk");
        Assert.Equal("-MISCONF no disk", harness.Run(command));
        Assert.Equal("$-1", harness.Run("GET k"));
    }

    private sealed class Reporting(PersistenceReport report) : IPersistence
    {
        public bool AofEnabled => report.AofEnabled;

        public bool HoldsWriters => false;

        public Action? WritersReleased { get; set; }

        public byte[]? WriteRefusal => null;

        public PersistenceReport Report() => report;

        public BackgroundJobStart StartSnapshot(bool schedule) => BackgroundJobStart.Started;

        public BackgroundJobStart StartRewrite() => BackgroundJobStart.Started;

        public void Save(Action<string?> done) => done(null);

        public void SaveFlushed(Action done) => done();

        public void SaveAtEnd(bool snapshot, Action<string?> done) => done(null);

        public long SyncedPosition => 0;

        public void CutOff()
        {
        }

        public void WhenSynced(long position, Action callback) => callback();
    }
}
