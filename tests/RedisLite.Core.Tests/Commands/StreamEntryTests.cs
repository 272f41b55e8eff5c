namespace RedisLite.Core.Tests.Commands;

/// <summary>XADD, XLEN, XRANGE, XREVRANGE, XDEL, XTRIM, XSETID, XREAD.</summary>
/// <remarks>The replies are those of redis-server 7.0.15.</remarks>
public sealed class StreamEntryTests
{
    private const string Some = "XADD s 1-1 a b ; XADD s 1-2 a c d e ; XADD s 2-1 f g";

    [Theory]
    [InlineData("", "XADD s 1-1 a b", "$3 1-1")]
    [InlineData("", "XADD s 5 a b", "$3 5-0")]
    [InlineData("", "XADD s 0-* a b", "$3 0-1")]
    [InlineData(Some, "XADD s 2-* a b", "$3 2-2")]
    [InlineData(Some, "XADD s 3-* a b", "$3 3-0")]
    [InlineData(Some, "XADD s 2-1 a b",
        "-ERR The ID specified in XADD is equal or smaller than the target stream top item")]
    [InlineData(Some, "XADD s 2-18446744073709551615 a b", "$22 2-18446744073709551615")]
    [InlineData(Some + " ; XADD s 2-18446744073709551615 a b", "XADD s 2-* a b",
        "-ERR Elements are too large to be stored")]
    [InlineData("", "XADD s NOMKSTREAM 1-1 a b", "$-1")]
    [InlineData(Some, "XADD s NOMKSTREAM 3-1 a b", "$3 3-1")]
    [InlineData(Some, "XADD s MAXLEN 2 3-1 a b", "$3 3-1")]
    [InlineData(Some, "XADD s MAXLEN = 0 3-1 a b", "$3 3-1")]
    [InlineData(Some, "XADD s MINID 2 3-1 a b", "$3 3-1")]
    [InlineData("", "XADD s MAXLEN 5 MINID 5 1-1 a b",
        "-ERR syntax error, MAXLEN and MINID options at the same time are not compatible")]
    [InlineData("", "XADD s MAXLEN -1 1-1 a b", "-ERR The MAXLEN argument must be >= 0.")]
    [InlineData("", "XADD s MAXLEN x 1-1 a b", "-ERR value is not an integer or out of range")]
    [InlineData("", "XADD s MINID x 1-1 a b", "-ERR Invalid stream ID specified as stream command argument")]
    [InlineData("", "XADD s LIMIT 5 1-1 a b",
        "-ERR syntax error, LIMIT cannot be used without specifying a trimming strategy")]
    [InlineData("", "XADD s MAXLEN 5 LIMIT 5 1-1 a b",
        "-ERR syntax error, LIMIT cannot be used without the special ~ option")]
    [InlineData("", "XADD s MAXLEN ~ 5 LIMIT -5 1-1 a b", "-ERR The LIMIT argument must be >= 0.")]
    [InlineData("", "XADD s MAXLEN ~ 5 LIMIT x 1-1 a b", "-ERR value is not an integer or out of range")]
    [InlineData("", "XADD s 0-0 a b", "-ERR The ID specified in XADD must be greater than 0-0")]
    [InlineData("", "XADD s 5-x a b", "-ERR Invalid stream ID specified as stream command argument")]
    [InlineData("", "XADD s - a b", "-ERR Invalid stream ID specified as stream command argument")]
    [InlineData("", "XADD s 1-1 a b c", "-ERR wrong number of arguments for 'xadd' command")]
    [InlineData("", "XADD s 1-1 a", "-ERR wrong number of arguments for 'xadd' command")]
    [InlineData("SET s x", "XADD s 1-1 a b", "-WRONGTYPE Operation against a key holding the wrong kind of value")]
    [InlineData("XADD s 18446744073709551615-18446744073709551615 a b", "XADD s 18446744073709551615-* a b",
        "-ERR The stream has exhausted the last possible ID, unable to add more items")]
    public void XAdd(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "XLEN s", ":0")]
    [InlineData(Some, "XLEN s", ":3")]
    [InlineData("SET s x", "XLEN s", "-WRONGTYPE Operation against a key holding the wrong kind of value")]
    [InlineData("XGROUP CREATE s g 0 MKSTREAM", "XLEN s", ":0")]
    public void XLen(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "XRANGE s - +", "*0")]
    [InlineData(Some, "XRANGE s - +",
        "*3 *2 $3 1-1 *2 $1 a $1 b *2 $3 1-2 *4 $1 a $1 c $1 d $1 e *2 $3 2-1 *2 $1 f $1 g")]
    [InlineData(Some, "XRANGE s 1 1", "*2 *2 $3 1-1 *2 $1 a $1 b *2 $3 1-2 *4 $1 a $1 c $1 d $1 e")]
    [InlineData(Some, "XRANGE s (1-1 (2-1", "*1 *2 $3 1-2 *4 $1 a $1 c $1 d $1 e")]
    [InlineData(Some, "XRANGE s - + COUNT 1", "*1 *2 $3 1-1 *2 $1 a $1 b")]
    [InlineData(Some, "XRANGE s - + COUNT 0", "*-1")]
    [InlineData(Some, "XRANGE s - + COUNT -5", "*-1")]
    [InlineData(Some, "XRANGE s + -", "*0")]
    [InlineData(Some, "XRANGE s (18446744073709551615-18446744073709551615 +",
        "-ERR invalid start ID for the interval")]
    [InlineData(Some, "XRANGE s - (0-0", "-ERR invalid end ID for the interval")]
    [InlineData(Some, "XRANGE s x +", "-ERR Invalid stream ID specified as stream command argument")]
    [InlineData(Some, "XRANGE s - + COUNT", "-ERR syntax error")]
    [InlineData(Some, "XRANGE s - + COUNT x", "-ERR value is not an integer or out of range")]
    [InlineData(Some, "XRANGE s - + FOO 1", "-ERR syntax error")]
    [InlineData("SET s x", "XRANGE s - +", "-WRONGTYPE Operation against a key holding the wrong kind of value")]
    public void XRange(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "XREVRANGE s + -", "*0")]
    [InlineData(Some, "XREVRANGE s + -",
        "*3 *2 $3 2-1 *2 $1 f $1 g *2 $3 1-2 *4 $1 a $1 c $1 d $1 e *2 $3 1-1 *2 $1 a $1 b")]
    [InlineData(Some, "XREVRANGE s 1 1", "*2 *2 $3 1-2 *4 $1 a $1 c $1 d $1 e *2 $3 1-1 *2 $1 a $1 b")]
    [InlineData(Some, "XREVRANGE s (2-1 - COUNT 1", "*1 *2 $3 1-2 *4 $1 a $1 c $1 d $1 e")]
    [InlineData(Some, "XREVRANGE s - +", "*0")]
    [InlineData("SET s x", "XREVRANGE s + -", "-WRONGTYPE Operation against a key holding the wrong kind of value")]
    public void XRevRange(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "XDEL s 1-1", ":0")]
    [InlineData(Some, "XDEL s 1-1 1-1 2-1 9-9", ":2")]
    [InlineData(Some, "XDEL s 1-1 x", "-ERR Invalid stream ID specified as stream command argument")]
    [InlineData("SET s x", "XDEL s 1-1", "-WRONGTYPE Operation against a key holding the wrong kind of value")]
    [InlineData(Some + " ; XDEL s 1-1 1-2 2-1", "EXISTS s", ":1")]
    public void XDel(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "XTRIM s MAXLEN 1", ":0")]
    [InlineData(Some, "XTRIM s MAXLEN 1", ":2")]
    [InlineData(Some, "XTRIM s MAXLEN ~ 1", ":0")]
    [InlineData(Some, "XTRIM s MAXLEN ~ 0", ":3")]
    [InlineData(Some, "XTRIM s MAXLEN ~ 0 LIMIT 2", ":0")]
    [InlineData(Some, "XTRIM s MINID 2", ":2")]
    [InlineData(Some, "XTRIM s MINID ~ 2", ":0")]
    [InlineData(Some, "XTRIM s MINID 3", ":3")]
    [InlineData(Some, "XTRIM s FOO 1", "-ERR syntax error")]
    [InlineData(Some, "XTRIM s LIMIT 1 2", "-ERR syntax error")]
    [InlineData(Some, "XTRIM s MAXLEN 1 LIMIT 2",
        "-ERR syntax error, LIMIT cannot be used without the special ~ option")]
    [InlineData("SET s x", "XTRIM s MAXLEN 1", "-WRONGTYPE Operation against a key holding the wrong kind of value")]
    public void XTrim(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "XSETID s 1-1", "-ERR no such key")]
    [InlineData(Some, "XSETID s 2-1", "+OK")]
    [InlineData(Some, "XSETID s 9-9 ENTRIESADDED 7 MAXDELETEDID 5-5", "+OK")]
    [InlineData(Some, "XSETID s 1-1", "-ERR The ID specified in XSETID is smaller than the target stream top item")]
    [InlineData(Some, "XSETID s 9-9 ENTRIESADDED 1",
        "-ERR The entries_added specified in XSETID is smaller than the target stream length")]
    [InlineData(Some, "XSETID s 9-9 ENTRIESADDED -1", "-ERR entries_added must be positive")]
    [InlineData(Some, "XSETID s 9-9 ENTRIESADDED x", "-ERR value is not an integer or out of range")]
    [InlineData(Some, "XSETID s 9-9 MAXDELETEDID 10-1",
        "-ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id")]
    [InlineData(Some, "XSETID s x", "-ERR Invalid stream ID specified as stream command argument")]
    [InlineData(Some, "XSETID s 9-9 FOO", "-ERR syntax error")]
    [InlineData("SET s x", "XSETID s 1-1", "-WRONGTYPE Operation against a key holding the wrong kind of value")]
    public void XSetId(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "XREAD STREAMS s 0", "*-1")]
    [InlineData(Some, "XREAD STREAMS s 0",
        "*1 *2 $1 s *3 *2 $3 1-1 *2 $1 a $1 b *2 $3 1-2 *4 $1 a $1 c $1 d $1 e *2 $3 2-1 *2 $1 f $1 g")]
    [InlineData(Some, "XREAD COUNT 1 STREAMS s t 1-1 0", "*1 *2 $1 s *1 *2 $3 1-2 *4 $1 a $1 c $1 d $1 e")]
    [InlineData(Some + " ; XADD t 1-1 x y", "XREAD STREAMS s t 1-2 0",
        "*2 *2 $1 s *1 *2 $3 2-1 *2 $1 f $1 g *2 $1 t *1 *2 $3 1-1 *2 $1 x $1 y")]
    [InlineData(Some, "XREAD STREAMS s $", "*-1")]
    [InlineData(Some, "XREAD STREAMS s 18446744073709551615-18446744073709551615", "*-1")]
    [InlineData(Some, "XREAD STREAMS s >",
        "-ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.")]
    [InlineData(Some, "XREAD STREAMS s x", "-ERR Invalid stream ID specified as stream command argument")]
    [InlineData(Some, "XREAD COUNT 2 STREAMS s t 0",
        "-ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.")]
    [InlineData(Some, "XREAD COUNT x STREAMS s 0", "-ERR value is not an integer or out of range")]
    [InlineData(Some, "XREAD BLOCK x STREAMS s 0", "-ERR timeout is not an integer or out of range")]
    [InlineData(Some, "XREAD BLOCK -1 STREAMS s 0", "-ERR timeout is negative")]
    [InlineData(Some, "XREAD GROUP g c STREAMS s 0",
        "-ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.")]
    [InlineData(Some, "XREAD NOACK STREAMS s 0",
        "-ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.")]
    [InlineData(Some, "XREAD FOO s 0 0", "-ERR syntax error")]
    [InlineData("SET s x", "XREAD STREAMS s 0", "-WRONGTYPE Operation against a key holding the wrong kind of value")]
    public void XRead(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);
}
