using System.Text;
using RedisLite.Commands.Access;

namespace RedisLite.Core.Tests.Commands;

/// <summary>What users may not do is refused wherever a command can come from.</summary>
public sealed class AclEnforcementTests
{
    private const string NoKey = "-NOPERM this user has no permissions to access one of the keys used as arguments";
    private const string NoChannel =
        "-NOPERM this user has no permissions to access one of the channels used as arguments";

    [Theory]
    [InlineData("+get ~a*", "GET a1", "$-1")]
    [InlineData("+get ~a*", "GET b", NoKey)]
    [InlineData("+get ~a*", "SET a1 x", "-NOPERM this user has no permissions to run the 'set' command")]
    [InlineData(
        "+@all -config|get ~*", "CONFIG GET x", "-NOPERM this user has no permissions to run the 'config|get' command")]
    [InlineData("+@all ~a ~b", "MGET a b", "*2 $-1 $-1")]
    [InlineData("+@all ~a ~b", "MGET a b c", NoKey)]
    [InlineData("+@all %R~r %W~w", "GET r", "$-1")]
    [InlineData("+@all %R~r %W~w", "GET w", NoKey)]
    [InlineData("+@all %R~r %W~w", "SET w 1", "+OK")]
    [InlineData("+@all %R~r %W~w", "SET w 1 GET", NoKey)]
    [InlineData("+@all %R~r %W~w", "SET w 1 IFEQ 2", NoKey)]
    [InlineData("+@all %R~r %W~w", "SET w 1 ifne 2", NoKey)]
    [InlineData("+@all %R~r %W~w", "SET w 1 EX 10 IFEQ GET", NoKey)]
    [InlineData("+@all %R~r %W~w", "SET w 1 EX 10 NX", "+OK")]
    [InlineData("+@all %R~r %W~w %RW~w", "SET w 1 IFNE 2", "+OK")]
    [InlineData("+@all %R~r %W~w", "DELIFEQ w 1", NoKey)]
    [InlineData("+@all %R~r %W~w", "DELEX w IFEQ 1", NoKey)]
    [InlineData("('+get' '~q*')", "GET q1", "$-1")]
    [InlineData("('+get' '~q*')", "GET x1", NoKey)]
    [InlineData("+@all %R~r %W~w", "SET r 1", NoKey)]
    [InlineData("+@all %R~r %W~w", "COPY r w", ":0")]
    [InlineData("+@all %R~r %W~w", "COPY w r", NoKey)]
    [InlineData("+@all %R~r", "EXISTS r", ":0")]
    [InlineData("+@all %W~w", "DEL w", ":0")]
    [InlineData("+@all %W~w", "WATCH w", "+OK")]
    [InlineData("+@all ~a", "WATCH b", NoKey)]
    [InlineData("+@all ~a", "SORT a STORE b", NoKey)]
    [InlineData("+@all ~a", "XREAD STREAMS a b 0 0", NoKey)]
    [InlineData("+@all ~a", "EVAL x 1 b", NoKey)]
    [InlineData("+@all ~a", "OBJECT ENCODING b", NoKey)]
    [InlineData("+@all ~a", "KEYS *", "*0")]
    [InlineData(
        "+@all ~a", "SORT a BY w_* STORE a", "-ERR BY option of SORT denied due to insufficient ACL permissions.")]
    [InlineData("+@all ~a", "SORT a GET #", "-ERR GET option of SORT denied due to insufficient ACL permissions.")]
    [InlineData("+@all ~a", "SORT a BY nosort", "*0")]
    [InlineData("+@all %R~* ~a", "SORT a BY w_* GET o_*", "*0")]
    [InlineData("+@all ~a (+sort allkeys)", "SORT a BY w_*", "*0")]
    [InlineData(
        "+@all ~a (+get allkeys)",
        "SORT a BY w_*",
        "-ERR BY option of SORT denied due to insufficient ACL permissions.")]
    [InlineData("+select|0 +select|1", "SELECT 1", "+OK")]
    [InlineData("+select|0 +select|1", "SELECT 2", "-NOPERM this user has no permissions to run the 'select' command")]
    [InlineData("+@all &c*", "PUBLISH c1 x", ":0")]
    [InlineData("+@all &c*", "PUBLISH d x", NoChannel)]
    [InlineData("+@all &c*", "SPUBLISH d x", NoChannel)]
    [InlineData("+@all &c*", "SUBSCRIBE c1 d", NoChannel)]
    [InlineData("+@all &c*", "SSUBSCRIBE d", NoChannel)]
    [InlineData("+@all &c*", "PSUBSCRIBE c1*", NoChannel)]
    [InlineData("+@all &c*", "PSUBSCRIBE c*", "*3 $10 psubscribe $2 c* :1")]
    [InlineData("+@all &c*", "UNSUBSCRIBE d", "*3 $11 unsubscribe $1 d :0")]
    [InlineData("(+get ~a) (+set ~b)", "GET a", "$-1")]
    [InlineData("(+get ~a) (+set ~b)", "SET b 1", "+OK")]
    [InlineData("(+get ~a) (+set ~b)", "GET b", NoKey)]
    [InlineData("-@all", "AUTH default x", "+OK")]
    [InlineData("-@all", "RESET", "+RESET")]
    [InlineData("-@all", "PING", "-NOPERM this user has no permissions to run the 'ping' command")]
    [InlineData("-@all", "NOSUCH", "-ERR unknown command 'NOSUCH', with args beginning with: ")]
    public void A_request_keeps_within_the_rules(string rules, string command, string reply)
    {
        using var harness = new CommandHarness();
        var client = As(harness, rules);
        Assert.Equal(reply, client.Run(command));
    }

