using RedisLite.Commands.Server;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// Keyspace notifications of string and bitmap commands, names and order as redis-server 7.0.15 has them.
/// </summary>
public sealed class StringsEventTests
{
    private const KeyspaceEvents Everything = KeyspaceEvents.All | KeyspaceEvents.KeyMiss | KeyspaceEvents.New;

    [Theory]
    [InlineData("", "SET k v", "new k, set k")]
    [InlineData("SET k v", "SET k w", "set k")]
    [InlineData("", "SET k v EX 10", "new k, set k, expire k")]
    [InlineData("SET k v", "SET k v PXAT 1", "set k, expire k")]
    [InlineData("SET k v EX 10", "SET k v KEEPTTL", "set k")]
    [InlineData("", "SET k v NX GET", "keymiss k, new k, set k")]
    [InlineData("SET k v", "SET k w GET", "set k")]
    [InlineData("SET k v", "SET k w NX", "")]
    [InlineData("SET k v", "SET k w IFEQ v", "set k")]
    [InlineData("SET k v", "SET k w IFEQ x", "")]
    [InlineData("", "SETNX k v", "new k, set k")]
    [InlineData("", "SETEX k 10 v", "new k, set k, expire k")]
    [InlineData("", "PSETEX k 10 v", "new k, set k, expire k")]
    [InlineData("", "GETSET k v", "keymiss k, new k, set k")]
    [InlineData("SET k v", "GETSET k w", "set k")]
    [InlineData("", "GET k", "keymiss k")]
    [InlineData("SET k v", "GET k", "")]
    [InlineData("", "GETDEL k", "keymiss k")]
    [InlineData("SET k v", "GETDEL k", "del k")]
    [InlineData("", "GETEX k EX 10", "keymiss k")]
    [InlineData("SET k v", "GETEX k EX 10", "expire k")]
    [InlineData("SET k v", "GETEX k PXAT 1", "del k")]
    [InlineData("SET k v EX 10", "GETEX k PERSIST", "persist k")]
    [InlineData("SET k v", "GETEX k PERSIST", "")]
    [InlineData("SET k v", "DELIFEQ k v", "del k")]
    [InlineData("SET k v", "DELEX k IFEQ w", "")]
    [InlineData("SET k v", "MGET k k j", "keymiss j")]
    [InlineData("", "MSET k v j w k z", "new k, set k, new j, set j, set k")]
    [InlineData("", "MSETNX k v j w", "new k, set k, new j, set j")]
    [InlineData("SET j v", "MSETNX k v j w", "")]
    [InlineData("", "APPEND k v", "new k, append k")]
    [InlineData("SET k v", "APPEND k \"\"", "append k")]
    [InlineData("", "STRLEN k", "keymiss k")]
    [InlineData("", "GETRANGE k 0 1", "keymiss k")]
    [InlineData("", "SETRANGE k 0 \"\"", "")]
    [InlineData("", "SETRANGE k 2 v", "new k, setrange k")]
    [InlineData("SET k v", "SETRANGE k 0 v", "setrange k")]
    [InlineData("", "INCR k", "new k, incrby k")]
    [InlineData("SET k 1", "DECRBY k 5", "incrby k")]
    [InlineData("SET k a", "INCR k", "")]
    [InlineData("", "INCRBYFLOAT k 1", "new k, incrbyfloat k")]
    [InlineData("", "LCS k j", "keymiss k, keymiss j")]
    [InlineData("", "SETBIT k 7 0", "new k, setbit k")]
    [InlineData("SET k a", "SETBIT k 0 0", "")]
    [InlineData("SET k a", "SETBIT k 0 1", "setbit k")]
    [InlineData("SET k a", "SETBIT k 8 0", "setbit k")]
    [InlineData("", "GETBIT k 7", "keymiss k")]
    [InlineData("", "BITCOUNT k", "keymiss k")]
    [InlineData("", "BITPOS k 1", "keymiss k")]
    [InlineData("SET k v", "BITOP AND k j i", "keymiss j, keymiss i, del k")]
    [InlineData("SET j v", "BITOP OR k j i", "keymiss i, new k, set k")]
    [InlineData("SET k v", "BITOP NOT k k", "set k")]
    [InlineData("", "BITFIELD k GET u8 0", "keymiss k")]
    [InlineData("", "BITFIELD_RO k GET u8 0", "keymiss k")]
    [InlineData("", "BITFIELD k SET u8 0 0", "new k, setbit k")]
    [InlineData("", "BITFIELD k OVERFLOW FAIL INCRBY u8 0 256", "new k")]
    [InlineData("SET k a", "BITFIELD k SET u8 0 97", "")]
    [InlineData("SET k a", "BITFIELD k SET u8 0 98 SET u8 0 99", "setbit k")]
    public void Events_of(string given, string command, string events) =>
        CommandHarness.CheckEvents(given, command, events, Everything);

    [Theory]
    [InlineData("SET k w", "expired k, new k, set k")]
    [InlineData("SET k w XX", "expired k")]
    [InlineData("SET k w GET", "expired k, keymiss k, new k, set k")]
    [InlineData("APPEND k w", "expired k, new k, append k")]
    public void Events_when_the_key_has_expired(string command, string events)
    {
        using var harness = new CommandHarness(Everything);
        harness.Given("SET k v PX 1");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(1));
        harness.TakeEvents();
        harness.Run(command);
        Assert.Equal(events, harness.TakeEvents());
    }
}
