using RedisLite.Commands.Keys;
using RedisLite.Commands.Server;

namespace RedisLite.Core.Tests.Commands;

/// <summary>OBJECT, the access marks behind it, and HELP, which every container has.</summary>
public sealed class KeyObjectTests
{
    private const string FortyFour = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqr";

    [Theory]
    [InlineData("SET k 12", "OBJECT ENCODING k", "$3 int")]
    [InlineData("SET k 012", "OBJECT ENCODING k", "$6 embstr")]
    [InlineData("SET k " + FortyFour, "OBJECT ENCODING k", "$6 embstr")]
    [InlineData("SET k " + FortyFour + "s", "object encoding k", "$3 raw")]
    [InlineData("", "OBJECT ENCODING k", "$-1")]
    [InlineData("SET k v", "OBJECT REFCOUNT k", ":1")]
    [InlineData("SET k 9999", "OBJECT REFCOUNT k", ":2147483647")]
    [InlineData("SET k 10000", "OBJECT REFCOUNT k", ":1")]
    [InlineData("SET k -1", "OBJECT REFCOUNT k", ":1")]
    [InlineData("", "OBJECT REFCOUNT k", "$-1")]
    [InlineData("SET k v", "OBJECT IDLETIME k", ":0")]
    [InlineData("", "OBJECT IDLETIME k", "$-1")]
    [InlineData("", "OBJECT FREQ k", "$-1")]
    [InlineData("SET k v", "OBJECT FREQ k",
        "-ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching "
            + "between policies at runtime LRU and LFU data will take some time to adjust.")]
    [InlineData("", "OBJECT", "-ERR wrong number of arguments for 'object' command")]
    [InlineData("", "OBJECT ENCODING", "-ERR wrong number of arguments for 'object|encoding' command")]
    [InlineData("", "OBJECT BAD k", "-ERR unknown subcommand 'BAD'. Try OBJECT HELP.")]
    [InlineData("", "OBJECT HELP x", "-ERR wrong number of arguments for 'object|help' command")]
    [InlineData("", "OBJECT HELP",
        "*15 +OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are: +ENCODING <key> +    Return the kind of "
            + "internal representation used in order to store the value +    associated with a <key>. +FREQ <key> +    "
            + "Return the access frequency index of the <key>. The returned integer is +    proportional to the "
            + "logarithm of the recent access frequency of the key. +IDLETIME <key> +    Return the idle time of the "
            + "<key>, that is the approximated number of +    seconds elapsed since the last access to the key. "
            + "+REFCOUNT <key> +    Return the number of references of the value associated with the specified +    "
            + "<key>. +HELP +    Prints this help.")]
    public void Replies(string given, string command, string reply) => CommandHarness.Check(given, command, reply);

    [Fact]
    public void Every_container_has_help()
    {
        using var harness = new CommandHarness();
        foreach (var container in harness.Services.Commands.Commands.Where(command => command.Subcommands is not null))
            Assert.Contains(
                "+HELP +    Prints this help.", harness.Run($"{container.Name} HELP"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET k", 0)]
    [InlineData("TOUCH k", 0)]
    [InlineData("EXPIRE k 1000", 0)]
    [InlineData("DUMP k", 0)]
    [InlineData("SET k w", 0)]
    [InlineData("SET k w KEEPTTL", 0)]
    [InlineData("MSET k w", 0)]
    [InlineData("APPEND k w", 0)]
    [InlineData("RENAMENX other k", 0)]
    [InlineData("EXISTS k", 90)]
    [InlineData("TYPE k", 90)]
    [InlineData("TTL k", 90)]
    [InlineData("OBJECT ENCODING k", 90)]
    [InlineData("SCAN 0", 90)]
    public void Idle_time_counts_from_the_last_access(string command, int seconds)
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v ; SET other v");
        harness.Clock.Advance(TimeSpan.FromSeconds(90));
        harness.Run(command);
        Assert.Equal($":{seconds}", harness.Run("OBJECT IDLETIME k"));
    }

    [Fact]
    public void A_client_that_said_no_touch_touches_only_by_touch()
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v");
        harness.Client.Session.NoTouch = true;
        harness.Clock.Advance(TimeSpan.FromSeconds(90));
        harness.Run("GET k");
        Assert.Equal(":90", harness.Run("OBJECT IDLETIME k"));
        harness.Run("TOUCH k");
        Assert.Equal(":0", harness.Run("OBJECT IDLETIME k"));
    }

    [Fact]
    public void A_copy_and_a_new_key_have_just_been_accessed_and_a_renamed_one_too()
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v ; SET r v");
        harness.Clock.Advance(TimeSpan.FromSeconds(90));
        harness.Given("COPY k l ; SET m v ; RENAME r s");
        foreach (var key in new[] { "l", "m", "s" })
            Assert.Equal(":0", harness.Run($"OBJECT IDLETIME {key}"));
    }

