using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Core.Tests.Commands;

/// <summary>WAIT, without replicas.</summary>
public sealed class KeyWaitTests
{
    [Theory]
    [InlineData("", "WAIT 0 0", ":0")]
    [InlineData("", "WAIT -1 0", ":0")]
    [InlineData("", "WAIT 0 9223372036854775807", ":0")]
    [InlineData("", "WAIT x 0", "-ERR value is not an integer or out of range")]
    [InlineData("", "WAIT 0 x", "-ERR timeout is not an integer or out of range")]
    [InlineData("", "WAIT 0 -1", "-ERR timeout is negative")]
    [InlineData("", "WAIT 1", "-ERR wrong number of arguments for 'wait' command")]
    [InlineData("MULTI ; WAIT 1 0", "EXEC", "*1 :0")]
    public void Replies(string given, string command, string reply) => CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("WAIT 1 1500", 1500)]
    [InlineData("WAIT 1 0", -1)]
    [InlineData("WAIT 3 9223372036854775807", -1)]
    public void Waits_as_long_as_it_was_told(string command, int timeoutMs)
    {
        using var harness = new CommandHarness();
        Assert.Equal("", harness.Run(command));
        Assert.Equal(TimeSpan.FromMilliseconds(timeoutMs), harness.Client.Parked!.Timeout);
        Assert.True(harness.Client.Parked.CanBeUnblocked);
    }

    [Theory]
    [InlineData(false, ":0\r\n")]
    [InlineData(true, "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n")]
    public void Answers_when_the_wait_is_over(bool withError, string reply)
    {
        using var harness = new CommandHarness();
        harness.Run("WAIT 1 0");
        var parked = harness.Client.Parked!;
        Assert.True(parked.Unblock(withError));
        Assert.False(parked.TryEnd(ParkedEnd.TimedOut));
        using var writer = new ReplyWriter();
        Assert.True(parked.TryReply(writer));
        Assert.Equal(reply, System.Text.Encoding.ASCII.GetString(writer.Written));
    }
}
