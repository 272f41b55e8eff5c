namespace RedisLite.Core.Tests.Commands;

/// <summary>Client-side caching.</summary>
public sealed class TrackingCommandTests
{
    [Theory]
    [InlineData("", "CLIENT TRACKING ON", "+OK")]
    [InlineData("", "CLIENT TRACKING NOSUCH", "-ERR syntax error")]
    [InlineData("", "CLIENT TRACKING ON REDIRECT", "-ERR syntax error")]
    [InlineData("", "CLIENT TRACKING ON REDIRECT 99", "-ERR The client ID you want redirect to does not exist")]
    [InlineData("", "CLIENT TRACKING ON PREFIX a", "-ERR PREFIX option requires BCAST mode to be enabled")]
    [InlineData("", "CLIENT TRACKING ON OPTIN OPTOUT", "-ERR You can't specify both OPTIN mode and OPTOUT mode")]
    [InlineData("", "CLIENT TRACKING ON BCAST OPTIN", "-ERR OPTIN and OPTOUT are not compatible with BCAST")]
    [InlineData("", "CLIENT TRACKING ON BCAST PREFIX a PREFIX ab",
        "-ERR Prefix 'a' overlaps with another provided prefix 'ab'. Prefixes for a single client must not overlap.")]
    [InlineData("", "CLIENT CACHING YES",
        "-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled")]
    [InlineData("CLIENT TRACKING ON", "CLIENT CACHING YES",
        "-ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")]
    [InlineData("CLIENT TRACKING ON", "CLIENT CACHING NO",
        "-ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")]
    [InlineData("CLIENT TRACKING ON", "CLIENT CACHING MAYBE", "-ERR syntax error")]
    [InlineData("CLIENT TRACKING ON BCAST", "CLIENT TRACKING ON BCAST PREFIX a",
        "-ERR Prefix 'a' overlaps with an existing prefix ''. Prefixes for a single client must not overlap.")]
    [InlineData("CLIENT TRACKING ON BCAST PREFIX a ; CLIENT TRACKING ON BCAST", "CLIENT TRACKINGINFO",
        "*6 $5 flags *2 $2 on $5 bcast $8 redirect :0 $8 prefixes *2 $0  $1 a")]
    [InlineData("CLIENT TRACKING ON OPTIN", "CLIENT CACHING NO",
        "-ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")]
    [InlineData("", "CLIENT GETREDIR", ":-1")]
    [InlineData("CLIENT TRACKING ON", "CLIENT GETREDIR", ":0")]
    [InlineData("", "CLIENT TRACKINGINFO", "*6 $5 flags *1 $3 off $8 redirect :-1 $8 prefixes *0")]
    [InlineData("CLIENT TRACKING ON BCAST PREFIX a NOLOOP", "CLIENT TRACKINGINFO",
        "*6 $5 flags *3 $2 on $5 bcast $6 noloop $8 redirect :0 $8 prefixes *1 $1 a")]
    public void Replies(string given, string command, string reply) => CommandHarness.Check(given, command, reply);

    [Fact]
    public void A_read_key_is_invalidated_once()
    {
        using var harness = new CommandHarness();
        var (reader, writer) = (Reader(harness, "CLIENT TRACKING ON"), harness.NewClient());
        reader.Run("MGET a b");
        writer.Run("SET a 1");
        writer.Run("SET a 2");
        Assert.Equal([">2 $10 invalidate *1 $1 a"], reader.Pushes);
        reader.Run("GET a");
        writer.Run("DEL a");
        Assert.Equal(2, reader.Pushes.Count);
    }

    [Fact]
    public void Own_changes_are_told_unless_noloop()
    {
        using var harness = new CommandHarness();
        var (plain, quiet) = (Reader(harness, "CLIENT TRACKING ON"), Reader(harness, "CLIENT TRACKING ON NOLOOP"));
        foreach (var client in new[] { plain, quiet })
        {
            client.Run("GET k");
            client.Run("SET k v");
        }

        Assert.Single(plain.Pushes);
        Assert.Empty(quiet.Pushes);
    }

    [Fact]
    public void Optin_and_optout_heed_caching_for_one_command()
    {
        using var harness = new CommandHarness();
        var optIn = Reader(harness, "CLIENT TRACKING ON OPTIN");
        var optOut = Reader(harness, "CLIENT TRACKING ON OPTOUT");
        optIn.Run("GET a");
        optIn.Run("CLIENT CACHING YES");
        optIn.Run("GET b");
        optIn.Run("GET c");
        optOut.Run("CLIENT CACHING NO");
        optOut.Run("GET a");
        optOut.Run("GET b");
        harness.Given("SET a 1 ; SET b 1 ; SET c 1");
        Assert.Equal([">2 $10 invalidate *1 $1 b"], optIn.Pushes);
        Assert.Equal([">2 $10 invalidate *1 $1 b"], optOut.Pushes);
    }

