using System.Text;
using CsCheck;
using RedisLite.Storage.Serialization;

namespace RedisLite.Core.Tests.Persistence.Serialization;

public sealed class DumpPayloadTests
{
    /// <summary>Values and what redis-server 7.0.15 answers to DUMP.</summary>
    public static TheoryData<string, string> Payloads => new()
    {
        { "hello", "\x00\x05hello\n\x00" + "cr\xdf" + "ve4 \n" },
        { "", "\x00\x00\n\x00]\x9b\\@\x0f\x7f\xa2\xda" },
        { "12", "\x00\xc0\x0c\n\x00<*\xf8Q\\\x04\xbc\xd5" },
        { "-129", "\x00\xc1\x7f\xff\n\x00\x17`\x82(T\x80\x84\x80" },
        { "70000", "\x00\xc2p\x11\x01\x00\n\x00\x01\xa4\b\xfe\x95" + "0\x95\xa5" },
        { "-2147483648", "\x00\xc2\x00\x00\x00\x80\n\x00\xc7O\x87>3U\x81\x87" },
        { "2147483648", "\x00\n2147483648\n\x00\xe7\xb1)\xa3L\x1dv\xee" },
        { "007", "\x00\x03" + "007\n\x00rX\xe2{Li\xba\xd9" },
        { new string('a', 59), "\x00\xc3\t;\x01" + "aa\xe0.\x00\x01" + "aa\n\x00\xe7\xf2\x7f\xcf(pq\x90" },
        {
            "the quick brown fox jumps over the lazy dog and the quick brown fox jumps again",
            "\x00\xc3;@O\x1fthe quick brown fox jumps over t \x1e\x0blazy dog and`\x10\xe0\r/\x04" + "again"
                + "\n\x00" + "CR\x0b\x90\x9c\xdc\xae" + "1"
        },
    };

    [Theory]
    [MemberData(nameof(Payloads))]
    public void A_payload_is_byte_for_byte_that_of_Redis(string value, string payload)
    {
        Assert.Equal(payload, Encoding.Latin1.GetString(Write(Encoding.Latin1.GetBytes(value))));
        Assert.Equal(value, Encoding.Latin1.GetString(Read(Encoding.Latin1.GetBytes(payload))!));
    }

    [Fact]
    public void What_was_written_is_read() =>
        Gen.Byte.Array[0, 300].Sample(value => Assert.Equal(value, Read(Write(value))));

    [Fact]
    public void A_payload_cut_or_changed_anywhere_has_a_wrong_checksum()
    {
        var payload = Write([.. "some value"u8]);
        for (var i = 0; i < payload.Length; i++)
        {
            Assert.Equal(DumpStatus.BadVersionOrChecksum, DumpPayload.Open(payload.AsSpan(0, i), out _));
            var changed = payload.ToArray();
            changed[i] ^= 0x10;
            Assert.Equal(DumpStatus.BadVersionOrChecksum, DumpPayload.Open(changed, out _));
        }
    }

    [Theory]
    [InlineData("0001610A00", DumpStatus.String)]
    [InlineData("0001610600", DumpStatus.String)] // an older version
    [InlineData("0001610C00", DumpStatus.String)] // Redis 7.4
    [InlineData("0001610D00", DumpStatus.BadVersionOrChecksum)] // a newer version
    [InlineData("0A00", DumpStatus.BadFormat)] // no type
    [InlineData("2A000A00", DumpStatus.BadFormat)] // no such type
    [InlineData("0002610A00", DumpStatus.BadFormat)] // a string longer than the payload
    [InlineData("0B08020000000100000001000A00", DumpStatus.Collection)] // an intset
    [InlineData("07000A00", DumpStatus.BadFormat)] // a module's value
    public void The_frame_and_its_content_are_judged_apart(string hex, DumpStatus expected) =>
        Assert.Equal(expected, DumpPayload.Open(Seal(Convert.FromHexString(hex)), out _));

    [Fact]
    public void A_damaged_block_inside_a_sound_frame_is_found_when_it_is_copied()
    {
        var payload = Seal(Convert.FromHexString("00C303403C20FF000A00"));
        Assert.Equal(DumpStatus.String, DumpPayload.Open(payload, out var value));
        Assert.False(value.String.TryCopyTo(new byte[value.String.Length]));
    }

    private static byte[] Seal(byte[] body) => [.. body, .. BitConverter.GetBytes(Crc64.Compute(body))];

    private static byte[] Write(byte[] value)
    {
        var payload = new byte[DumpPayload.MaxStringSize(value.Length)];
        return payload[..DumpPayload.WriteString(payload, value)];
    }

    private static byte[]? Read(byte[] payload)
    {
        Assert.Equal(DumpStatus.String, DumpPayload.Open(payload, out var value));
        var copy = new byte[value.String.Length];
        return value.String.TryCopyTo(copy) ? copy : null;
    }
}
