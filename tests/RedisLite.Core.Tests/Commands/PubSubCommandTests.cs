namespace RedisLite.Core.Tests.Commands;

/// <summary>Subscribing, publishing, and what a subscriber may do.</summary>
public sealed class PubSubCommandTests
{
    [Theory]
    [InlineData("", "SUBSCRIBE a b", "*3 $9 subscribe $1 a :1 *3 $9 subscribe $1 b :2")]
    [InlineData("", "SUBSCRIBE a a", "*3 $9 subscribe $1 a :1 *3 $9 subscribe $1 a :1")]
    [InlineData("SUBSCRIBE a", "PSUBSCRIBE p*", "*3 $10 psubscribe $2 p* :2")]
    [InlineData("SUBSCRIBE a", "SSUBSCRIBE s", "*3 $10 ssubscribe $1 s :1")]
    [InlineData("SUBSCRIBE a b", "UNSUBSCRIBE a", "*3 $11 unsubscribe $1 a :1")]
    [InlineData("", "UNSUBSCRIBE nosuch", "*3 $11 unsubscribe $6 nosuch :0")]
    [InlineData("", "UNSUBSCRIBE", "*3 $11 unsubscribe $-1 :0")]
    [InlineData("PSUBSCRIBE a", "UNSUBSCRIBE", "*3 $11 unsubscribe $-1 :1")]
    [InlineData("PSUBSCRIBE a", "PUNSUBSCRIBE", "*3 $12 punsubscribe $1 a :0")]
    [InlineData("SSUBSCRIBE a", "SUNSUBSCRIBE a", "*3 $12 sunsubscribe $1 a :0")]
    [InlineData("SUBSCRIBE a", "GET k",
        "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this "
            + "context")]
    [InlineData("SUBSCRIBE a", "PING", "*2 $4 pong $0 ")]
    [InlineData("SUBSCRIBE a", "PING x", "*2 $4 pong $1 x")]
    [InlineData("HELLO 3 ; SUBSCRIBE a", "PING", "+PONG")]
    [InlineData("HELLO 3 ; SUBSCRIBE a", "GET k", "_")]
    [InlineData("HELLO 3", "SUBSCRIBE a", ">3 $9 subscribe $1 a :1")]
    [InlineData("HELLO 3 ; SUBSCRIBE a", "PUBLISH a m", ">3 $7 message $1 a $1 m :1")]
    [InlineData("", "PUBLISH a m", ":0")]
    [InlineData("", "SPUBLISH a m", ":0")]
    [InlineData("", "PUBSUB CHANNELS", "*0")]
    [InlineData("", "PUBSUB CHANNELS a b",
        "-ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB HELP.")]
    [InlineData("", "PUBSUB SHARDCHANNELS", "*0")]
    [InlineData("", "PUBSUB NUMSUB", "*0")]
    [InlineData("", "PUBSUB NUMSUB a", "*2 $1 a :0")]
    [InlineData("", "PUBSUB SHARDNUMSUB a", "*2 $1 a :0")]
    [InlineData("", "PUBSUB NUMPAT", ":0")]
    public void Replies(string given, string command, string reply)
    {
        using var harness = new CommandHarness();
        harness.Given(given);
        Assert.Equal(reply.TrimEnd(), harness.Run(command).TrimEnd());
    }