    [Fact]
    public void A_transaction_is_checked_when_it_is_queued_and_when_it_runs()
    {
        using var harness = new CommandHarness();
        var client = As(harness, "+@all ~a ~b");
        client.Run("MULTI");
        Assert.Equal(NoKey, client.Run("SET c 1"));
        Assert.Equal("-EXECABORT Transaction discarded because of previous errors.", client.Run("EXEC"));

        client.Run("MULTI");
        client.Run("SET a 1");
        client.Run("SET b 1");
        client.Run("DBSIZE");
        client.Run("PUBLISH c x");
        harness.Given("ACL SETUSER u resetkeys ~a -dbsize");
        const string changed =
            "-NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. "
            + "This command is no longer allowed for the following reason: ";
        Assert.Equal(NoChannel, client.Run("PUBLISH c x"));
        Assert.Equal("-EXECABORT Transaction discarded because of previous errors.", client.Run("EXEC"));
        harness.Given("ACL SETUSER u ~b +dbsize &c");
        client.RunMany("MULTI", "SET a 1", "SET b 1", "DBSIZE", "PUBLISH c x");
        harness.Given("ACL SETUSER u resetkeys ~a -dbsize resetchannels");
        Assert.Equal(
            $"*4 +OK {changed}no permission to touch the specified keys "
            + $"{changed}no permission to execute the command or subcommand "
            + $"{changed}no permission to access one of the channels used as arguments to the command",
            client.Run("EXEC"));
        Assert.Equal("$-1", harness.Run("GET b"));
    }

