using RedisLite.Commands.Server;

namespace RedisLite.Core.Tests.Commands;

/// <summary>Every command on lists: replies, events, what is logged.</summary>
public sealed class ListCommandTests
{
    private const string WrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value";

    [Theory]
    [InlineData("", "LPUSH k a b c", ":3")]
    [InlineData("LPUSH k a b c", "LRANGE k 0 -1", "*3 $1 c $1 b $1 a")]
    [InlineData("RPUSH k a b c", "LRANGE k 0 -1", "*3 $1 a $1 b $1 c")]
    [InlineData("RPUSH k a", "RPUSH k b", ":2")]
    [InlineData("", "LPUSHX k a", ":0")]
    [InlineData("", "RPUSHX k a", ":0")]
    [InlineData("RPUSH k a", "LPUSHX k b c", ":3")]
    [InlineData("RPUSH k a", "RPUSHX k b", ":2")]
    [InlineData("SET k v", "RPUSH k a", WrongType)]
    [InlineData("SET k v", "LPUSHX k a", WrongType)]
    [InlineData("", "LPUSH k", "-ERR wrong number of arguments for 'lpush' command")]
    [InlineData("", "LPOP k", "$-1")]
    [InlineData("", "LPOP k 2", "*-1")]
    [InlineData("RPUSH k a b c", "LPOP k", "$1 a")]
    [InlineData("RPUSH k a b c", "RPOP k", "$1 c")]
    [InlineData("RPUSH k a b c", "LPOP k 2", "*2 $1 a $1 b")]
    [InlineData("RPUSH k a b c", "RPOP k 2", "*2 $1 c $1 b")]
    [InlineData("RPUSH k a b c", "RPOP k 9", "*3 $1 c $1 b $1 a")]
    [InlineData("RPUSH k a b c", "LPOP k 0", "*0")]
    [InlineData("RPUSH k a", "LPOP k -1", "-ERR value is out of range, must be positive")]
    [InlineData("RPUSH k a", "LPOP k x", "-ERR value is out of range, must be positive")]
    [InlineData("RPUSH k a", "LPOP k 1 1", "-ERR wrong number of arguments for 'lpop' command")]
    [InlineData("RPUSH k a", "RPOP k 1 1", "-ERR wrong number of arguments for 'rpop' command")]
    [InlineData("SET k v", "LPOP k", WrongType)]
    [InlineData("RPUSH k a b", "LLEN k", ":2")]
    [InlineData("", "LLEN k", ":0")]
    [InlineData("SET k v", "LLEN k", WrongType)]
    [InlineData("RPUSH k a b", "LINDEX k 1", "$1 b")]
    [InlineData("RPUSH k a b", "LINDEX k -2", "$1 a")]
    [InlineData("RPUSH k a b", "LINDEX k 2", "$-1")]
    [InlineData("", "LINDEX k x", "$-1")]
    [InlineData("RPUSH k a", "LINDEX k x", "-ERR value is not an integer or out of range")]
    [InlineData("RPUSH k a b c d", "LRANGE k -3 -2", "*2 $1 b $1 c")]
    [InlineData("RPUSH k a b", "LRANGE k 0 -9", "*0")]
    [InlineData("", "LRANGE k 0 -1", "*0")]
    [InlineData("RPUSH k a b", "LSET k -1 z", "+OK")]
    [InlineData("RPUSH k a b", "LSET k 2 z", "-ERR index out of range")]
    [InlineData("", "LSET k 0 z", "-ERR no such key")]
    [InlineData("RPUSH k a b c d", "LTRIM k 1 -2", "+OK")]
    [InlineData("RPUSH k a b", "LTRIM k 2 5", "+OK")]
    [InlineData("", "LTRIM k 0 1", "+OK")]
    [InlineData("RPUSH k a b a c a", "LREM k 2 a", ":2")]
    [InlineData("RPUSH k a b a c a", "LREM k -1 a", ":1")]
    [InlineData("RPUSH k a a a", "LREM k 0 a", ":3")]
    [InlineData("RPUSH k a", "LREM k 0 b", ":0")]
    [InlineData("", "LREM k 0 b", ":0")]
    [InlineData("SET k v", "LREM k 0 b", WrongType)]
    [InlineData("RPUSH k a b", "LINSERT k BEFORE b x", ":3")]
    [InlineData("RPUSH k a b", "LINSERT k AFTER b x", ":3")]
    [InlineData("RPUSH k a b", "LINSERT k AFTER c x", ":-1")]
    [InlineData("", "LINSERT k AFTER c x", ":0")]
    [InlineData("", "LINSERT k IN c x", "-ERR syntax error")]
    [InlineData("RPUSH k a b a", "LPOS k a", ":0")]
    [InlineData("RPUSH k a b a", "LPOS k a RANK -1", ":2")]
    [InlineData("RPUSH k a b a", "LPOS k a COUNT 0", "*2 :0 :2")]
    [InlineData("RPUSH k a b a", "LPOS k a COUNT 0 RANK -1", "*2 :2 :0")]
    [InlineData("RPUSH k a b a", "LPOS k a COUNT 0 MAXLEN 2", "*1 :0")]
    [InlineData("RPUSH k a b a", "LPOS k x", "$-1")]
    [InlineData("", "LPOS k x RANK 0",
        "-ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to "
            + "start from the end of the list")]
    [InlineData("", "LPOS k x RANK -9223372036854775808",
        "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")]
    [InlineData("", "LPOS k x COUNT 1", "*0")]
    [InlineData("RPUSH k a b", "LMOVE k d LEFT RIGHT", "$1 a")]
    [InlineData("RPUSH k a b", "LMOVE k k LEFT RIGHT", "$1 a")]
    [InlineData("RPUSH k a", "LMOVE k k LEFT RIGHT", "$1 a")]
    [InlineData("", "LMOVE k d LEFT RIGHT", "$-1")]
    [InlineData("RPUSH k a ; SET d v", "LMOVE k d LEFT RIGHT", WrongType)]
    [InlineData("RPUSH k a b", "RPOPLPUSH k d", "$1 b")]
    [InlineData("RPUSH k a b c", "LMPOP 2 x k LEFT COUNT 2", "*2 $1 k *2 $1 a $1 b")]
    [InlineData("", "LMPOP 2 x k LEFT COUNT 2", "*-1")]
    [InlineData("RPUSH k a b", "BLPOP x k 0", "*2 $1 k $1 a")]
    [InlineData("RPUSH k a b", "BRPOP k 0", "*2 $1 k $1 b")]
    [InlineData("RPUSH k a b", "BLMPOP 0 1 k RIGHT COUNT 9", "*2 $1 k *2 $1 b $1 a")]
    [InlineData("RPUSH k a b", "BLMOVE k d RIGHT LEFT 0", "$1 b")]
    [InlineData("RPUSH k a b", "BRPOPLPUSH k d 0", "$1 b")]
    [InlineData("", "BLPOP k -1", "-ERR timeout is negative")]
    [InlineData("", "BLPOP k x", "-ERR timeout is not a float or out of range")]
    [InlineData("", "BLPOP k 1e300", "-ERR timeout is negative")]
    [InlineData("", "BLPOP k 1e4000", "-ERR timeout is negative")]
    [InlineData("", "BLPOP k 9223372036854775808", "-ERR timeout is negative")]
    [InlineData("SET k v", "BLPOP k 0", WrongType)]
    [InlineData("RPUSH k a", "OBJECT ENCODING k", "$9 quicklist")]
    public void Replies(string given, string command, string reply) => CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "RPUSH k a", "new k, rpush k")]
    [InlineData("RPUSH k a", "LPUSH k a b", "lpush k")]
    [InlineData("RPUSH k a", "LPOP k", "lpop k, del k")]
    [InlineData("RPUSH k a b", "RPOP k 2", "rpop k, del k")]
    [InlineData("RPUSH k a", "LPOP k 0", "")]
    [InlineData("RPUSH k a", "LSET k 0 a", "lset k")]
    [InlineData("RPUSH k a", "LTRIM k 0 -1", "ltrim k")]
    [InlineData("RPUSH k a", "LTRIM k 1 0", "ltrim k, del k")]
    [InlineData("RPUSH k a", "LREM k 0 a", "lrem k, del k")]
    [InlineData("RPUSH k a", "LREM k 0 b", "")]
    [InlineData("RPUSH k a", "LINSERT k BEFORE a b", "linsert k")]
    [InlineData("RPUSH k a", "LINSERT k BEFORE c b", "")]
    [InlineData("RPUSH k a", "LMOVE k d LEFT RIGHT", "new d, rpush d, lpop k, del k")]
    [InlineData("RPUSH k a", "RPOPLPUSH k k", "lpush k, rpop k")]
    [InlineData("RPUSH k a b", "LMPOP 1 k LEFT COUNT 9", "lpop k, del k")]
    [InlineData("RPUSH k a", "BRPOP k 0", "rpop k, del k")]
    [InlineData("RPUSH k 2 1", "SORT k STORE d", "new d, sortstore d")]
    public void Events_are_those_of_Redis_in_its_order(string given, string command, string events) =>
        CommandHarness.CheckEvents(given, command, events, KeyspaceEvents.All | KeyspaceEvents.New);

    [Theory]
    [InlineData("RPUSH k a b", "LMPOP 2 x k LEFT COUNT 9", "LPOP k 2")]
    [InlineData("RPUSH k a b", "BLMPOP 0 1 k RIGHT", "RPOP k 1")]
    [InlineData("RPUSH k a b", "BLPOP x k 0", "LPOP k")]
    [InlineData("RPUSH k a b", "BRPOP k 1.5", "RPOP k")]
    [InlineData("RPUSH k a b", "BLMOVE k d LEFT LEFT 7", "LMOVE k d LEFT LEFT")]
    [InlineData("RPUSH k a b", "BRPOPLPUSH k d 0", "RPOPLPUSH k d")]
    [InlineData("RPUSH k a b", "LPOP k 1", "LPOP k 1")]
    [InlineData("RPUSH k a b", "LPOP k 0", "")]
    [InlineData("RPUSH k a b", "LTRIM k 0 -1", "")]
    [InlineData("RPUSH k a b", "LREM k 0 c", "")]
    [InlineData("RPUSH k a b", "LINSERT k BEFORE c d", "")]
    public void What_is_logged_needs_no_waiting(string given, string command, string log)
    {
        using var harness = new CommandHarness();
        harness.Given(given);
        harness.TakeLog();
        harness.Run(command);
        Assert.Equal(log, harness.TakeLog());
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void A_list_keeps_its_expiry_and_an_expired_one_is_a_new_one()
    {
        using var harness = new CommandHarness();
        harness.Given("RPUSH k a b ; EXPIRE k 10 ; LPUSH k c ; LREM k 0 a");
        Assert.Equal(":10", harness.Run("TTL k"));
        harness.Clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(":1", harness.Run("RPUSH k new"));
        Assert.Equal(":-1", harness.Run("TTL k"));
        harness.AssertReplayAgrees();
    }
}