    [Theory]
    [InlineData("PUBSUB HELP")]
    public void Help_names_the_subcommands(string command)
    {
        using var harness = new CommandHarness();
        Assert.Contains("+NUMPAT", harness.Run(command), StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_reaches_channels_and_patterns_each_in_its_client_s_format()
    {
        using var harness = new CommandHarness();
        var (two, three) = (harness.NewClient(), harness.NewClient());
        two.Run("SUBSCRIBE news");
        two.Run("PSUBSCRIBE n*");
        three.Run("HELLO 3");
        three.Run("SUBSCRIBE news");
        Assert.Equal(":3", harness.Run("PUBLISH news hi"));
        Assert.Equal(["*3 $7 message $4 news $2 hi", "*4 $8 pmessage $2 n* $4 news $2 hi"], two.Pushes);
        Assert.Equal([">3 $7 message $4 news $2 hi"], three.Pushes);
    }

    [Fact]
    public void Shard_channels_are_a_world_of_their_own()
    {
        using var harness = new CommandHarness();
        var client = harness.NewClient();
        client.Run("SSUBSCRIBE news");
        Assert.Equal(":0", harness.Run("PUBLISH news hi"));
        Assert.Equal(":1", harness.Run("SPUBLISH news hi"));
        Assert.Equal(["*3 $8 smessage $4 news $2 hi"], client.Pushes);
        Assert.Equal("*1 $4 news", harness.Run("PUBSUB SHARDCHANNELS"));
        Assert.Equal("*2 $4 news :1", harness.Run("PUBSUB SHARDNUMSUB news"));
    }

    [Fact]
    public void Pubsub_counts_channels_and_distinct_patterns()
    {
        using var harness = new CommandHarness();
        foreach (var client in new[] { harness.NewClient(), harness.NewClient() })
        {
            client.Run("SUBSCRIBE a");
            client.Run("PSUBSCRIBE p*");
        }

        Assert.Equal("*1 $1 a", harness.Run("PUBSUB CHANNELS"));
        Assert.Equal("*0", harness.Run("PUBSUB CHANNELS b*"));
        Assert.Equal("*4 $1 a :2 $1 b :0", harness.Run("PUBSUB NUMSUB a b"));
        Assert.Equal(":1", harness.Run("PUBSUB NUMPAT"));
    }

    [Fact]
    public void A_published_message_is_what_was_sent_byte_by_byte()
    {
        using var harness = new CommandHarness();
        var client = harness.NewClient();
        client.Run("SUBSCRIBE c");
        harness.Run("PUBLISH"u8.ToArray(), "c"u8.ToArray(), [0, 13, 10, 255]);
        Assert.StartsWith(@"*3 $7 message $1 c $4 \x00", client.Pushes[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CLIENT REPLY OFF")]
    [InlineData("CLIENT REPLY SKIP")]
    public void Confirmations_and_messages_arrive_although_replies_are_kept_back(string silence)
    {
        foreach (var (hello, mark) in new[] { ("HELLO 2", "*"), ("HELLO 3", ">") })
        {
            using var harness = new CommandHarness();
            harness.Given(hello);
            Assert.Equal("", harness.Run(silence));
            Assert.Equal($"{mark}3 $9 subscribe $1 c :1 {mark}3 $9 subscribe $1 d :2", harness.Run("SUBSCRIBE c d"));
        }
    }

    [Fact]
    public void What_a_silent_client_publishes_to_itself_arrives_and_the_count_does_not()
    {
        using var harness = new CommandHarness();
        harness.Given("HELLO 3 ; SUBSCRIBE c ; CLIENT REPLY OFF");
        Assert.Equal(">3 $7 message $1 c $1 m", harness.Run("PUBLISH c m"));
        Assert.Equal("", harness.Run("PUBLISH other m"));
        Assert.Equal(">3 $11 unsubscribe $1 c :0", harness.Run("UNSUBSCRIBE"));
        Assert.Equal("+OK", harness.Run("CLIENT REPLY ON"));
    }

    [Fact]
    public void A_skipped_confirmation_stands_in_its_place_among_the_replies()
    {
        using var harness = new CommandHarness();
        var replies = harness.Client.RunRaw("HELLO 3\r\nCLIENT REPLY SKIP\r\nSUBSCRIBE c\r\nPING\r\n"u8.ToArray());
        Assert.EndsWith(">3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n+PONG\r\n", System.Text.Encoding.ASCII.GetString(
            replies), StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_of_a_huge_pattern_costs_its_publishers_nothing()
    {
        using var harness = new CommandHarness();
        var client = harness.NewClient();
        client.Run(
            "PSUBSCRIBE"u8.ToArray(), System.Text.Encoding.ASCII.GetBytes("*[" + new string('z', 400_000) + "]"));
        var channel = System.Text.Encoding.ASCII.GetBytes(new string('a', 10_000));

        // 4,000,000,000 comparisons for each, if the class were read again for each letter.
        for (var i = 0; i < 20; i++)
            Assert.Equal(":0", harness.Run("PUBLISH"u8.ToArray(), channel, "m"u8.ToArray()));
        channel[^1] = (byte)'z';
        Assert.Equal(":1", harness.Run("PUBLISH"u8.ToArray(), channel, "m"u8.ToArray()));
    }
}
