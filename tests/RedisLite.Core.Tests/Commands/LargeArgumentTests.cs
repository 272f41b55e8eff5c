using System.Text;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// Arguments that were received into native memory: adopted as values, logged and replied from where they lie.
/// </summary>
public sealed class LargeArgumentTests : IDisposable
{
    private const int Large = Keyspace.LargeStringLength + 17;

    private static readonly byte[] Value = Bytes(Large, seed: 1);
    private static readonly byte[] Other = Bytes(Large + 9, seed: 2);

    private readonly CommandHarness _harness = new();
    private readonly TestClient _client;

    public LargeArgumentTests() => _client = _harness.NewClient();

    public void Dispose() => _harness.Dispose();

    [Theory]
    [InlineData("SET k {}", "+OK")]
    [InlineData("SET k {} EX 100", "+OK")]
    [InlineData("SET k {} KEEPTTL", "+OK")]
    [InlineData("SET k {} NX GET", "$-1")]
    [InlineData("SETNX k {}", ":1")]
    [InlineData("SETEX k 100 {}", "+OK")]
    [InlineData("PSETEX k 100000 {}", "+OK")]
    [InlineData("GETSET k {}", "$-1")]
    [InlineData("MSET k {}", "+OK")]
    [InlineData("MSETNX k {}", ":1")]
    [InlineData("APPEND k {}", ":32785")]
    [InlineData("SETRANGE k 0 {}", ":32785")]
    public void A_command_that_makes_a_value_of_it_takes_the_block_and_logs_it_from_there(string command, string reply)
    {
        Assert.Equal(reply, _client.RunReceived(Words(command)));
        Assert.Equal(1, _harness.Log.LargeParts);
        Assert.Equal(Value, Get("k"));

        // One block: the argument's is the value's.
        Assert.InRange(_harness.Databases.UsedMemory, Large, Large + (Large / 2));
    }

    [Theory]
    [InlineData("APPEND k {}")]
    [InlineData("SETRANGE k 5 {}")]
    [InlineData("HSET h f {}")]
    [InlineData("RPUSH l {}")]
    [InlineData("SADD s {}")]
    [InlineData("ECHO {}")]
    [InlineData("GET {}")]
    [InlineData("EVAL return{ARGV[1]} 0 {}")]
    [InlineData("NOSUCHCOMMAND {}")]
    public void Any_other_command_reads_it_like_any_argument(string command)
    {
        using var plain = new CommandHarness();
        var expected = plain.NewClient();
        foreach (var harness in new[] { _harness, plain })
            harness.NewClient().Run("SET k some");
        Assert.Equal(expected.Run(Words(command)), _client.RunReceived(Words(command)));
        Assert.Equal(expected.Run("GET k"), _client.Run("GET k"));
    }

    [Fact]
    public void Several_in_one_request_keep_their_places()
    {
        Assert.Equal("+OK", _client.RunReceived([.. Words("MSET a {} b x c"), Other]));
        Assert.Equal(Value, Get("a"));
        Assert.Equal("x"u8.ToArray(), Get("b"));
        Assert.Equal(Other, Get("c"));
    }

    [Fact]
    public void A_queued_command_keeps_it_until_exec()
    {
        _client.Run("MULTI");
        Assert.Equal("+QUEUED", _client.RunReceived(Words("SET k {}")));
        Assert.Equal("+QUEUED", _client.Run("GET k"));
        Assert.Matches("multi-mem=3[23][0-9]{3} ", _harness.NewClient().Run("CLIENT LIST"));
        Assert.Equal([.. "*2\r\n+OK\r\n"u8, .. Bulk(Value)], _client.RunRaw("EXEC\r\n"u8.ToArray()));
    }

    [Fact]
    public void A_discarded_queue_gives_it_back()
    {
        _client.Run("MULTI");
        _client.RunReceived(Words("SET k {}"));
        Assert.InRange(_harness.Databases.UsedMemory, Large, 2 * Large);
        _client.Run("DISCARD");
        _client.Run("PING");
        Assert.InRange(_harness.Databases.UsedMemory, 0, 1000);
    }

    [Fact]
    public void A_reply_is_what_the_value_was_when_it_was_read()
    {
        _client.RunReceived(Words("SET k {}"));
        var reply = _client.RunRaw(
            Encoding.ASCII.GetBytes("GET k\r\nSETRANGE k 0 X\r\nGETRANGE k 1 -2\r\nGETDEL k\r\nGET k\r\n"));
        byte[] changed = [(byte)'X', .. Value[1..]];
        byte[] expected =
        [
            .. Bulk(Value), .. Encoding.ASCII.GetBytes($":{Large}\r\n"), .. Bulk(Value[1..^1]), .. Bulk(changed),
            .. "$-1\r\n"u8,
        ];
        Assert.Equal(expected, reply);
    }

    [Fact]
    public void Mget_and_getex_reply_from_where_the_values_lie()
    {
        _client.RunReceived([.. Words("MSET a {} b"), Other]);
        Assert.Equal([.. "*3\r\n"u8, .. Bulk(Value), .. "$-1\r\n"u8, .. Bulk(Other)], _client.RunRaw(
            "MGET a x b\r\n"u8.ToArray()));
        Assert.Equal(Bulk(Value), _client.RunRaw("GETEX a EX 100\r\n"u8.ToArray()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_dump_is_replied_from_its_own_block_and_restored(bool compressible)
    {
        _harness.Options.RdbCompression = compressible;
        var value = compressible ? new byte[Large * 3] : Value;
        _client.RunReceived([.. Words("SET k"), value]);
        var reply = _client.RunRaw("DUMP k\r\n"u8.ToArray());
        var payload = reply[(Array.IndexOf(reply, (byte)'\n') + 1)..^2];
        Assert.Equal(compressible, payload.Length < Large);

        Assert.Equal("+OK", _client.RunReceived([.. Words("RESTORE copy 0"), payload]));
        Assert.Equal(value, Get("copy"));
        _client.Run("FLUSHALL");
        Assert.InRange(_harness.Databases.UsedMemory, 0, 1000);
    }

    [Fact]
    public void A_refused_write_gives_the_block_back()
    {
        _client.Run("SET k v");
        Assert.Equal(":0", _client.RunReceived(Words("SETNX k {}")));
        _client.Run("PING");
        Assert.InRange(_harness.Databases.UsedMemory, 0, 1000);
    }

    [Fact]
    public void A_client_who_wants_no_reply_gets_none_and_holds_nothing()
    {
        _client.RunReceived(Words("SET k {}"));
        _client.Run("CLIENT REPLY OFF");
        Assert.Equal("", _client.Run("GET k"));
        _client.Run("DEL k");
        Assert.InRange(_harness.Databases.UsedMemory, 0, 1000);
    }

    private static byte[] Bulk(byte[] value) =>
        [.. Encoding.ASCII.GetBytes($"${value.Length}\r\n"), .. value, .. "\r\n"u8];

    private static byte[][] Words(string command) =>
        [.. command.Split(' ').Select(word => word == "{}" ? Value : Encoding.ASCII.GetBytes(word))];

    private byte[] Get(string key)
    {
        var reply = _client.RunRaw(Encoding.ASCII.GetBytes($"GET {key}\r\n"));
        return reply[(Array.IndexOf(reply, (byte)'\n') + 1)..^2];
    }

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
