using RedisLite.Commands.Server;

namespace RedisLite.Core.Tests.Commands;

/// <summary>SAVE, BGSAVE, LASTSAVE, BGREWRITEAOF and WAITAOF towards a server without files; INFO persistence.</summary>
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
        });
        var info = harness.Run("INFO persistence");
        Assert.Contains(" rdb_changes_since_last_save:7 ", info, StringComparison.Ordinal);
        Assert.Contains(" rdb_last_bgsave_status:err ", info, StringComparison.Ordinal);
        Assert.Contains(" aof_current_size:123 ", info, StringComparison.Ordinal);
    }

    private sealed class Reporting(PersistenceReport report) : IPersistence
    {
        public bool IsLogging => report.AofEnabled;

        public PersistenceReport Report() => report;

        public BackgroundJobStart StartSnapshot(bool schedule) => BackgroundJobStart.Started;

        public BackgroundJobStart StartRewrite() => BackgroundJobStart.Started;

        public void Save(Action<string?> done) => done(null);

        public void WhenSynced(long position, Action callback) => callback();
    }
}
