namespace RedisLite.Core.Tests.Commands;

/// <summary>XREADGROUP, XGROUP, XACK, XPENDING, XCLAIM, XAUTOCLAIM, XINFO.</summary>
/// <remarks>The replies are those of redis-server 7.0.15.</remarks>
public sealed class StreamGroupTests
{
    private const string Some = "XADD s 1-1 a b ; XADD s 1-2 a c d e ; XADD s 2-1 f g";
    private const string Grouped = Some + " ; XGROUP CREATE s g 0";
    private const string Pending = Grouped + " ; XREADGROUP GROUP g c COUNT 2 STREAMS s >";
    private const string Deleted = Pending + " ; XDEL s 1-1";

    [Theory]
    [InlineData("", "XREADGROUP GROUP g c STREAMS s >",
        "-NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option")]
    [InlineData(Grouped, "XREADGROUP GROUP g c STREAMS s >",
        "*1 *2 $1 s *3 *2 $3 1-1 *2 $1 a $1 b *2 $3 1-2 *4 $1 a $1 c $1 d $1 e *2 $3 2-1 *2 $1 f $1 g")]
    [InlineData(Grouped, "XREADGROUP GROUP g c COUNT 1 STREAMS s >", "*1 *2 $1 s *1 *2 $3 1-1 *2 $1 a $1 b")]
    [InlineData(Pending, "XREADGROUP GROUP g c STREAMS s >", "*1 *2 $1 s *1 *2 $3 2-1 *2 $1 f $1 g")]
    [InlineData(Pending, "XREADGROUP GROUP g c STREAMS s 0",
        "*1 *2 $1 s *2 *2 $3 1-1 *2 $1 a $1 b *2 $3 1-2 *4 $1 a $1 c $1 d $1 e")]
    [InlineData(Pending, "XREADGROUP GROUP g c COUNT 1 STREAMS s 1-1",
        "*1 *2 $1 s *1 *2 $3 1-2 *4 $1 a $1 c $1 d $1 e")]
    [InlineData(Pending, "XREADGROUP GROUP g d STREAMS s 0", "*1 *2 $1 s *0")]
    [InlineData(Deleted, "XREADGROUP GROUP g c STREAMS s 0",
        "*1 *2 $1 s *2 *2 $3 1-1 *-1 *2 $3 1-2 *4 $1 a $1 c $1 d $1 e")]
    [InlineData(Grouped, "XREADGROUP GROUP g c NOACK STREAMS s >",
        "*1 *2 $1 s *3 *2 $3 1-1 *2 $1 a $1 b *2 $3 1-2 *4 $1 a $1 c $1 d $1 e *2 $3 2-1 *2 $1 f $1 g")]
    [InlineData(Pending + " ; XREADGROUP GROUP g c STREAMS s >", "XREADGROUP GROUP g c STREAMS s >", "*-1")]
    [InlineData(Grouped + " ; XADD t 1-1 a b ; XGROUP CREATE t g 0", "XREADGROUP GROUP g c COUNT 1 STREAMS s t > >",
        "*2 *2 $1 s *1 *2 $3 1-1 *2 $1 a $1 b *2 $1 t *1 *2 $3 1-1 *2 $1 a $1 b")]
    [InlineData(Grouped, "XREADGROUP GROUP no c STREAMS s >",
        "-NOGROUP No such key 's' or consumer group 'no' in XREADGROUP with GROUP option")]
    [InlineData(Grouped, "XREADGROUP GROUP g c STREAMS s $",
        "-ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by "
            + "specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty "
            + "result set.")]
    [InlineData(Grouped, "XREADGROUP COUNT 1 NOACK STREAMS s >", "-ERR Missing GROUP option for XREADGROUP")]
    [InlineData(Grouped, "XREADGROUP GROUP g c STREAMS s x",
        "-ERR Invalid stream ID specified as stream command argument")]
    [InlineData("SET s x", "XREADGROUP GROUP g c STREAMS s >",
        "-WRONGTYPE Operation against a key holding the wrong kind of value")]
    public void XReadGroup(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "XGROUP CREATE s g $",
        "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM "
            + "option to create an empty stream automatically.")]
    [InlineData("", "XGROUP CREATE s g $ MKSTREAM", "+OK")]
    [InlineData(Grouped, "XGROUP CREATE s g 0", "-BUSYGROUP Consumer Group name already exists")]
    [InlineData(Some, "XGROUP CREATE s g x", "-ERR Invalid stream ID specified as stream command argument")]
    [InlineData(Some, "XGROUP CREATE s g 0 ENTRIESREAD 2", "+OK")]
    [InlineData(Some, "XGROUP CREATE s g 0 ENTRIESREAD -2", "-ERR value for ENTRIESREAD must be positive or -1")]
    [InlineData(Some, "XGROUP CREATE s g 0 ENTRIESREAD x", "-ERR value is not an integer or out of range")]
    [InlineData(Some, "XGROUP CREATE s g 0 FOO",
        "-ERR unknown subcommand or wrong number of arguments for 'CREATE'. Try XGROUP HELP.")]
    [InlineData("SET s x", "XGROUP CREATE s g 0", "-WRONGTYPE Operation against a key holding the wrong kind of value")]
    [InlineData(Grouped, "XGROUP SETID s g 1-1", "+OK")]
    [InlineData(Grouped, "XGROUP SETID s g $ ENTRIESREAD 3", "+OK")]
    [InlineData(Grouped, "XGROUP SETID s g +", "+OK")]
    [InlineData(Grouped, "XGROUP SETID s g -", "+OK")]
    [InlineData(Grouped, "XGROUP SETID s no $", "-NOGROUP No such consumer group 'no' for key name 's'")]
    [InlineData("", "XGROUP SETID s g $",
        "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM "
            + "option to create an empty stream automatically.")]
    [InlineData(Pending, "XGROUP DESTROY s g", ":1")]
    [InlineData(Some, "XGROUP DESTROY s g", ":0")]
    [InlineData("", "XGROUP DESTROY s g",
        "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM "
            + "option to create an empty stream automatically.")]
    [InlineData(Grouped, "XGROUP CREATECONSUMER s g c", ":1")]
    [InlineData(Pending, "XGROUP CREATECONSUMER s g c", ":0")]
    [InlineData(Some, "XGROUP CREATECONSUMER s g c", "-NOGROUP No such consumer group 'g' for key name 's'")]
    [InlineData(Pending, "XGROUP DELCONSUMER s g c", ":2")]
    [InlineData(Pending, "XGROUP DELCONSUMER s g d", ":0")]
    [InlineData(Some, "XGROUP DELCONSUMER s g c", "-NOGROUP No such consumer group 'g' for key name 's'")]
    [InlineData("", "XGROUP FOO", "-ERR unknown subcommand 'FOO'. Try XGROUP HELP.")]
    public void XGroup(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "XACK s g 1-1", ":0")]
    [InlineData(Some, "XACK s g 1-1", ":0")]
    [InlineData(Pending, "XACK s g 1-1 1-1 1-2 2-1", ":2")]
    [InlineData(Pending, "XACK s g x", "-ERR Invalid stream ID specified as stream command argument")]
    [InlineData("SET s x", "XACK s g 1-1", "-WRONGTYPE Operation against a key holding the wrong kind of value")]
    public void XAck(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "XPENDING s g", "-NOGROUP No such key 's' or consumer group 'g'")]
    [InlineData(Grouped, "XPENDING s g", "*4 :0 $-1 $-1 *-1")]
    [InlineData(Pending, "XPENDING s g", "*4 :2 $3 1-1 $3 1-2 *1 *2 $1 c $1 2")]
    [InlineData(Pending, "XPENDING s g 1-1 - + 10", "-ERR value is not an integer or out of range")]
    [InlineData(Pending, "XPENDING s g - +", "-ERR syntax error")]
    [InlineData(Pending, "XPENDING s g IDLE 5 - +", "-ERR syntax error")]
    [InlineData(Pending, "XPENDING s g IDLE x - + 5", "-ERR value is not an integer or out of range")]
    [InlineData(Pending, "XPENDING s g - + x", "-ERR value is not an integer or out of range")]
    [InlineData(Pending, "XPENDING s g x + 5", "-ERR Invalid stream ID specified as stream command argument")]
    [InlineData(Pending, "XPENDING s g - + 5 no", "*0")]
    [InlineData(Pending, "XPENDING s g IDLE 100000 - + 5", "*0")]
    [InlineData("SET s x", "XPENDING s g", "-WRONGTYPE Operation against a key holding the wrong kind of value")]
    public void XPending(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "XCLAIM s g d 0 1-1", "-NOGROUP No such key 's' or consumer group 'g'")]
    [InlineData(Some, "XCLAIM s g d 0 1-1", "-NOGROUP No such key 's' or consumer group 'g'")]
    [InlineData(Pending, "XCLAIM s g d 0 1-1 9-9", "*1 *2 $3 1-1 *2 $1 a $1 b")]
    [InlineData(Pending, "XCLAIM s g d 0 1-1 1-2 JUSTID", "*2 $3 1-1 $3 1-2")]
    [InlineData(Pending, "XCLAIM s g d 100000 1-1", "*0")]
    [InlineData(Pending, "XCLAIM s g d 0 2-1", "*0")]
    [InlineData(Pending, "XCLAIM s g d 0 2-1 FORCE", "*1 *2 $3 2-1 *2 $1 f $1 g")]
    [InlineData(Deleted, "XCLAIM s g d 0 1-1", "*0")]
    [InlineData(Pending, "XCLAIM s g d 0 1-1 RETRYCOUNT 5 IDLE 5 LASTID 2-1", "*1 *2 $3 1-1 *2 $1 a $1 b")]
    [InlineData(Pending, "XCLAIM s g d 0 9-9 LASTID 8-8", "*0")]
    [InlineData(Pending, "XCLAIM s g d x 1-1", "-ERR Invalid min-idle-time argument for XCLAIM")]
    [InlineData(Pending, "XCLAIM s g d 0 1-1 FOO", "-ERR Unrecognized XCLAIM option 'FOO'")]
    [InlineData(Pending, "XCLAIM s g d 0 1-1 IDLE x", "-ERR Invalid IDLE option argument for XCLAIM")]
    [InlineData(Pending, "XCLAIM s g d 0 1-1 TIME x", "-ERR Invalid TIME option argument for XCLAIM")]
    [InlineData(Pending, "XCLAIM s g d 0 1-1 RETRYCOUNT x", "-ERR Invalid RETRYCOUNT option argument for XCLAIM")]
    [InlineData(Pending, "XCLAIM s g d 0 1-1 LASTID x", "-ERR Invalid stream ID specified as stream command argument")]
    [InlineData("SET s x", "XCLAIM s g d 0 1-1", "-WRONGTYPE Operation against a key holding the wrong kind of value")]
    public void XClaim(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "XAUTOCLAIM s g d 0 0", "-NOGROUP No such key 's' or consumer group 'g'")]
    [InlineData(Pending, "XAUTOCLAIM s g d 0 0",
        "*3 $3 0-0 *2 *2 $3 1-1 *2 $1 a $1 b *2 $3 1-2 *4 $1 a $1 c $1 d $1 e *0")]
    [InlineData(Pending, "XAUTOCLAIM s g d 0 - COUNT 1", "*3 $3 1-2 *1 *2 $3 1-1 *2 $1 a $1 b *0")]
    [InlineData(Pending, "XAUTOCLAIM s g d 0 (1-1 JUSTID", "*3 $3 0-0 *1 $3 1-2 *0")]
    [InlineData(Pending, "XAUTOCLAIM s g d 100000 0", "*3 $3 0-0 *0 *0")]
    [InlineData(Deleted, "XAUTOCLAIM s g d 0 0", "*3 $3 0-0 *1 *2 $3 1-2 *4 $1 a $1 c $1 d $1 e *1 $3 1-1")]
    [InlineData(Deleted, "XAUTOCLAIM s g d 0 0 COUNT 1", "*3 $3 1-2 *0 *1 $3 1-1")]
    [InlineData(Pending, "XAUTOCLAIM s g d x 0", "-ERR Invalid min-idle-time argument for XAUTOCLAIM")]
    [InlineData(Pending, "XAUTOCLAIM s g d 0 x", "-ERR Invalid stream ID specified as stream command argument")]
    [InlineData(Pending, "XAUTOCLAIM s g d 0 0 COUNT 0", "-ERR COUNT must be > 0")]
    [InlineData(Pending, "XAUTOCLAIM s g d 0 0 FOO", "-ERR syntax error")]
    [InlineData("SET s x", "XAUTOCLAIM s g d 0 0",
        "-WRONGTYPE Operation against a key holding the wrong kind of value")]
    public void XAutoClaim(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "XINFO STREAM s", "-ERR no such key")]
    [InlineData(Some, "XINFO STREAM s",
        "*20 $6 length :3 $15 radix-tree-keys :1 $16 radix-tree-nodes :2 $17 last-generated-id $3 2-1 $20 "
            + "max-deleted-entry-id $3 0-0 $13 entries-added :3 $23 recorded-first-entry-id $3 1-1 $6 groups :0 $11 "
            + "first-entry *2 $3 1-1 *2 $1 a $1 b $10 last-entry *2 $3 2-1 *2 $1 f $1 g")]
    [InlineData("XGROUP CREATE s g 0 MKSTREAM", "XINFO STREAM s",
        "*20 $6 length :0 $15 radix-tree-keys :0 $16 radix-tree-nodes :1 $17 last-generated-id $3 0-0 $20 "
            + "max-deleted-entry-id $3 0-0 $13 entries-added :0 $23 recorded-first-entry-id $3 0-0 $6 groups :1 $11 "
            + "first-entry $-1 $10 last-entry $-1")]
    [InlineData(Grouped, "XINFO STREAM s FULL COUNT 1",
        "*18 $6 length :3 $15 radix-tree-keys :1 $16 radix-tree-nodes :2 $17 last-generated-id $3 2-1 $20 "
            + "max-deleted-entry-id $3 0-0 $13 entries-added :3 $23 recorded-first-entry-id $3 1-1 $7 entries *1 *2 "
            + "$3 1-1 *2 $1 a $1 b $6 groups *1 *14 $4 name $1 g $17 last-delivered-id $3 0-0 $12 entries-read $-1 "
            + "$3 lag :3 $9 pel-count :0 $7 pending *0 $9 consumers *0")]
    [InlineData(Some, "XINFO STREAM s FOO",
        "-ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP.")]
    [InlineData(Some, "XINFO STREAM s FULL COUNT x", "-ERR value is not an integer or out of range")]
    [InlineData(Grouped, "XINFO GROUPS s",
        "*1 *12 $4 name $1 g $9 consumers :0 $7 pending :0 $17 last-delivered-id $3 0-0 $12 entries-read $-1 $3 lag "
            + ":3")]
    [InlineData(Pending, "XINFO GROUPS s",
        "*1 *12 $4 name $1 g $9 consumers :1 $7 pending :2 $17 last-delivered-id $3 1-2 $12 entries-read :2 $3 lag :1")]
    [InlineData(Deleted, "XINFO GROUPS s",
        "*1 *12 $4 name $1 g $9 consumers :1 $7 pending :2 $17 last-delivered-id $3 1-2 $12 entries-read :2 $3 lag :1")]
    [InlineData("", "XINFO GROUPS s", "-ERR no such key")]
    [InlineData(Grouped, "XINFO CONSUMERS s g", "*0")]
    [InlineData(Some, "XINFO CONSUMERS s g", "-NOGROUP No such consumer group 'g' for key name 's'")]
    [InlineData("SET s x", "XINFO STREAM s", "-WRONGTYPE Operation against a key holding the wrong kind of value")]
    public void XInfo(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);
}
