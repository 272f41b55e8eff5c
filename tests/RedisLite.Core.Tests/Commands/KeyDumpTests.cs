using System.Text;
using RedisLite.Commands.Server;
using RedisLite.Storage.Serialization;

namespace RedisLite.Core.Tests.Commands;

/// <summary>DUMP and RESTORE. The clock shows 1700000000000.</summary>
public sealed class KeyDumpTests
{
    // What redis-server 7.0.15 says to "SET k 10", "DUMP k".
    private const string Ten = "\"\\x00\\xc0\\x0a\\x0a\\x00n\\x9fWE\\x0e\\xaec\\xbb\"";

    // A sound frame around an empty list in quicklist form.
    private static readonly byte[] List = Frame([18, 0]);

    [Theory]
    [InlineData("", "DUMP k", "$-1")]
    [InlineData("SET k 10", "DUMP k", "$13 \\x00\\xc0\\x0a\\x0a\\x00n\\x9fWE\\x0e\\xaec\\xbb")]
    [InlineData("", "DUMP", "-ERR wrong number of arguments for 'dump' command")]
    [InlineData("", "RESTORE k 0 " + Ten, "+OK")]
    [InlineData("", "RESTORE k 5000 " + Ten, "+OK")]
    [InlineData("", "RESTORE k 1700000000001 " + Ten + " ABSTTL", "+OK")]
    [InlineData("", "RESTORE k 1 " + Ten + " ABSTTL", "+OK")]
    [InlineData("SET k v", "RESTORE k 1 " + Ten + " ABSTTL REPLACE", "+OK")]
    [InlineData("SET k v", "RESTORE k 0 " + Ten, "-BUSYKEY Target key name already exists.")]
    [InlineData("SET k v", "RESTORE k 0 " + Ten + " replace", "+OK")]
    [InlineData("", "RESTORE k 0 " + Ten + " IDLETIME 5", "+OK")]
    [InlineData("", "RESTORE k 0 " + Ten + " FREQ 255", "+OK")]
    [InlineData("", "RESTORE k 0 " + Ten + " IDLETIME -1", "-ERR Invalid IDLETIME value, must be >= 0")]
    [InlineData("", "RESTORE k 0 " + Ten + " IDLETIME x", "-ERR value is not an integer or out of range")]
    [InlineData("", "RESTORE k 0 " + Ten + " FREQ 256", "-ERR Invalid FREQ value, must be >= 0 and <= 255")]
    [InlineData("", "RESTORE k 0 " + Ten + " FREQ -1", "-ERR Invalid FREQ value, must be >= 0 and <= 255")]
    [InlineData("", "RESTORE k 0 " + Ten + " IDLETIME 1 FREQ 1", "-ERR syntax error")]
    [InlineData("", "RESTORE k 0 " + Ten + " FREQ 1 IDLETIME 1", "-ERR syntax error")]
    [InlineData("", "RESTORE k 0 " + Ten + " FREQ", "-ERR syntax error")]
    [InlineData("", "RESTORE k 0 " + Ten + " BAD", "-ERR syntax error")]
    [InlineData("", "RESTORE k x " + Ten, "-ERR value is not an integer or out of range")]
    [InlineData("", "RESTORE k -1 " + Ten, "-ERR Invalid TTL value, must be >= 0")]
    [InlineData("", "RESTORE k 9223372036854775807 " + Ten, "+OK")]
    [InlineData("", "RESTORE k 0 short", "-ERR DUMP payload version or checksum are wrong")]
    [InlineData("", "RESTORE k 0 \"\"", "-ERR DUMP payload version or checksum are wrong")]
    [InlineData("SET k v", "RESTORE k x short", "-BUSYKEY Target key name already exists.")]
    [InlineData("", "RESTORE k 0", "-ERR wrong number of arguments for 'restore' command")]
    public void Replies(string given, string command, string reply) => CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("RESTORE k 0 " + Ten, "00 k String 10 -1")]
    [InlineData("RESTORE k 5000 " + Ten, "00 k String 10 1700000005000")]
    [InlineData("RESTORE k 1700000000001 " + Ten + " ABSTTL", "00 k String 10 1700000000001")]
    [InlineData("RESTORE k 1700000000000 " + Ten + " ABSTTL", "")]
    [InlineData("RESTORE k 9223372036854775807 " + Ten, "")]
    public void Restores_value_and_time(string command, string dump)
    {
        using var harness = new CommandHarness();
        Assert.Equal("+OK", harness.Run(command));
        Assert.Equal(dump, harness.Dump());
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void Logs_the_time_to_live_as_a_point_in_time()
    {
        using var harness = new CommandHarness();
        harness.Run($"RESTORE k 5000 {Ten} REPLACE");
        Assert.StartsWith("RESTORE k 1700000005000 ", harness.TakeLog(), StringComparison.Ordinal);
        harness.AssertReplayAgrees();
    }

    [Theory]
    [InlineData("RESTORE k 0 " + Ten + " REPLACE", "new k, restore k")]
    [InlineData("RESTORE l 0 " + Ten, "new l, restore l")]
    [InlineData("RESTORE k 1 " + Ten + " REPLACE ABSTTL", "del k")]
    [InlineData("RESTORE l 1 " + Ten + " REPLACE ABSTTL", "")]
    [InlineData("RESTORE k 0 " + Ten, "")]
    public void Publishes(string command, string events) =>
        CommandHarness.CheckEvents("SET k v", command, events, KeyspaceEvents.Generic | KeyspaceEvents.New);

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(21, true)]
    [InlineData(100, true)]
    [InlineData(20_000, false)]
    [InlineData(20_000, true)]
    public void What_dump_writes_restore_reads(int length, bool compress)
    {
        using var harness = new CommandHarness();
        harness.Options.RdbCompression = compress;
        var value = new byte[length];
        for (var i = 0; i < length; i++)
            value[i] = (byte)(i / 100);
        harness.Run("SET"u8.ToArray(), "k"u8.ToArray(), value);
        var payload = Dump(harness, "k");
        if (length >= 100)
            Assert.Equal(compress, payload.Length < length);
        Assert.Equal("+OK", harness.Run("RESTORE"u8.ToArray(), "l"u8.ToArray(), "0"u8.ToArray(), payload));
        Assert.Equal(harness.Run("GET k"), harness.Run("GET l"));
        Assert.Equal(harness.Run("OBJECT ENCODING k"), harness.Run("OBJECT ENCODING l"));
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void No_damaged_byte_gets_past_the_checksum()
    {
        using var harness = new CommandHarness();
        harness.Given("SET k value");
        var payload = Dump(harness, "k");
        for (var i = 0; i < payload.Length; i++)
        {
            payload[i] ^= 0x10;
            Assert.Equal(
                "-ERR DUMP payload version or checksum are wrong",
                harness.Run("RESTORE"u8.ToArray(), "l"u8.ToArray(), "0"u8.ToArray(), payload));
            payload[i] ^= 0x10;
        }
    }

    public static TheoryData<byte[]> UnreadableValues => new()
    {
        List,
        Frame([99]),
        Frame([7, 0]),
        Frame([2, 2, 1, (byte)'a', 1, (byte)'a']), // a set with a member twice
        Frame([5, 1, 1, (byte)'a', 0, 0, 0, 0, 0, 0, 0xf8, 0x7f]), // a score that is not a number
        Frame([4, 2, 1, (byte)'f', 1, (byte)'v']), // a hash that ends too early
        Frame([16, 10, 10, 0, 0, 0, 1, 0, 0x81, (byte)'a', 2, 0xff]), // a field without a value
        Frame([0, 10, (byte)'x']),
        // LZF: three bytes that say they unpack to forty, but refer to what lies before their beginning.
        Frame([0, 0xc3, 3, 40, 0xe0, 31, 7]),
    };

    [Theory]
    [MemberData(nameof(UnreadableValues))]
    public void A_sound_frame_around_something_else_is_bad_data_and_changes_nothing(byte[] payload)
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v");
        foreach (var ttl in new[] { "0", "1" })
            Assert.Equal(
                "-ERR Bad data format",
                harness.Run("RESTORE"u8.ToArray(), "k"u8.ToArray(), Encoding.ASCII.GetBytes(
                    ttl), payload, "REPLACE"u8.ToArray(), "ABSTTL"u8.ToArray()));
        Assert.Equal("00 k String v -1", harness.Dump());
    }

    public static TheoryData<string, byte[]> Collections => new()
    {
        { "list quicklist", Frame([1, 2, 1, (byte)'a', 1, (byte)'b']) },
        { "set intset", Frame([11, 10, 2, 0, 0, 0, 1, 0, 0, 0, 5, 0]) },
        { "set hashtable", Frame([2, 1, 1, (byte)'a']) },
        { "zset listpack", Frame([17, 12, 12, 0, 0, 0, 2, 0, 0x81, (byte)'a', 2, 1, 1, 0xff]) },
        { "hash listpack", Frame([4, 1, 1, (byte)'f', 1, (byte)'v']) },
        { "hash listpack", Frame([24, 0xe8, 3, 0, 0, 0, 0, 0, 0, 1, 1, 1, (byte)'f', 1, (byte)'v']) },
    };

    [Theory]
    [MemberData(nameof(Collections))]
    public void Collections_are_restored_dumped_and_replayed(string description, byte[] payload)
    {
        using var harness = new CommandHarness();
        Assert.Equal("+OK", harness.Run("RESTORE"u8.ToArray(), "k"u8.ToArray(), "0"u8.ToArray(), payload));
        Assert.Equal($"+{description.Split(' ')[0]}", harness.Run("TYPE k"));
        Assert.EndsWith(description.Split(' ')[1], harness.Run("OBJECT ENCODING k"), StringComparison.Ordinal);
        var dump = Dump(harness, "k");
        Assert.Equal("+OK", harness.Run("RESTORE"u8.ToArray(), "l"u8.ToArray(), "0"u8.ToArray(), dump));
        Assert.Equal(Convert.ToHexString(dump), Convert.ToHexString(Dump(harness, "l")));
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void Idle_time_and_frequency_come_back_under_the_policy_that_uses_them()
    {
        using var harness = new CommandHarness();
        harness.Given($"RESTORE k 0 {Ten} IDLETIME 100 ; RESTORE l 0 {Ten} FREQ 77");
        Assert.Equal(":100", harness.Run("OBJECT IDLETIME k"));
        Assert.Equal(":0", harness.Run("OBJECT IDLETIME l"));
        harness.Options.MaxMemoryPolicy = MaxMemoryPolicy.AllKeysLfu;
        harness.Given($"RESTORE k 0 {Ten} REPLACE IDLETIME 100 ; RESTORE l 0 {Ten} REPLACE FREQ 77");
        Assert.Equal(":5", harness.Run("OBJECT FREQ k"));
        Assert.Equal(":77", harness.Run("OBJECT FREQ l"));
    }

    private static byte[] Dump(CommandHarness harness, string key)
    {
        var reply = harness.Client.RunRaw(Encoding.ASCII.GetBytes($"DUMP {key}\r\n"));
        var start = reply.AsSpan().IndexOf((byte)'\n') + 1;
        return reply[start..^2];
    }

    /// <summary>A body with the footer that makes it a payload: version and checksum.</summary>
    private static byte[] Frame(byte[] body)
    {
        byte[] checkedPart = [.. body, DumpPayload.RdbVersion, 0];
        return [.. checkedPart, .. BitConverter.GetBytes(Crc64.Compute(checkedPart))];
    }
}
