using RedisLite.Commands.Execution;

namespace RedisLite.Core.Tests.Commands;

/// <summary>CONFIG, TIME, LOLWUT, SHUTDOWN.</summary>
public sealed class ConfigCommandTests
{
    [Theory]
    [InlineData("", "CONFIG GET nosuch", "*0")]
    [InlineData("CONFIG SET maxmemory 0", "CONFIG GET MAXMEM*", "*2 $9 maxmemory $1 0")]
    [InlineData("CONFIG SET a 1 b 2", "CONFIG GET a b", "*4 $1 a $1 1 $1 b $1 2")]
    [InlineData("", "CONFIG SET a 1 b", "-ERR syntax error")]
    [InlineData("", "CONFIG REWRITE", "+OK")]
    [InlineData("", "CONFIG RESETSTAT", "+OK")]
    [InlineData("", "CONFIG NOSUCH", "-ERR unknown subcommand 'NOSUCH'. Try CONFIG HELP.")]
    [InlineData("", "TIME", "*2 $10 1700000000 $1 0")]
    [InlineData("", "LOLWUT VERSION x", "-ERR value is not an integer or out of range")]
    [InlineData("", "SHUTDOWN NOSUCH", "-ERR syntax error")]
    [InlineData("", "SHUTDOWN ABORT", "-ERR No shutdown in progress.")]
    [InlineData("", "SHUTDOWN ABORT NOW", "-ERR syntax error")]
    [InlineData("", "SHUTDOWN SAVE NOSAVE", "-ERR syntax error")]
    [InlineData("MULTI", "SHUTDOWN", "-ERR Command not allowed inside a transaction")]
    public void Replies(string given, string command, string reply)
    {
        using var harness = new CommandHarness();
        harness.Given(given);
        Assert.Equal(reply, harness.Run(command));
    }

    [Theory]
    [InlineData("CONFIG HELP", "+RESETSTAT")]
    [InlineData("LOLWUT", "Redis ver. 7.0.15")]
    public void Tells(string command, string part)
    {
        using var harness = new CommandHarness();
        Assert.Contains(part, harness.Run(command), StringComparison.Ordinal);
    }

    [Fact]
    public void Shutdown_asks_the_server_and_replies_nothing()
    {
        using var harness = new CommandHarness();
        Assert.Equal("", harness.Run("SHUTDOWN NOSAVE NOW FORCE"));
        Assert.Equal([new ShutdownRequest(false, true, true)], harness.Shutdowns);
        Assert.Equal(BatchOutcome.Close, harness.Client.Outcome);
    }
}
