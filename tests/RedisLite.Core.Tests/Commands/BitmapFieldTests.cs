namespace RedisLite.Core.Tests.Commands;

/// <summary>BITFIELD and BITFIELD_RO.</summary>
/// <remarks>The replies are those of redis-server 7.0.15.</remarks>
public sealed class BitmapFieldTests
{
    [Theory]
    [InlineData("", "BITFIELD k", "*0")]
    [InlineData("SET k a", "BITFIELD k", "*0")]
    [InlineData("", "BITFIELD k GET u8 0", "*1 :0")]
    [InlineData("SET k abc", "BITFIELD k GET u8 0 GET i8 8 GET u16 4 GET u1 1 GET i1 1", "*5 :97 :98 :5670 :1 :-1")]
    [InlineData("SET k \"\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\"",
        "BITFIELD k GET i64 3 GET u63 1 GET i5 0 GET u5 0 GET u8 100", "*5 :-1 :9223372036854775807 :-1 :31 :0")]
    [InlineData("SET k abc", "BITFIELD k GET u8 #1 GET u4 #3 GET u8 #100", "*3 :98 :2 :0")]
    [InlineData("SET k abc", "BITFIELD k get U8 0",
        "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")]
    [InlineData("", "BITFIELD k SET u8 0 97", "*1 :0")]
    [InlineData("BITFIELD k SET u8 0 97", "GET k", "$1 a")]
    [InlineData("SET k abc", "BITFIELD k SET u8 #1 88 GET u8 #1", "*2 :98 :88")]
    [InlineData("SET k abc ; BITFIELD k SET u8 #1 88", "GET k", "$3 aXc")]
    [InlineData("SET k abc ; BITFIELD k SET i12 4 -1", "GET k", "$3 o\\xffc")]
    [InlineData("SET k 1234567890 ; BITFIELD k SET i64 5 -2", "GET k",
        "$10 7\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xf10")]
    [InlineData("SET k abc EX 100 ; BITFIELD k SET u8 0 1", "TTL k", ":100")]
    [InlineData("BITFIELD k SET u8 20 255", "GET k", "$4 \\x00\\x00\\x0f\\xf0")]
    [InlineData("", "BITFIELD k INCRBY u8 0 10 INCRBY u8 0 10 GET u8 0", "*3 :10 :20 :20")]
    [InlineData("", "BITFIELD k INCRBY i5 100 1 GET u4 0", "*2 :1 :0")]
    [InlineData("SET k a", "BITFIELD k SET u8 0 97", "*1 :97")]
    [InlineData("", "BITFIELD k SET u8 0 0", "*1 :0")]
    [InlineData("BITFIELD k SET u8 0 0", "STRLEN k", ":1")]

