using RedisLite.Commands.Execution;

namespace RedisLite.Core.Tests.Commands;

/// <summary>PING, ECHO, SELECT, AUTH, HELLO, RESET, QUIT, EXIT and CLIENT.</summary>
public sealed class ClientCommandTests
{
    [Theory]
    [InlineData("", "PING", "+PONG")]
    [InlineData("", "PING a", "$1 a")]
    [InlineData("", "PING a b", "-ERR wrong number of arguments for 'ping' command")]
    [InlineData("", "ECHO a", "$1 a")]
    [InlineData("", "SELECT 15", "+OK")]
    [InlineData("", "SELECT 16", "-ERR DB index is out of range")]
    [InlineData("", "SELECT -1", "-ERR DB index is out of range")]
    [InlineData("", "SELECT x", "-ERR value is not an integer or out of range")]
    [InlineData("", "AUTH x",
        "-ERR AUTH <password> called without any password configured for the default user. Are you sure your "
            + "configuration is correct?")]
    [InlineData("", "AUTH default x", "+OK")]
    [InlineData("", "AUTH nosuch x", "-WRONGPASS invalid username-password pair or user is disabled.")]
    [InlineData("", "AUTH a b c", "-ERR syntax error")]
    [InlineData("", "HELLO x", "-ERR Protocol version is not an integer or out of range")]
    [InlineData("", "HELLO 4", "-NOPROTO unsupported protocol version")]
    [InlineData("", "HELLO 2 SETNAME", "-ERR Syntax error in HELLO option 'SETNAME'")]
    [InlineData("", "HELLO 2 NOSUCH", "-ERR Syntax error in HELLO option 'NOSUCH'")]
    [InlineData("", "HELLO 2 SETNAME \"a b\"",
        "-ERR Client names cannot contain spaces, newlines or special characters.")]
    [InlineData("", "HELLO 3",
        "%7 $6 server $5 redis $7 version $6 7.0.15 $5 proto :3 $2 id :1 $4 mode $10 standalone $4 role $6 master $7 "
            + "modules *0")]
    [InlineData("SELECT 3 ; MULTI", "RESET", "+RESET")]
    [InlineData("", "QUIT", "+OK")]
    [InlineData("", "EXIT", "")]
    [InlineData("", "CLIENT ID", ":1")]
    [InlineData("", "CLIENT GETNAME", "$-1")]
    [InlineData("CLIENT SETNAME me", "CLIENT GETNAME", "$2 me")]
    [InlineData("CLIENT SETNAME me ; CLIENT SETNAME \"\"", "CLIENT GETNAME", "$-1")]
    [InlineData("", "CLIENT SETNAME \"a b\"",
        "-ERR Client names cannot contain spaces, newlines or special characters.")]
    [InlineData("", "CLIENT SETINFO LIB-NAME x", "+OK")]
    [InlineData("", "CLIENT SETINFO LIB-VER \"a b\"",
        "-ERR lib-ver cannot contain spaces, newlines or special characters.")]
    [InlineData("", "CLIENT SETINFO NOSUCH x", "-ERR Unrecognized option 'NOSUCH'")]
    [InlineData("", "CLIENT KILL 1.2.3.4:5", "-ERR No such client")]
    [InlineData("", "CLIENT KILL ID 99", ":0")]
    [InlineData("", "CLIENT KILL ID 0", "-ERR client-id should be greater than 0")]
    [InlineData("", "CLIENT KILL TYPE nosuch", "-ERR Unknown client type 'nosuch'")]
    [InlineData("", "CLIENT KILL USER nosuch", "-ERR No such user 'nosuch'")]
    [InlineData("", "CLIENT KILL ID 1 ADDR", "-ERR syntax error")]
    [InlineData("", "CLIENT LIST TYPE nosuch", "-ERR Unknown client type 'nosuch'")]
    [InlineData("", "CLIENT LIST ID x", "-ERR Invalid client ID")]
    [InlineData("", "CLIENT LIST x", "-ERR syntax error")]
    [InlineData("", "CLIENT LIST TYPE pubsub", "$0 ")]
    [InlineData("", "CLIENT PAUSE x", "-ERR timeout is not an integer or out of range")]
    [InlineData("", "CLIENT PAUSE -1", "-ERR timeout is negative")]
    [InlineData("", "CLIENT PAUSE 1 NOSUCH", "-ERR CLIENT PAUSE mode must be WRITE or ALL")]
    [InlineData("", "CLIENT PAUSE 1 ALL x",
        "-ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP.")]
    [InlineData("", "CLIENT UNPAUSE", "+OK")]
    [InlineData("", "CLIENT UNBLOCK 99", ":0")]
    [InlineData("", "CLIENT UNBLOCK x", "-ERR value is not an integer or out of range")]
    [InlineData("", "CLIENT UNBLOCK 1 NOSUCH", "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")]
    [InlineData("", "CLIENT UNBLOCK 1 ERROR x",
        "-ERR unknown subcommand or wrong number of arguments for 'UNBLOCK'. Try CLIENT HELP.")]
    [InlineData("", "CLIENT REPLY ON", "+OK")]
    [InlineData("", "CLIENT REPLY NOSUCH", "-ERR syntax error")]
    [InlineData("", "CLIENT NO-EVICT ON", "+OK")]
    [InlineData("", "CLIENT NO-EVICT x", "-ERR syntax error")]
    [InlineData("", "CLIENT NO-TOUCH OFF", "+OK")]
    [InlineData("", "CLIENT NOSUCH", "-ERR unknown subcommand 'NOSUCH'. Try CLIENT HELP.")]
    public void Replies(string given, string command, string reply) => CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("CLIENT INFO")]
    [InlineData("CLIENT LIST")]
    [InlineData("CLIENT HELP")]
    public void Describes_clients(string command)
    {
        using var harness = new CommandHarness();
        harness.Given("CLIENT SETNAME me ; SELECT 2");
        var reply = harness.Run(command);
        if (command == "CLIENT HELP")
            Assert.Contains("+ID ", reply, StringComparison.Ordinal);
        else
            Assert.Matches(
                @"id=1 addr=127\.0\.0\.1:50000 laddr=127\.0\.0\.1:6379 fd=-1 name=me age=0 idle=0 flags=N db=2 .* "
                + @"cmd=client\|(info|list) user=default redir=-1 resp=2 ", reply);
    }

    [Fact]
    public void Without_the_password_only_authentication_is_allowed()
    {
        using var harness = new CommandHarness();
        harness.Services.Access.Users.SetDefaultPassword("secret");
        var client = harness.NewClient();
        client.Session.IsAuthenticated = false;
        Assert.Equal("-NOAUTH Authentication required.", client.Run("GET k"));
        Assert.StartsWith("-NOAUTH HELLO must be called with the client already authenticated", client.Run(
            "HELLO 3"), StringComparison.Ordinal);
        Assert.Equal("-WRONGPASS invalid username-password pair or user is disabled.", client.Run("AUTH wrong"));
        Assert.StartsWith("%7 ", client.Run("HELLO 3 AUTH default secret"), StringComparison.Ordinal);
        Assert.Equal("_", client.Run("GET k"));
        client.Run("RESET");
        Assert.Equal("-NOAUTH Authentication required.", client.Run("GET k"));
    }

    [Fact]
    public void Reset_undoes_what_the_connection_has_set()
    {
        using var harness = new CommandHarness();
        harness.Given("HELLO 3 SETNAME me ; SELECT 3 ; CLIENT TRACKING ON ; SUBSCRIBE c ; MULTI");
        Assert.Equal("+RESET", harness.Run("RESET"));
        var session = harness.Client.Session;
        Assert.Equal(
            (0, 2, 0, false), (session.Database, session.ProtocolVersion, session.Name.Length, session.IsSubscribed));
        Assert.Null(session.Tracking);
        Assert.Equal("-ERR EXEC without MULTI", harness.Run("EXEC"));
        Assert.Equal(":0", harness.NewClient().Run("PUBLISH c m"));
    }

    [Fact]
    public void Quit_ends_the_batch_and_the_subscriptions()
    {
        using var harness = new CommandHarness();
        harness.Given("SUBSCRIBE c");
        Assert.Equal("+OK", harness.Client.Run("QUIT"));
        Assert.Equal(BatchOutcome.Close, harness.Client.Outcome);
        Assert.Equal(":0", harness.NewClient().Run("PUBLISH c m"));
    }

    [Fact]
    public void Reply_skip_and_off_hold_replies_back()
    {
        using var harness = new CommandHarness();
        Assert.Equal("", harness.Run("CLIENT REPLY SKIP"));
        Assert.Equal("", harness.Run("SET k v"));
        Assert.Equal("$1 v", harness.Run("GET k"));
        Assert.Equal("", harness.Run("CLIENT REPLY OFF"));
        Assert.Equal("", harness.Run("GET k"));
        Assert.Equal("+OK", harness.Run("CLIENT REPLY ON"));
    }

    [Fact]
    public void Kill_closes_those_it_matches_and_skips_the_caller()
    {
        using var harness = new CommandHarness();
        var (a, b) = (harness.NewClient(), harness.NewClient());
        Assert.Equal(":1", harness.Run($"CLIENT KILL ID {a.Session.Id}"));
        Assert.True(a.IsClosed);
        Assert.False(b.IsClosed);
        Assert.Equal(":2", harness.Run("CLIENT KILL TYPE normal"));
        Assert.True(b.IsClosed);
        Assert.Equal(":1", harness.Run($"CLIENT KILL ID {harness.Client.Session.Id} SKIPME no"));
        Assert.Equal(BatchOutcome.Close, harness.Client.Outcome);
    }

    [Fact]
    public void Pause_parks_writes_or_everything_until_it_ends()
    {
        using var harness = new CommandHarness();
        harness.Given("CLIENT PAUSE 1000 WRITE");
        var client = harness.NewClient();
        Assert.Equal("$-1", client.Run("GET k"));
        Assert.Equal("", client.Run("SET k v"));
        Assert.Equal(TimeSpan.FromSeconds(1), client.Parked!.Timeout);
        harness.Given("CLIENT UNPAUSE");
        Assert.Single(client.Resumed);
        harness.Given("CLIENT PAUSE 1000");
        Assert.Equal("", harness.NewClient().Run("GET k"));
        harness.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("$-1", harness.NewClient().Run("GET k"));
    }

    [Fact]
    public void Unblock_ends_a_wait_that_may_be_ended()
    {
        using var harness = new CommandHarness();
        var client = harness.NewClient();
        client.Session.Parked = new ParkedCommand { Connection = client, CanBeUnblocked = true };
        Assert.Equal(":1", harness.Run($"CLIENT UNBLOCK {client.Session.Id} ERROR"));
        Assert.Equal(ParkedEnd.UnblockedWithError, Assert.Single(client.Resumed).End);
        client.Session.Parked = new ParkedCommand { Connection = client };
        Assert.Equal(":0", harness.Run($"CLIENT UNBLOCK {client.Session.Id}"));
    }

    [Theory]
    [InlineData("WRITE")]
    [InlineData("ALL")]
    public void While_clients_are_paused_what_expires_is_missing_but_not_deleted(string mode)
    {
        using var harness = new CommandHarness();
        var other = harness.NewClient();
        harness.Given($"SET k v PX 60 ; SET other v ; CLIENT PAUSE 100000 {mode}");
        harness.Clock.Advance(TimeSpan.FromSeconds(1));
        if (mode == "WRITE")
            Assert.Equal("$-1", other.Run("GET k"));
        Assert.Equal(2, harness.Databases[0].Count);
        Assert.Equal(0, harness.Services.Statistics.ExpiredKeys);

        harness.Clock.Advance(TimeSpan.FromSeconds(100));
        harness.Given("CLIENT UNPAUSE");
        Assert.Equal("$-1", other.Run("GET k"));
        Assert.Equal(1, harness.Databases[0].Count);
    }
}