    [Fact]
    public void A_script_may_call_what_its_caller_may()
    {
        using var harness = new CommandHarness();
        var client = As(harness, "+@all -dbsize ~a");
        Assert.Equal("+OK", client.Run("EVAL \"return redis.call('set', KEYS[1], '1')\" 1 a"));
        Assert.StartsWith(

            "-ERR The user executing the script can't access at least one of the keys mentioned in the command ",
            client.Run("EVAL \"return redis.call('set', 'b', '1')\" 0"),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "-ERR The user executing the script can't run this command or subcommand script: ",
            client.Run("EVAL \"return redis.call('dbsize')\" 0"),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "-ERR The user executing the script can't publish to the channel mentioned in the command script: ",
            client.Run("EVAL \"return redis.call('publish', 'c', 'm')\" 0"),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "-ERR BY option of SORT denied",
            client.Run("EVAL \"return redis.call('sort', 'a', 'by', 'w_*')\" 1 a"),
            StringComparison.Ordinal);
        Assert.Equal("$-1", client.Run("EVAL \"return redis.acl_check_cmd('get', 'b')\" 0"));
        Assert.Equal(":1", client.Run("EVAL \"return redis.acl_check_cmd('get', 'a')\" 0"));
        Assert.Equal("$-1", harness.Run("GET b"));
    }

    [Fact]
    public void A_change_holds_for_the_next_request()
    {
        using var harness = new CommandHarness();
        var client = As(harness, "+@all ~*");
        Assert.Equal("$-1", client.Run("GET k"));
        harness.Given("ACL SETUSER u -get");
        Assert.StartsWith("-NOPERM", client.Run("GET k"), StringComparison.Ordinal);
        harness.Given("ACL SETUSER u reset");
        Assert.Equal("-NOPERM this user has no permissions to run the 'ping' command", client.Run("PING"));
    }

    [Fact]
    public void A_user_that_is_deleted_is_cut_off()
    {
        using var harness = new CommandHarness();
        var client = As(harness, "+@all ~*");
        var waiting = As(harness, "+@all ~*");
        waiting.Run("BLPOP q 0");
        Assert.Equal(":1", harness.Run("ACL DELUSER u"));
        Assert.True(client.IsClosed);
        Assert.True(waiting.IsClosed);
        Assert.Equal("-NOAUTH Authentication required.", client.Run("GET k"));

        // What its command waits for goes to nobody.
        harness.Given("RPUSH q 1");
        Assert.Equal("-NOAUTH Authentication required.", waiting.TakeUp());
        Assert.Equal(":1", harness.Run("LLEN q"));
    }

    [Fact]
    public void A_user_that_deletes_itself_gets_the_reply()
    {
        using var harness = new CommandHarness();
        var client = As(harness, "+@all ~*");
        Assert.Equal(":1", client.Run("ACL DELUSER u"));
        Assert.True(client.Session.CloseAfterReply);
    }

    [Fact]
    public void A_client_that_waits_is_not_served_what_it_may_not_have_any_more()
    {
        using var harness = new CommandHarness();
        var client = As(harness, "+@all ~q");
        client.Run("BLPOP q 0");
        harness.Given("ACL SETUSER u resetkeys ; RPUSH q 1");
        Assert.Equal(NoKey, client.TakeUp());
        Assert.Equal(":1", harness.Run("LLEN q"));
    }

    [Fact]
    public void Who_listens_to_channels_that_are_taken_away_is_closed()
    {
        using var harness = new CommandHarness();
        var (stays, channel, pattern, shard) =
            (As(harness, "+@all &*"), As(harness, "+@all &*"), As(harness, "+@all &*"), As(harness, "+@all &*"));
        stays.Run("SUBSCRIBE a");
        channel.Run("SUBSCRIBE b");
        pattern.Run("PSUBSCRIBE a?");
        shard.Run("SSUBSCRIBE b");
        harness.Given("ACL SETUSER u resetchannels &a*");
        Assert.Equal((false, true, true, true), (stays.IsClosed, channel.IsClosed, pattern.IsClosed, shard.IsClosed));
    }

