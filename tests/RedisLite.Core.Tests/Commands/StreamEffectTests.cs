using RedisLite.Commands.Server;

namespace RedisLite.Core.Tests.Commands;

/// <summary>What commands on streams log and publish, and whom they wake.</summary>
public sealed class StreamEffectTests
{
    private const string Pending =
        "XADD s 1-1 a b ; XADD s 1-2 a b ; XGROUP CREATE s g 0 ; XREADGROUP GROUP g c COUNT 1 STREAMS s >";
    private const string Claim = "XCLAIM s g c 0 1-1 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID 1-1";

    [Theory]
    [InlineData("", "XADD s * a b", "XADD s 1700000000000-0 a b")]
    [InlineData("XADD s 5-5 a b", "XADD s 5-* a b", "XADD s 5-6 a b")]
    [InlineData("XADD s 5-5 a b", "XADD s MAXLEN ~ 1 LIMIT 7 6-1 a b", "XADD s MAXLEN = 2 LIMIT 7 6-1 a b")]
    [InlineData("XADD s 5-5 a b", "XADD s MINID ~ 6 * a b", "XADD s MINID = 5-5 1700000000000-0 a b")]
    [InlineData("XADD s 5-5 a b", "XADD s NOMKSTREAM MAXLEN 1 6-1 a b", "XADD s NOMKSTREAM MAXLEN 1 6-1 a b")]
    [InlineData("XADD s 5-5 a b", "XTRIM s MAXLEN ~ 0", "XTRIM s MAXLEN = 0")]
    [InlineData("XADD s 5-5 a b", "XTRIM s MAXLEN ~ 1", "")]
    [InlineData("XADD s 1-1 a b ; XGROUP CREATE s g 0", "XREADGROUP GROUP g c STREAMS s >",
        "XGROUP CREATECONSUMER s g c ; " + Claim + " ; XGROUP SETID s g 1-1 ENTRIESREAD 1")]
    [InlineData("XADD s 1-1 a b ; XGROUP CREATE s g 0", "XREADGROUP GROUP g c NOACK STREAMS s >",
        "XGROUP CREATECONSUMER s g c ; XGROUP SETID s g 1-1 ENTRIESREAD 1")]
    [InlineData(Pending, "XREADGROUP GROUP g c STREAMS s 0",
        "XCLAIM s g c 0 1-1 TIME 1700000000000 RETRYCOUNT 2 FORCE JUSTID LASTID 1-1")]
    [InlineData(Pending, "XCLAIM s g c 0 1-1 JUSTID", Claim)]
    [InlineData(Pending, "XCLAIM s g d 0 9-9 LASTID 1-2", "XGROUP SETID s g 1-2 ENTRIESREAD 1")]
    [InlineData(Pending, "XACK s g 1-1", "XACK s g 1-1")]
    [InlineData(Pending, "XACK s g 1-2", "")]
    [InlineData(Pending, "XGROUP CREATECONSUMER s g c", "")]
    [InlineData(Pending, "XGROUP DELCONSUMER s g c", "XGROUP DELCONSUMER s g c")]
    public void A_command_is_logged_in_a_form_that_gives_the_same_again(string given, string command, string log)
    {
        using var server = new CommandHarness();
        server.Given(given);
        server.TakeLog();
        server.Run(command);
        var logged = server.TakeLog().Replace("MULTI ; ", "", StringComparison.Ordinal).Replace(
            " ; EXEC", "", StringComparison.Ordinal);
        Assert.Equal(log, logged);
        server.AssertReplayAgrees();
    }

    [Theory]
    [InlineData("", "XADD s 1-1 a b", "new s, xadd s")]
    [InlineData("XADD s 1-1 a b", "XADD s MAXLEN 1 1-2 a b", "xadd s, xtrim s")]
    [InlineData("XADD s 1-1 a b", "XTRIM s MAXLEN 0", "xtrim s")]
    [InlineData("XADD s 1-1 a b", "XDEL s 1-1", "xdel s")]
    [InlineData("XADD s 1-1 a b", "XSETID s 2-1", "xsetid s")]
    [InlineData("", "XGROUP CREATE s g 0 MKSTREAM", "new s, xgroup-create s")]
    [InlineData(Pending, "XGROUP SETID s g 0", "xgroup-setid s")]
    [InlineData(Pending, "XGROUP CREATECONSUMER s g d", "xgroup-createconsumer s")]
    [InlineData(Pending, "XGROUP DELCONSUMER s g c", "xgroup-delconsumer s")]
    [InlineData(Pending, "XGROUP DESTROY s g", "xgroup-destroy s")]
    [InlineData(Pending, "XREADGROUP GROUP g d STREAMS s >", "xgroup-createconsumer s")]
    [InlineData(Pending, "XREADGROUP GROUP g c STREAMS s >", "")]
    [InlineData(Pending, "XCLAIM s g d 0 1-1", "xgroup-createconsumer s")]
    [InlineData(Pending, "XACK s g 1-1", "")]
    public void Events_are_those_of_Redis(string given, string command, string events)
    {
        using var server = new CommandHarness(KeyspaceEvents.All | KeyspaceEvents.New);
        server.Given(given);
        server.TakeEvents();
        server.Run(command);
        Assert.Equal(events, server.TakeEvents());
    }