    [Fact]
    public void Broadcast_tells_every_change_under_a_prefix()
    {
        using var harness = new CommandHarness();
        var client = Reader(harness, "CLIENT TRACKING ON BCAST PREFIX user:");
        harness.Given("SET user:1 a ; SET item:1 b ; SET user:1 c");
        Assert.Equal([">2 $10 invalidate *1 $6 user:1", ">2 $10 invalidate *1 $6 user:1"], client.Pushes);
    }

    [Fact]
    public void Broadcast_tells_a_turn_s_changes_in_one_message_for_each_prefix()
    {
        using var harness = new CommandHarness();
        var all = Reader(harness, "CLIENT TRACKING ON BCAST");
        var some = Reader(harness, "CLIENT TRACKING ON BCAST PREFIX a PREFIX b");
        harness.Given("MSET c 1 a 2 b1 3 b2 4");
        Assert.Equal([">2 $10 invalidate *4 $1 a $2 b1 $2 b2 $1 c"], all.Pushes);
        Assert.Equal([">2 $10 invalidate *1 $1 a", ">2 $10 invalidate *2 $2 b1 $2 b2"], some.Pushes);

        // A batch is a turn; a key that changes twice in it is named once.
        harness.Client.RunRaw("SET x 1\r\nSET w 1\r\nSET x 2\r\n"u8.ToArray());
        Assert.Equal(">2 $10 invalidate *2 $1 w $1 x", all.Pushes[1]);
    }

    [Fact]
    public void Broadcast_without_a_prefix_adds_all_keys_to_those_with_one()
    {
        using var harness = new CommandHarness();
        var client = Reader(harness, "CLIENT TRACKING ON BCAST PREFIX a:");
        client.Run("CLIENT TRACKING ON BCAST");
        harness.Given("SET other 1");
        Assert.Equal([">2 $10 invalidate *1 $5 other"], client.Pushes);
        Assert.Equal(2, harness.Services.Tracking.PrefixCount);
    }

    [Fact]
    public void Broadcast_leaves_own_changes_out_for_noloop()
    {
        using var harness = new CommandHarness();
        var client = Reader(harness, "CLIENT TRACKING ON BCAST NOLOOP");
        client.Run("MSET a 1 b 2");
        harness.Given("SET c 3");
        Assert.Equal([">2 $10 invalidate *1 $1 c"], client.Pushes);
    }

    [Theory]
    [InlineData("FLUSHALL")]
    [InlineData("FLUSHDB")]
    public void A_flush_invalidates_everything(string command)
    {
        using var harness = new CommandHarness();
        var client = Reader(harness, "CLIENT TRACKING ON");
        harness.Given("SET k v");
        client.Run("GET k");
        harness.Given(command);
        Assert.Contains(">2 $10 invalidate _", client.Pushes);
    }

    [Fact]
    public void Redirection_needs_a_subscriber_and_tells_when_it_is_gone()
    {
        using var harness = new CommandHarness();
        var target = harness.NewClient();
        target.Run("SUBSCRIBE __redis__:invalidate");
        var reader = Reader(harness, $"CLIENT TRACKING ON REDIRECT {target.Session.Id}");
        reader.Run("GET k");
        harness.Given("SET k v");
        Assert.Equal(["*3 $7 message $20 __redis__:invalidate *1 $1 k"], target.Pushes);

        target.Dispose();
        reader.Run("GET k");
        harness.Given("SET k w");
        Assert.Equal([$">2 $21 tracking-redir-broken :{target.Session.Id}"], reader.Pushes);
        Assert.Contains("broken_redirect", reader.Run("CLIENT TRACKINGINFO"), StringComparison.Ordinal);
    }

    [Fact]
    public void Expiry_invalidates()
    {
        using var harness = new CommandHarness();
        var client = Reader(harness, "CLIENT TRACKING ON");
        harness.Given("SET k v PX 100");
        client.Run("GET k");
        harness.Clock.Advance(TimeSpan.FromSeconds(1));
        harness.Run("GET k");
        Assert.Equal([">2 $10 invalidate *1 $1 k"], client.Pushes);
    }

    [Fact]
    public void Over_the_limit_an_older_key_is_given_up()
    {
        using var harness = new CommandHarness();
        harness.Options.TrackingTableMaxKeys = 2;
        var client = Reader(harness, "CLIENT TRACKING ON");
        client.Run("MGET a b c");
        Assert.Single(client.Pushes);
        Assert.Equal(2, harness.Services.Tracking.KeyCount);
        client.Run("CLIENT TRACKING OFF");
        Assert.Equal(0, harness.Services.Tracking.KeyCount);
    }

    private static TestClient Reader(CommandHarness harness, string tracking)
    {
        var client = harness.NewClient();
        client.Run("HELLO 3");
        Assert.Equal("+OK", client.Run(tracking));
        return client;
    }
}