    // Overflow
    [InlineData("", "BITFIELD k SET u8 0 255 INCRBY u8 0 1", "*2 :0 :0")]
    [InlineData("", "BITFIELD k SET u8 0 255 OVERFLOW SAT INCRBY u8 0 1", "*2 :0 :255")]
    [InlineData("", "BITFIELD k SET u8 0 255 OVERFLOW FAIL INCRBY u8 0 1", "*2 :0 $-1")]
    [InlineData("", "BITFIELD k OVERFLOW FAIL SET u8 0 255 INCRBY u8 0 1 OVERFLOW WRAP INCRBY u8 0 1", "*3 :0 $-1 :0")]
    [InlineData("", "BITFIELD k OVERFLOW SAT INCRBY u8 0 -1", "*1 :0")]
    [InlineData("", "BITFIELD k INCRBY u8 0 -1", "*1 :255")]
    [InlineData("", "BITFIELD k OVERFLOW FAIL INCRBY u8 0 -1", "*1 $-1")]
    [InlineData("", "BITFIELD k SET i8 0 127 INCRBY i8 0 1", "*2 :0 :-128")]
    [InlineData("", "BITFIELD k SET i8 0 127 OVERFLOW sat INCRBY i8 0 1", "*2 :0 :127")]
    [InlineData("", "BITFIELD k SET i8 0 -128 OVERFLOW SAT INCRBY i8 0 -1", "*2 :0 :-128")]
    [InlineData("", "BITFIELD k SET i8 0 -128 INCRBY i8 0 -1", "*2 :0 :127")]
    [InlineData("", "BITFIELD k SET i8 0 -128 OVERFLOW FAIL INCRBY i8 0 -1", "*2 :0 $-1")]
    [InlineData("", "BITFIELD k SET u8 0 256 GET u8 0", "*2 :0 :0")]
    [InlineData("", "BITFIELD k SET u8 0 -1 GET u8 0", "*2 :0 :255")]
    [InlineData("", "BITFIELD k OVERFLOW SAT SET u8 0 -1 GET u8 0", "*2 :0 :255")]
    [InlineData("", "BITFIELD k OVERFLOW SAT SET u8 0 256 GET u8 0", "*2 :0 :255")]
    [InlineData("", "BITFIELD k OVERFLOW FAIL SET u8 0 256 GET u8 0", "*2 $-1 :0")]
    [InlineData("", "BITFIELD k SET i8 0 128 GET i8 0", "*2 :0 :-128")]
    [InlineData("", "BITFIELD k OVERFLOW SAT SET i8 0 128 GET i8 0", "*2 :0 :127")]
    [InlineData("", "BITFIELD k OVERFLOW SAT SET i8 0 -129 GET i8 0", "*2 :0 :-128")]
    [InlineData("", "BITFIELD k SET i64 0 9223372036854775807 INCRBY i64 0 1", "*2 :0 :-9223372036854775808")]
    [InlineData("", "BITFIELD k SET i64 0 9223372036854775807 OVERFLOW SAT INCRBY i64 0 9223372036854775807",
        "*2 :0 :9223372036854775807")]
    [InlineData("", "BITFIELD k SET i64 0 -9223372036854775808 INCRBY i64 0 -1", "*2 :0 :9223372036854775807")]
    [InlineData("", "BITFIELD k SET i64 0 -9223372036854775808 OVERFLOW SAT INCRBY i64 0 -9223372036854775808",
        "*2 :0 :-9223372036854775808")]
    [InlineData("", "BITFIELD k SET u63 0 9223372036854775807 INCRBY u63 0 1", "*2 :0 :0")]
    [InlineData("", "BITFIELD k SET u63 0 9223372036854775807 OVERFLOW SAT INCRBY u63 0 1",
        "*2 :0 :9223372036854775807")]
    [InlineData("", "BITFIELD k SET u63 1 9223372036854775807 INCRBY u63 1 -9223372036854775808",
        "*2 :0 :9223372036854775807")]
    [InlineData("", "BITFIELD k SET u1 3 1 INCRBY u1 3 1", "*2 :0 :0")]
    [InlineData("", "BITFIELD k INCRBY i1 3 1 INCRBY i1 3 1", "*2 :-1 :0")]
    [InlineData("", "BITFIELD k INCRBY u4 0 1000", "*1 :8")]
    [InlineData("", "BITFIELD k INCRBY i4 0 1000", "*1 :-8")]
    [InlineData("", "BITFIELD k INCRBY i4 0 -9223372036854775808", "*1 :0")]
    [InlineData("", "BITFIELD k OVERFLOW FAIL INCRBY u8 0 256", "*1 $-1")]
    [InlineData("BITFIELD k OVERFLOW FAIL INCRBY u8 0 256", "STRLEN k", ":1")]

    [InlineData("", "BITFIELD k OVERFLOW SAT SET i8 0 -9223372036854775808 GET i8 0", "*2 :0 :127")]
    [InlineData("", "BITFIELD k OVERFLOW SAT SET i8 0 -9223372036854775681 GET i8 0", "*2 :0 :127")]
    [InlineData("", "BITFIELD k OVERFLOW SAT SET i8 0 -9223372036854775680 GET i8 0", "*2 :0 :-128")]
    [InlineData("", "BITFIELD k OVERFLOW SAT INCRBY i8 0 -9223372036854775808", "*1 :-128")]
    [InlineData("", "BITFIELD k SET i8 0 -128 OVERFLOW SAT INCRBY i8 0 -9223372036854775808", "*2 :0 :-128")]