    [Theory]
    [InlineData("XADD s 5-5 a b", "XREAD BLOCK 0 STREAMS s $", "XADD s 6-1 x y",
        "*1 *2 $1 s *1 *2 $3 6-1 *2 $1 x $1 y")]
    [InlineData("", "XREAD BLOCK 0 STREAMS s t $ $", "XADD t 6-1 x y",
        "*1 *2 $1 t *1 *2 $3 6-1 *2 $1 x $1 y")]
    [InlineData("XADD s 5-5 a b", "XREAD BLOCK 0 STREAMS s $", "DEL s ; XADD s 1-1 x y", "")]
    [InlineData("XADD s 5-5 a b", "XREAD BLOCK 0 STREAMS s $", "XTRIM s MAXLEN 0", "")]
    [InlineData("XADD s 5-5 a b", "XREAD BLOCK 0 STREAMS s $", "MULTI ; XADD s 6-1 x y ; DEL s ; EXEC", "")]
    [InlineData("XADD x 6-1 x y", "XREAD BLOCK 0 STREAMS s $", "RENAME x s",
        "*1 *2 $1 s *1 *2 $3 6-1 *2 $1 x $1 y")]
    [InlineData("XGROUP CREATE s g $ MKSTREAM", "XREADGROUP GROUP g c BLOCK 0 STREAMS s >", "XADD s 6-1 x y",
        "*1 *2 $1 s *1 *2 $3 6-1 *2 $1 x $1 y")]
    [InlineData("XGROUP CREATE s g $ MKSTREAM", "XREADGROUP GROUP g c BLOCK 0 STREAMS s >", "DEL s",
        "-UNBLOCKED the stream key no longer exists")]
    [InlineData("XGROUP CREATE s g $ MKSTREAM", "XREADGROUP GROUP g c BLOCK 0 STREAMS s >", "SET s x",
        "-UNBLOCKED the stream key no longer exists")]
    [InlineData("XGROUP CREATE s g $ MKSTREAM", "XREADGROUP GROUP g c BLOCK 0 STREAMS s >", "XGROUP DESTROY s g",
        "-NOGROUP the consumer group this client was blocked on no longer exists")]
    public void A_client_waits_for_entries(string given, string command, string then, string reply)
    {
        using var server = new CommandHarness();
        server.Given(given);
        var client = server.NewClient();
        Assert.Equal("", client.Run(command));
        server.Given(then);
        Assert.Equal(reply, client.TakeUp());
        server.AssertReplayAgrees();
    }

    [Theory]
    [InlineData("", "XINFO HELP",
        "*9 +XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are: +CONSUMERS <key> <groupname> "
            + "+    Show consumers of <groupname>. +GROUPS <key> +    Show the stream consumer groups. +STREAM "
            + "<key> [FULL [COUNT <count>] +    Show information about the stream. +HELP +    Prints this help.")]
    [InlineData("", "XGROUP HELP",
        "*17 +XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are: +CREATE <key> <groupname> "
            + "<id|$> [option] +    Create a new consumer group. Options are: +    * MKSTREAM +      Create the "
            + "empty stream if it does not exist. +    * ENTRIESREAD entries_read +      Set the group's "
            + "entries_read counter (internal use). +CREATECONSUMER <key> <groupname> <consumer> +    Create a new "
            + "consumer in the specified group. +DELCONSUMER <key> <groupname> <consumer> +    Remove the "
            + "specified consumer. +DESTROY <key> <groupname> +    Remove the specified group. +SETID <key> "
            + "<groupname> <id|$> [ENTRIESREAD entries_read] +    Set the current group ID and entries_read "
            + "counter. +HELP +    Prints this help.")]
    public void Containers_tell_of_their_subcommands(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Fact]
    public void Consumers_that_wait_share_what_comes_and_groups_get_all()
    {
        using var server = new CommandHarness();
        server.Given("XGROUP CREATE s g $ MKSTREAM ; XGROUP CREATE s h $");
        var clients = new[] { "g a", "g b", "h a" }.Select(who =>
        {
            var client = server.NewClient();
            Assert.Equal("", client.Run($"XREADGROUP GROUP {who} BLOCK 0 STREAMS s >"));
            return client;
        }).ToArray();
        server.Given("XADD s 1-1 x y");
        const string First = "*1 *2 $1 s *1 *2 $3 1-1 *2 $1 x $1 y";
        Assert.Equal([First, "", First], clients.Select(client => client.TakeUp()));
        server.Given("XADD s 1-2 x y");
        Assert.Equal("*1 *2 $1 s *1 *2 $3 1-2 *2 $1 x $1 y", clients[1].TakeUp());
        server.AssertReplayAgrees();
    }

    [Fact]
    public void A_long_range_is_replied_from_what_the_stream_was()
    {
        using var server = new CommandHarness();
        for (var i = 1; i <= 700; i++)
            server.Given($"XADD s {i}-1 name {i} other {new string('x', 1 + (i % 90))}");
        foreach (var command in new[] { "XRANGE s - +", "XREVRANGE s + -", "XREAD STREAMS s 0" })
        {
            var reply = server.Run(command);
            for (var i = 1; i <= 700; i += 33)
                Assert.Contains($" $4 name ${$"{i}".Length} {i} ", reply, StringComparison.Ordinal);
            Assert.StartsWith(command[1] == 'R' && command[2] == 'E'
                && command[3] == 'A' ? "*1 *2 $1 s *700 " : "*700 ", reply, StringComparison.Ordinal);
        }
    }
}
