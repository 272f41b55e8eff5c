namespace RedisLite.Core.Tests.Commands;

/// <summary>What clients ask to learn that there is no cluster and that there are no modules.</summary>
public sealed class ClusterCommandTests
{
    private const string Disabled = "-ERR This instance has cluster support disabled";

    [Theory]
    [InlineData("CLUSTER SLOTS", Disabled)]
    [InlineData("CLUSTER SHARDS", Disabled)]
    [InlineData("CLUSTER NODES", Disabled)]
    [InlineData("CLUSTER INFO", Disabled)]
    [InlineData("CLUSTER MYID", Disabled)]
    [InlineData("CLUSTER MYSHARDID", Disabled)]
    [InlineData("CLUSTER KEYSLOT k", Disabled)]
    [InlineData("CLUSTER ADDSLOTS 1", Disabled)]
    [InlineData("CLUSTER ADDSLOTSRANGE 1 1", Disabled)]
    [InlineData("CLUSTER BUMPEPOCH", Disabled)]
    [InlineData("CLUSTER COUNT-FAILURE-REPORTS 1", Disabled)]
    [InlineData("CLUSTER COUNTKEYSINSLOT 1", Disabled)]
    [InlineData("CLUSTER CANCELSLOTMIGRATIONS", Disabled)]
    [InlineData("CLUSTER GETSLOTMIGRATIONS", Disabled)]
    [InlineData("CLUSTER MIGRATESLOTS SLOTSRANGE 1 2 NODE x", Disabled)]
    [InlineData("CLUSTER MIGRATION STATUS ALL", Disabled)]
    [InlineData("CLUSTER SYNCSLOTS X", Disabled)]
    [InlineData("CLUSTER DELSLOTS 1", Disabled)]
    [InlineData("CLUSTER DELSLOTSRANGE 1 1", Disabled)]
    [InlineData("CLUSTER FAILOVER", Disabled)]
    [InlineData("CLUSTER FLUSHSLOTS", Disabled)]
    [InlineData("CLUSTER FORGET 1", Disabled)]
    [InlineData("CLUSTER GETKEYSINSLOT 1 1", Disabled)]
    [InlineData("CLUSTER LINKS", Disabled)]
    [InlineData("CLUSTER MEET 1 1", Disabled)]
    [InlineData("CLUSTER REPLICAS 1", Disabled)]
    [InlineData("CLUSTER REPLICATE 1", Disabled)]
    [InlineData("CLUSTER RESET", Disabled)]
    [InlineData("CLUSTER SAVECONFIG", Disabled)]
    [InlineData("CLUSTER SET-CONFIG-EPOCH 1", Disabled)]
    [InlineData("CLUSTER SETSLOT 1 1", Disabled)]
    [InlineData("CLUSTER SLAVES 1", Disabled)]
    [InlineData("CLUSTER KEYSLOT", "-ERR wrong number of arguments for 'cluster|keyslot' command")]
    [InlineData("CLUSTER NOSUCH", "-ERR unknown subcommand 'NOSUCH'. Try CLUSTER HELP.")]
    [InlineData("CLUSTER", "-ERR wrong number of arguments for 'cluster' command")]
    [InlineData("READONLY", Disabled)]
    [InlineData("READWRITE", Disabled)]
    [InlineData("ASKING", Disabled)]
    [InlineData("READONLY x", "-ERR wrong number of arguments for 'readonly' command")]
    [InlineData("MIGRATE 127.0.0.1 1 k 0 100", "+NOKEY")]
    [InlineData("MIGRATE 127.0.0.1 1 \"\" 0 100 KEYS a b", "+NOKEY")]
    [InlineData("MIGRATE 127.0.0.1 1 k 0 100 COPY REPLACE AUTH2 user password", "+NOKEY")]
    [InlineData("MIGRATE 127.0.0.1 x k 0 100", "-ERR value is not an integer or out of range")]
    [InlineData("MIGRATE 127.0.0.1 1 k 0 100 NOSUCH", "-ERR syntax error")]
    [InlineData("MIGRATE 127.0.0.1 1 k 0 100 KEYS a",
        "-ERR When using MIGRATE KEYS option, the key argument must be set to the empty string")]
    [InlineData("RESTORE-ASKING k 0 x", "-ERR DUMP payload version or checksum are wrong")]
    [InlineData("MODULE LIST", "*0")]
    [InlineData("MODULE", "-ERR wrong number of arguments for 'module' command")]
    public void Replies(string command, string reply) => CommandHarness.Check("", command, reply);

    [Theory]
    [InlineData("MODULE LOAD /lib/x.so")]
    [InlineData("MODULE LOADEX /lib/x.so")]
    [InlineData("MODULE UNLOAD x")]
    public void Modules_are_refused(string command)
    {
        using var harness = new CommandHarness();
        Assert.StartsWith("-ERR MODULE command not allowed.", harness.Run(command), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CLUSTER HELP", "+SLOTS")]
    [InlineData("MODULE HELP", "+LIST")]
    public void Help_names_the_subcommands(string command, string line)
    {
        using var harness = new CommandHarness();
        Assert.Contains(line, harness.Run(command), StringComparison.Ordinal);
    }
}