    [Fact]
    public void Under_lfu_the_frequency_is_told_and_the_idle_time_is_not()
    {
        using var harness = new CommandHarness();
        harness.Options.MaxMemoryPolicy = MaxMemoryPolicy.VolatileLfu;
        harness.Given("SET k 5");
        Assert.Equal(":5", harness.Run("OBJECT FREQ k"));
        harness.Given("GET k ; GET k");
        Assert.Equal(":7", harness.Run("OBJECT FREQ k"));
        harness.Given("SET k 6");
        Assert.Equal(":8", harness.Run("OBJECT FREQ k"));
        Assert.StartsWith("-ERR An LFU maxmemory policy is selected, idle time not tracked.", harness.Run(
            "OBJECT IDLETIME k"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MaxMemoryPolicy.NoEviction, 0, int.MaxValue)]
    [InlineData(MaxMemoryPolicy.NoEviction, 1 << 30, int.MaxValue)]
    [InlineData(MaxMemoryPolicy.AllKeysRandom, 1 << 30, int.MaxValue)]
    [InlineData(MaxMemoryPolicy.AllKeysLru, 0, int.MaxValue)]
    [InlineData(MaxMemoryPolicy.AllKeysLru, 1 << 30, 1)]
    [InlineData(MaxMemoryPolicy.VolatileLfu, 1 << 30, 1)]
    public void Small_integers_seem_shared_unless_eviction_needs_them_apart(
        MaxMemoryPolicy policy, long maxMemory, int count)
    {
        using var harness = new CommandHarness();
        harness.Options.MaxMemoryPolicy = policy;
        harness.Options.MaxMemory = maxMemory;
        harness.Given("SET k 7");
        Assert.Equal($":{count}", harness.Run("OBJECT REFCOUNT k"));
    }

    [Theory]
    [InlineData(5u, 10, 0.999, 6u)]
    [InlineData(0u, 10, 0.999, 1u)]
    [InlineData(6u, 10, 0.09, 7u)]
    [InlineData(6u, 10, 0.091, 6u)]
    [InlineData(15u, 10, 0.0099, 16u)]
    [InlineData(15u, 10, 0.01, 15u)]
    [InlineData(200u, 0, 0.999, 201u)]
    [InlineData(255u, 0, 0.0, 255u)]
    public void The_lfu_counter_grows_the_slower_the_higher_it_is(
        uint counter, int logFactor, double chance, uint expected) =>
        Assert.Equal(expected, AccessClock.Incremented(counter, logFactor, chance));

    [Theory]
    [InlineData(0, 1, 100u)]
    [InlineData(1, 1, 99u)]
    [InlineData(59, 1, 41u)]
    [InlineData(1000, 1, 0u)]
    [InlineData(9, 10, 100u)]
    [InlineData(25, 10, 98u)]
    [InlineData(1000, 0, 100u)]
    public void The_lfu_counter_falls_with_time(int minutes, int decayMinutes, uint expected)
    {
        // A moment at which the sixteen bits of minutes go round.
        var start = 65_530 * 60_000L;
        var mark = AccessClock.OfCounter(100, start);
        Assert.Equal(expected, AccessClock.Counter(mark, start + minutes * 60_000L, decayMinutes));
    }
}
