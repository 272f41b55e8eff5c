using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;

namespace RedisLite.Core.Tests.Commands;

/// <summary>DEBUG.</summary>
public sealed class DebugCommandTests
{
    private const string NotAllowed =
        "-ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from "
            + "a local connection, otherwise you need to set this option in the configuration file, and then "
            + "restart the server.";

    [Theory]
    [InlineData("", "DEBUG NOSUCH",
        "-ERR unknown subcommand or wrong number of arguments for 'NOSUCH'. Try DEBUG HELP.")]
    [InlineData("", "DEBUG SLEEP", "-ERR unknown subcommand or wrong number of arguments for 'SLEEP'. Try DEBUG HELP.")]
    [InlineData("", "DEBUG SLEEP 0", "+OK")]
    [InlineData("", "DEBUG SLEEP abc", "+OK")]
    [InlineData("", "DEBUG OBJECT nosuch", "-ERR no such key")]
    [InlineData("SET k v", "DEBUG OBJECT k",
        "+Value at:0x0 refcount:1 encoding:embstr serializedlength:2 lru:5501184 lru_seconds_idle:0")]
    [InlineData("SET k v", "DEBUG DIGEST", "+264ccf65edec66bccfa7cc659414ccca432057d2")]
    [InlineData("", "DEBUG DIGEST", "+0000000000000000000000000000000000000000")]
    [InlineData("SET k v", "DEBUG DIGEST-VALUE k nosuch",
        "*2 +d79ee9fe5d5ad902d7f6620efc3b07b75ddd742f +0000000000000000000000000000000000000000")]
    [InlineData("", "DEBUG ERROR \"MYERR text\"", "-MYERR text")]
    [InlineData("", "DEBUG CHANGE-REPL-ID", "+OK")]
    [InlineData("", "DEBUG HTSTATS 99", "-ERR Out of range database")]
    [InlineData("", "DEBUG HTSTATS x", "-ERR value is not an integer or out of range")]
    [InlineData("", "DEBUG STRINGMATCH-LEN 3 A*", ":1")]
    [InlineData("", "DEBUG STRINGMATCH-LEN 3 A?", ":0")]
    [InlineData("", "DEBUG PROTOCOL double", "$5 3.141")]
    [InlineData("", "DEBUG PROTOCOL map", "*6 :0 :0 :1 :1 :2 :0")]
    [InlineData("", "DEBUG PROTOCOL attrib", "$39 Some real reply following the attribute")]
    [InlineData("HELLO 3", "DEBUG PROTOCOL attrib",
        "|1 $14 key-popularity *2 $7 key:123 :90 $39 Some real reply following the attribute")]
    [InlineData("", "DEBUG PROTOCOL push", "-ERR RESP2 is not supported by this command")]
    [InlineData("", "DEBUG JMAP", "-ERR unknown subcommand or wrong number of arguments for 'JMAP'. Try DEBUG HELP.")]
    public void Replies(string given, string command, string reply)
    {
        using var harness = Allowing();
        harness.Given(given);
        Assert.Equal(reply, harness.Run(command));
    }

    [Theory]
    [InlineData(ProtectedAccess.No, NotAllowed)]
    [InlineData(ProtectedAccess.Local, "-boom")]
    [InlineData(ProtectedAccess.Yes, "-boom")]
    public void Is_refused_unless_the_options_allow_it(ProtectedAccess access, string reply)
    {
        using var harness = new CommandHarness();
        harness.Options.EnableDebugCommand = access;
        Assert.Equal(reply, harness.Run("DEBUG ERROR boom"));
    }

    [Fact]
    public void Sleep_waits_at_the_connection()
    {
        using var harness = Allowing();
        Assert.Equal("", harness.Run("DEBUG SLEEP 1.5"));
        Assert.Equal(BatchOutcome.Parked, harness.Client.Outcome);
        Assert.Equal(TimeSpan.FromSeconds(1.5), harness.Client.Parked!.Timeout);
        Assert.Equal("+PONG", harness.NewClient().Run("PING"));
    }

    [Fact]
    public void Sleep_inside_a_transaction_answers_at_once()
    {
        using var harness = Allowing();
        harness.Given("MULTI ; DEBUG SLEEP 10");
        Assert.Equal("*1 +OK", harness.Run("EXEC"));
    }

    [Fact]
    public void Log_and_set_active_expire_reach_the_server()
    {
        using var harness = Allowing();
        harness.Given("DEBUG LOG hello ; DEBUG SET-ACTIVE-EXPIRE 0");
        Assert.Equal(["hello"], harness.Logged);
        Assert.False(harness.Services.IsActiveExpiryEnabled);
        harness.Given("DEBUG SET-ACTIVE-EXPIRE 1");
        Assert.True(harness.Services.IsActiveExpiryEnabled);
    }

    [Fact]
    public void Htstats_describes_the_tables()
    {
        using var harness = Allowing();
        Assert.Contains("No stats available", harness.Run("DEBUG HTSTATS 0"), StringComparison.Ordinal);
        harness.Given("SET a 1 ; SET b 2");
        Assert.Contains("number of elements: 2", harness.Run("DEBUG HTSTATS 0"), StringComparison.Ordinal);
    }

    private static CommandHarness Allowing()
    {
        var harness = new CommandHarness();
        harness.Options.EnableDebugCommand = ProtectedAccess.Yes;
        return harness;
    }
}
