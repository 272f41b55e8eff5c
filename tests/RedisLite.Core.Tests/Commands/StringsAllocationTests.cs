namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// The hot path leaves nothing for the garbage collector: not in parsing, execution, storage, log or reply.
/// </summary>
public sealed class StringsAllocationTests
{
    [Theory]
    [InlineData("SET key:1 abcdefghijklmnopqrstuvwxyz012345")]
    [InlineData("GET key:1")]
    [InlineData("GET missing")]
    [InlineData("SET key:1 abcdefghijklmnopqrstuvwxyz012345 EX 100")]
    [InlineData("SET key:1 v NX GET")]
    [InlineData("INCR n")]
    [InlineData("MGET key:1 n missing")]
    [InlineData("APPEND short x")]
    [InlineData("SETBIT bits 77 1")]
    [InlineData("BITCOUNT key:1")]
    public void A_repeated_command_allocates_nothing(string command)
    {
        using var harness = new CommandHarness();
        harness.Log.HasReaders = false;
        harness.Given("SET key:1 v");
        var requests = string.Concat(Enumerable.Repeat(command + "\r\n", 100));
        var input = System.Text.Encoding.ASCII.GetBytes(requests);
        Assert.Equal(0, Allocation.LeastOf(() => harness.Client.RunOnly(input)));
    }
}