    [Fact]
    public void Refusals_are_remembered_and_those_of_one_kind_counted()
    {
        using var harness = new CommandHarness();
        var client = As(harness, "+@all -dbsize ~a");
        client.Run("GET b");
        client.Run("GET b");
        client.Run("DBSIZE");
        client.Run("AUTH nobody wrong");
        client.Run("PUBLISH c m");
        client.Run("EVAL \"return redis.pcall('get', 'b')\" 0");
        client.Run("MULTI");
        client.Run("GET b");
        var log = harness.Run("ACL LOG");
        string[] entries =
        [
            "multi $6 object $1 b", "lua $6 object $1 b", "toplevel $6 object $1 c", "toplevel $6 object $4 AUTH",
            "toplevel $6 object $6 dbsize",
        ];
        Assert.Equal(6, harness.Services.Access.Log.Latest(10).Count);
        Assert.Equal(2, harness.Services.Access.Log.Latest(10)[^1].Count);
        foreach (var entry in entries)
            Assert.Contains(entry, log, StringComparison.Ordinal);
        Assert.Contains("$8 username $1 u ", log, StringComparison.Ordinal);
        Assert.Contains(" user=u ", log, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", log, StringComparison.Ordinal);

        harness.Clock.Advance(TimeSpan.FromSeconds(61));
        client.Run("DISCARD");
        client.Run("GET b");
        Assert.Equal(7, harness.Services.Access.Log.Latest(10).Count);
        harness.Options.AclLogMaxLength = 2;
        client.Run("GET c");
        Assert.Equal(2, harness.Services.Access.Log.Latest(10).Count);
    }

    [Fact]
    public void Of_long_keys_and_names_the_beginning_is_remembered()
    {
        using var harness = new CommandHarness();
        var client = As(harness, "+@all ~a");
        client.Run($"GET {new string('k', 5000)}");
        client.Run($"AUTH {new string('n', 10_000)} wrong");
        var entries = harness.Services.Access.Log.Latest(10);
        Assert.Equal(new string('n', 4096) + "... (5904 more bytes)", entries[0].User);
        Assert.Equal(new string('k', 4096) + "... (904 more bytes)", Encoding.ASCII.GetString(entries[1].Object));
    }

    [Fact]
    public void Passwords_decide_who_a_client_is()
    {
        using var harness = new CommandHarness();
        harness.Given("ACL SETUSER u on >p1 >p2 +@all ~* ; ACL SETUSER off >p1");
        const string wrong = "-WRONGPASS invalid username-password pair or user is disabled.";
        var client = harness.NewClient();
        Assert.Equal(wrong, client.Run("AUTH u p"));
        Assert.Equal(wrong, client.Run("AUTH nobody p1"));
        Assert.Equal(wrong, client.Run("AUTH off p1"));
        Assert.Equal("$7 default", client.Run("ACL WHOAMI"));
        Assert.Equal("+OK", client.Run("AUTH u p2"));
        Assert.Equal("$1 u", client.Run("ACL WHOAMI"));
        Assert.Equal(wrong, client.Run("AUTH u p"));
        Assert.Equal("$1 u", client.Run("ACL WHOAMI"));
        harness.Given("ACL SETUSER u <p2");
        Assert.Equal("$1 u", client.Run("ACL WHOAMI"));
        Assert.Equal(wrong, harness.Run("AUTH u p2"));
    }

    [Fact]
    public void The_default_user_without_a_password_asks_for_none()
    {
        using var harness = new CommandHarness();
        harness.Given("ACL SETUSER default >pw");
        var client = harness.NewClient();
        Assert.Equal("-NOAUTH Authentication required.", client.Run("GET k"));
        harness.Given("ACL SETUSER default nopass");
        Assert.Equal("$-1", client.Run("GET k"));
        harness.Given("ACL SETUSER default off");
        Assert.Equal("-NOAUTH Authentication required.", client.Run("GET k"));
        Assert.Equal("$-1", harness.Run("GET k"));
    }

    [Fact]
    public void Rules_are_shown_nowhere()
    {
        using var harness = new CommandHarness();
        harness.Options.SlowlogLogSlowerThanMicroseconds = 0;
        var monitor = harness.NewClient();
        monitor.Run("MONITOR");
        harness.Run("ACL SETUSER someone on >topsecret");
        harness.Run("AUTH someone topsecret");
        harness.Run("HELLO 2 AUTH someone topsecret");
        harness.Run("AUTH default x");
        var shown = harness.Run("SLOWLOG GET 100") + string.Join(' ', monitor.Pushes) + harness.Run("ACL LOG");
        Assert.Contains("(redacted)", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("topsecret", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Clients_are_listed_and_ended_by_user()
    {
        using var harness = new CommandHarness();
        var client = As(harness, "+@all ~*");
        Assert.Contains(" user=u ", harness.Run("CLIENT LIST"), StringComparison.Ordinal);
        Assert.Equal("-ERR No such user 'nosuch'", harness.Run("CLIENT KILL USER nosuch"));
        Assert.Equal(":1", harness.Run("CLIENT KILL USER u"));
        Assert.True(client.IsClosed);
    }

    [Fact]
    public void Commands_and_bytes_of_a_user_are_limited_by_the_second()
    {
        const string limited = "-LIMIT this user may not send more in this second";
        using var harness = new CommandHarness();
        var (one, other) = (As(harness, "+@all ~* &* limit-commands:3"), As(harness, ""));
        Assert.Equal(["$-1", "$-1", "$-1"], [one.Run("GET k"), other.Run("GET k"), one.Run("GET k")]);
        Assert.Equal([limited, limited], [one.Run("GET k"), other.Run("GET k")]);
        Assert.Equal("+OK", other.Run("AUTH default x"));
        Assert.Equal("$-1", other.Run("GET k"));
        harness.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("$-1", one.Run("GET k"));
        harness.Given("ACL SETUSER u limit-commands:0 limit-bytes:10");
        harness.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["$-1", "$-1"], [one.Run("GET k"), one.Run("GET k")]);
        Assert.Equal(limited, one.Run("GET kkkk"));
        harness.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["$-1", limited], [one.Run("GET keyofmorethantenbytes"), one.Run("GET k")]);
        Assert.Contains("$6 limits *1 $14 limit-bytes:10", harness.Run("ACL GETUSER u"), StringComparison.Ordinal);

        // A batch that began in the second before counts with those of this one.
        harness.Given("ACL SETUSER u limit-bytes:0 limit-commands:1");
        harness.Clock.Advance(TimeSpan.FromSeconds(1));
        var usage = new AccessUsage();
        var limits = harness.Services.Access.Users.Find("u")!.Rules.Limits;
        Assert.Equal([true, false, false, true, true],
            new[] { 5_000L, 4_999, 5_999, 6_000, 1_000 }.Select(nowMs => usage.TryTake(limits, nowMs, 1)));
        harness.Given("ACL SETUSER u limit-commands:0");
        Assert.Equal("$-1", one.Run("GET k"));
    }

    [Fact]
    public void Connections_of_a_user_are_limited()
    {
        using var harness = new CommandHarness();
        harness.Given("ACL SETUSER u on nopass +@all limit-clients:2");
        TestClient[] clients = [harness.NewClient(), harness.NewClient(), harness.NewClient()];
        Assert.Equal(["+OK", "+OK"], [clients[0].Run("AUTH u x"), clients[1].Run("AUTH u x")]);
        Assert.Equal("-LIMIT this user may not have more connections", clients[2].Run("AUTH u x"));
        Assert.Equal("$7 default", clients[2].Run("ACL WHOAMI"));
        Assert.Equal("+OK", clients[0].Run("AUTH u x"));
        Assert.Equal(["+RESET", "+OK"], [clients[0].Run("RESET"), clients[2].Run("AUTH u x")]);
        Assert.False(harness.Services.Access.HasRoomFor(harness.Services.Access.Users.Find("u")!));
    }

    private static TestClient As(CommandHarness harness, string rules)
    {
        harness.Given($"ACL SETUSER u on nopass {AclCommandTests.Quoted(rules)}");
        var client = harness.NewClient();
        Assert.Equal("+OK", client.Run("AUTH u x"));
        return client;
    }
}
