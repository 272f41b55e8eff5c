using System.Text;

namespace RedisLite.Core.Tests.Commands;

/// <summary>SLOWLOG.</summary>
public sealed class SlowlogCommandTests
{
    [Theory]
    [InlineData("SLOWLOG GET", "*0")]
    [InlineData("SLOWLOG GET -1", "*0")]
    [InlineData("SLOWLOG GET -2", "-ERR count should be greater than or equal to -1")]
    [InlineData("SLOWLOG GET x", "-ERR count should be greater than or equal to -1")]
    [InlineData("SLOWLOG GET 1 2", "-ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP.")]
    [InlineData("SLOWLOG LEN", ":0")]
    [InlineData("SLOWLOG RESET", "+OK")]
    [InlineData("SLOWLOG NOSUCH", "-ERR unknown subcommand 'NOSUCH'. Try SLOWLOG HELP.")]
    [InlineData("SLOWLOG", "-ERR wrong number of arguments for 'slowlog' command")]
    public void Replies(string command, string reply) => CommandHarness.Check("", command, reply);

    [Fact]
    public void Keeps_the_newest_up_to_its_bound()
    {
        using var harness = LoggingEverything();
        harness.Options.SlowlogMaxLength = 2;
        harness.Given("CLIENT SETNAME me ; SET a 1 ; SET b 2");
        Assert.Matches(
            @"^\*2 \*6 :2 :1700000000 :\d+ \*3 \$3 SET \$1 b \$1 2 \$15 127\.0\.0\.1:50000 \$2 me "
            + @"\*6 :1 :1700000000 :\d+ \*3 \$3 SET \$1 a ",
            harness.Run("SLOWLOG GET"));
        Assert.Equal(":2", harness.Run("SLOWLOG LEN"));
        harness.Options.SlowlogLogSlowerThanMicroseconds = -1;
        harness.Given("SLOWLOG RESET");
        Assert.Equal(":0", harness.Run("SLOWLOG LEN"));
    }

    [Fact]
    public void Cuts_long_and_many_arguments()
    {
        using var harness = LoggingEverything();
        harness.Run("SET"u8.ToArray(), "k"u8.ToArray(), new byte[1000]);
        Assert.Contains(@"\x00... (872 more bytes) ", harness.Run("SLOWLOG GET 1"), StringComparison.Ordinal);
        harness.Run("DEL " + string.Join(' ', Enumerable.Range(0, 40)));
        var entry = harness.Run("SLOWLOG GET 1");
        Assert.Contains(" *32 $3 DEL ", entry, StringComparison.Ordinal);
        Assert.Contains(" $23 ... (10 more arguments) ", entry, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AUTH secret", "AUTH (redacted)")]
    [InlineData("AUTH default secret", "AUTH (redacted) (redacted)")]
    [InlineData("HELLO 2 AUTH default secret SETNAME me", "HELLO 2 AUTH (redacted) (redacted) SETNAME me")]
    [InlineData("CONFIG SET maxmemory 0 requirepass secret", "CONFIG SET maxmemory 0 requirepass (redacted)")]
    public void Shows_no_secrets(string command, string shown)
    {
        using var harness = LoggingEverything();
        harness.Run(command);
        var entry = Assert.Single(harness.Services.SlowLog.Newest(1));
        Assert.Equal(shown, string.Join(' ', entry.Arguments.Select(Encoding.ASCII.GetString)));
    }

    [Fact]
    public void Notes_the_commands_of_a_transaction_and_not_exec()
    {
        using var harness = LoggingEverything();
        harness.Given("MULTI ; SET a 1 ; EXEC");
        var names = harness.Services.SlowLog.Newest(10).Select(entry => Encoding.ASCII.GetString(entry.Arguments[0]));
        Assert.Equal(["SET", "MULTI"], names);
    }

    private static CommandHarness LoggingEverything()
    {
        var harness = new CommandHarness();
        harness.Options.SlowlogLogSlowerThanMicroseconds = 0;
        return harness;
    }
}
