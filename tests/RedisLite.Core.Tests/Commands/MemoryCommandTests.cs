namespace RedisLite.Core.Tests.Commands;

/// <summary>MEMORY.</summary>
public sealed class MemoryCommandTests
{
    [Theory]
    [InlineData("", "MEMORY USAGE k", "$-1")]
    [InlineData("SET k v", "MEMORY USAGE k", ":32")]
    [InlineData("SET k v EX 100", "MEMORY USAGE k SAMPLES 5", ":48")]
    [InlineData("SET k v", "MEMORY USAGE k SAMPLES -1", "-ERR syntax error")]
    [InlineData("SET k v", "MEMORY USAGE k SAMPLES x", "-ERR value is not an integer or out of range")]
    [InlineData("SET k v", "MEMORY USAGE k SAMPLES", "-ERR syntax error")]
    [InlineData("SET k v", "MEMORY USAGE k NOSUCH 1", "-ERR syntax error")]
    [InlineData("", "MEMORY PURGE", "+OK")]
    [InlineData("", "MEMORY NOSUCH", "-ERR unknown subcommand 'NOSUCH'. Try MEMORY HELP.")]
    public void Replies(string given, string command, string reply) => CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("MEMORY DOCTOR", "too little data")]
    [InlineData("MEMORY MALLOC-STATS", "gen2: ")]
    [InlineData("MEMORY HELP", "+USAGE <key> [SAMPLES <count>]")]
    [InlineData("MEMORY STATS", "$10 keys.count :2 ")]
    public void Tells(string command, string part)
    {
        using var harness = new CommandHarness();
        harness.Given("SET a 1 ; SET b 2");
        Assert.Contains(part, harness.Run(command), StringComparison.Ordinal);
    }

    [Fact]
    public void Used_memory_is_what_the_keys_and_the_tables_take()
    {
        using var harness = new CommandHarness();
        harness.Given("SET a 1 ; SET b 2");
        var used = harness.Databases.UsedMemory;
        var tables = harness.Databases[0].TableMemory;
        Assert.InRange(tables, 1, used - 1);
        var info = harness.Run("INFO memory");
        Assert.Contains($" used_memory:{used} ", info, StringComparison.Ordinal);
        Assert.Contains($" used_memory_dataset:{used - tables} ", info, StringComparison.Ordinal);
        harness.Given("FLUSHALL");
        Assert.Contains($" used_memory_peak:{used} ", harness.Run("INFO memory"), StringComparison.Ordinal);
    }
}