    // Errors: nothing is done
    [InlineData("", "BITFIELD k SET u8 0 1 GET u64 0",
        "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")]
    [InlineData("", "BITFIELD k GET i65 0",
        "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")]
    [InlineData("", "BITFIELD k GET u0 0",
        "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")]
    [InlineData("", "BITFIELD k GET i0 0",
        "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")]
    [InlineData("", "BITFIELD k GET x8 0",
        "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")]
    [InlineData("", "BITFIELD k GET 8 0",
        "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")]
    [InlineData("", "BITFIELD k GET u 0",
        "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")]
    [InlineData("", "BITFIELD k GET \"\" 0",
        "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")]
    [InlineData("", "BITFIELD k GET u-8 0",
        "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")]
    [InlineData("", "BITFIELD k GET u8 -1", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "BITFIELD k GET u8 a", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "BITFIELD k GET u8 #-1", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "BITFIELD k GET u8 #a", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "BITFIELD k GET u8 #", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "BITFIELD k GET u8 4294967296", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "BITFIELD k GET u8 #536870912", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "BITFIELD k GET u8", "-ERR syntax error")]
    [InlineData("", "BITFIELD k SET u8 0", "-ERR syntax error")]
    [InlineData("", "BITFIELD k SET u8 0 a", "-ERR value is not an integer or out of range")]
    [InlineData("", "BITFIELD k INCRBY u8 0 9223372036854775808", "-ERR value is not an integer or out of range")]
    [InlineData("", "BITFIELD k OVERFLOW FOO", "-ERR Invalid OVERFLOW type specified")]
    [InlineData("", "BITFIELD k OVERFLOW", "-ERR syntax error")]
    [InlineData("", "BITFIELD k OVERFLOW SAT", "*0")]
    [InlineData("", "BITFIELD k FOO", "-ERR syntax error")]
    [InlineData("", "BITFIELD", "-ERR wrong number of arguments for 'bitfield' command")]
    public void BitField(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "BITFIELD_RO k", "*0")]
    [InlineData("", "BITFIELD_RO k GET u8 0", "*1 :0")]
    [InlineData("SET k abc", "BITFIELD_RO k GET u8 0 GET i8 #1", "*2 :97 :98")]
    [InlineData("SET k abc", "BITFIELD_RO k OVERFLOW SAT GET u8 0", "*1 :97")]
    [InlineData("", "BITFIELD_RO k SET u8 0 1", "-ERR BITFIELD_RO only supports the GET subcommand")]
    [InlineData("", "BITFIELD_RO k GET u8 0 INCRBY u8 0 1", "-ERR BITFIELD_RO only supports the GET subcommand")]
    [InlineData("", "BITFIELD_RO k SET u64 0 1",
        "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")]
    [InlineData("", "BITFIELD_RO k FOO", "-ERR syntax error")]
    [InlineData("", "BITFIELD_RO", "-ERR wrong number of arguments for 'bitfield_ro' command")]
    public void BitFieldRo(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Fact]
    public void An_offset_that_overflows_when_counted_in_fields_is_refused()
    {
        using var harness = new CommandHarness();
        const string Refused = "-ERR bit offset is not an integer or out of range";
        Assert.Equal(Refused, harness.Run("BITFIELD k GET u8 #9223372036854775807"));
        Assert.Equal(Refused, harness.Run("BITFIELD k SET u32 #576460752303423488 1"));
        Assert.Equal(":0", harness.Run("EXISTS k"));
    }

    [Fact]
    public void A_field_may_not_end_beyond_the_longest_string()
    {
        using var harness = new CommandHarness();
        Assert.Equal(
            "-ERR bit offset is not an integer or out of range", harness.Run("BITFIELD k SET u8 4294967295 1"));
        Assert.Equal("*1 :0", harness.Run("BITFIELD k GET u8 4294967295"));
    }
}
