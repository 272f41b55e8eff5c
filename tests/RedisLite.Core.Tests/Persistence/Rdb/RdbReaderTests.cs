using System.Text;
using CsCheck;
using RedisLite.Core.Tests.Persistence.Serialization;
using RedisLite.Persistence.Files;
using RedisLite.Persistence.Rdb;
using RedisLite.Storage.Serialization;

namespace RedisLite.Core.Tests.Persistence.Rdb;

public sealed class RdbReaderTests
{
    private const string Sound = "524544495330303130 FE00 00 0161 0162 FF 0000000000000000";

    [Theory]
    [InlineData(int.MaxValue, true)]
    [InlineData(int.MaxValue, false)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    public void A_file_of_all_types_gives_its_strings_and_names_the_collections(int step, bool seekable)
    {
        var read = ReadAll(new ChoppedStream(RdbSamples.AllTypes, step, seekable), new() { SkipUnknownTypes = true });
        Assert.Equal(
            """
            aux redis-ver=7.0.15
            aux redis-bits=64
            0 binary=\x00\x01\xff\x0d\x0a
            0 empty=
            0 expires=soon @4102444800123
            0 hash-large: hash
            0 hash-small: hash
            0 list-plain: list
            0 list: list
            0 long=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
            0 number=12345
            0 plain=hello
            0 set-big: set
            0 set-int: set
            0 set-text: set
            0 zset-large: zset
            0 zset-small: zset
            3 after-stream=yes @4102444800000
            3 hll=HYLL...
            3 stream: stream
            15 last=one
            """,
            read);
    }

    [Fact]
    public void A_modules_value_stops_the_load_and_is_named_with_its_key()
    {
        var file = FromHex("524544495330303130 FE00 07 0161 05 00 00 0162 0163 FF 0000000000000000");
        var error = Assert.Throws<UnsupportedRdbContentException>(() => ReadAll(file));
        Assert.Matches("""^at byte 9: key "a" of database 0 holds a module \(type 7\)""", error.Message);
        Assert.Contains("--skip-unknown-types", error.Message);
        Assert.Equal("0 a: module\n0 b=c\nskipped 1", ReadAll(file, new() { SkipUnknownTypes = true }));
    }

    [Fact]
    public void A_collection_without_a_place_is_as_good_as_unknown()
    {
        var file = FromHex("524544495330303130 FE00 02 0161 01 0178 00 0162 0163 FF 0000000000000000");
        var options = new RdbReaderOptions { IsSupported = type => type != RdbType.Set };
        Assert.Throws<UnsupportedRdbContentException>(() => ReadAll(file, options));
        Assert.Equal("0 a: set\n0 b=c\nskipped 1", ReadAll(file, options with { SkipUnknownTypes = true }));
    }

    [Fact]
    public void Sizes_of_slots_are_passed_over() =>
        Assert.Equal("0 a=b", ReadAll(FromHex("524544495330303132 FE00 F4 05 01 00 00 0161 0162 FF 0000000000000000")));

    [Fact]
    public void Libraries_of_functions_are_given()
    {
        using var reader = new RdbReader(new MemoryStream(RdbSamples.Functions));
        while (reader.Kind != RdbRecordKind.Library)
            Assert.True(reader.Read());
        Assert.StartsWith("#!lua name=", System.Text.Encoding.ASCII.GetString(reader.Value), StringComparison.Ordinal);
        Assert.Equal(0, reader.SkippedCount);
        while (reader.Kind != RdbRecordKind.End)
            reader.Read();
    }

    [Fact]
    public void Idle_time_frequency_and_size_hints_are_given()
    {
        using var reader = new RdbReader(new MemoryStream(RdbSamples.Functions), new() { SkipUnknownTypes = true });
        while (reader.Kind != RdbRecordKind.String)
            Assert.True(reader.Read());
        Assert.Equal((1, 0), (reader.KeyCountHint, reader.ExpiringKeyCountHint));
        Assert.Equal((-1, 0), (reader.IdleSeconds, reader.Frequency));
        Assert.Equal(10, reader.Version);
    }

    [Theory]
    [InlineData("524544495330303036 FE00 FC 0001000000000000 00 0161 0162 FF 0000000000000000", "0 a=b @256")]
    [InlineData("524544495330303034 FE02 FD 0A000000 00 0161 C17F01 FF", "2 a=383 @10000")] // no checksum before 5
    [InlineData("524544495330303031 FE00 00 0161 C3040500613000 00 FF", null)] // 0 is no valid block for 5 bytes
    [InlineData("524544495330303131 FE4010 00 0161 0162 FF 0000000000000000", "16 a=b")] // version 11, 14 bit length
    [InlineData("524544495330303132 FA0161 0162 FE00 FB0100 00 0161 0162 FF 0000000000000000", "0 a=b")] // version 12
    // Version 12, of a cluster's node.
    [InlineData("524544495330303132 FE00 F4071A00 00 0161 0162 FF 0000000000000000", "0 a=b")]
    public void Strings_of_other_versions_are_read(string hex, string? expected)
    {
        if (expected == null)
            Assert.Throws<DamagedFileException>(() => ReadAll(FromHex(hex)));
        else
            Assert.Equal(expected, ReadAll(FromHex(hex)));
    }

    [Theory]
    [InlineData("", 0, "too short for an RDB header")]
    [InlineData("5245444953303031", 0, "too short for an RDB header")]
    [InlineData("52454449533030313A FF", 0, "REDIS and four digits")]
    [InlineData("56414C4B4559303830 FF", 0, "REDIS and four digits")]
    [InlineData("524544495330303133 FF", 0, "RDB version 13 cannot be read, only 1 to 12")]
    [InlineData("524544495330303130 FE82", 10, "expected a database number, found byte 0x82")]
    [InlineData("524544495330303130 FEC0", 10, "expected a database number, found string encoding 0")]
    [InlineData("524544495330303130 FE81FFFFFFFFFFFFFFFF", 9, "18446744073709551615 is no database number")]
    [InlineData("524544495330303130 FE00 00 816000000000000000", 12, "more than any can have")]
    [InlineData("524544495330303130 FE00 00 807000000000000000", 12,
        "a key has a length of 1879048192 bytes, more than the file has")]
    [InlineData("524544495330303130 FE00 00 0161 C302807FFFFFFF6161", 14, "which cannot hold 2147483647")]
    [InlineData("524544495330303130 FE00 00 0161 C7", 14, "unknown string encoding 7")]
    [InlineData("524544495330303130 FE00 1A 0161 C7", 11, "expected a type or opcode, found 26")]
    [InlineData("524544495330303130 FE00 06 0161 00", 14, "type 6 have no structure to skip")]
    [InlineData("524544495330303130 FE00 00 0161 0162", 16, "the file ends where a type or opcode was expected")]
    [InlineData("524544495330303130 FE00 00 0161 0162 FF", 17, "the file ends where the checksum was expected")]
    [InlineData("524544495330303130 FC FFFFFFFFFFFFFFFF", 9, "an expiry lies before 1970")]
    public void Damage_is_named_with_its_offset(string hex, long offset, string problem)
    {
        var error = Assert.Throws<DamagedFileException>(() => ReadAll(FromHex(hex), new() { SkipUnknownTypes = true }));
        Assert.Contains(problem, error.Message);
        Assert.Equal(offset, error.Offset);
    }

    [Fact]
    public void A_wrong_checksum_is_an_error_and_zero_is_none()
    {
        Assert.Equal("0 a=b", ReadAll(FromHex(Sound)));
        var error = Assert.Throws<DamagedFileException>(() => ReadAll([.. FromHex(Sound)[..^1], 1]));
        Assert.Equal(17, error.Offset);
        Assert.Contains("found 0100000000000000", error.Message);
        ReadAll([.. FromHex(Sound)[..^1], 1], new() { VerifyChecksum = false });
    }

    [Fact]
    public void A_file_cut_anywhere_ends_too_early()
    {
        var whole = RdbSamples.AllTypes;
        for (var length = 0; length < whole.Length; length++)
        {
            foreach (var seekable in new[] { true, false })
            {
                var cut = new ChoppedStream(whole[..length], int.MaxValue, seekable);
                var error = Assert.Throws<DamagedFileException>(() => ReadAll(cut, new() { SkipUnknownTypes = true }));
                Assert.True(error.EndsTooEarly);
                Assert.InRange(error.Offset, 0, length);
            }
        }
    }

    [Fact]
    public void Any_changed_byte_is_found()
    {
        Gen.Select(Gen.Int[0, RdbSamples.AllTypes.Length - 1], Gen.Byte[1, 255]).Sample((at, change) =>
        {
            var file = RdbSamples.AllTypes;
            file[at] ^= change;
            Assert.NotNull(TryReadAll(file, verifyChecksum: true));
        });
    }

    [Fact]
    public void Any_changed_bytes_are_safe_to_read_without_the_checksum()
    {
        var change = Gen.Select(Gen.Int[0, RdbSamples.AllTypes.Length - 1], Gen.Byte);
        change.Array[1, 5].Sample(changes =>
        {
            var file = RdbSamples.AllTypes;
            foreach (var (at, value) in changes)
                file[at] = value;
            TryReadAll(file, verifyChecksum: false);
        });
    }

    /// <summary>The error that reading ends with, if it is one of those that are promised.</summary>
    private static Exception? TryReadAll(byte[] file, bool verifyChecksum)
    {
        try
        {
            ReadAll(file, new() { SkipUnknownTypes = true, VerifyChecksum = verifyChecksum });
            return null;
        }
        catch (Exception error) when (error is DamagedFileException or UnsupportedRdbContentException)
        {
            return error;
        }
    }

    private static string ReadAll(byte[] file, RdbReaderOptions? options = null) =>
        ReadAll(new MemoryStream(file), options);

    /// <summary>The file as text: facts that do not change, then keys in order, then what was left out.</summary>
    private static string ReadAll(Stream file, RdbReaderOptions? options)
    {
        var facts = new List<string>();
        var keys = new List<(int, string)>();
        using var reader = new RdbReader(file, options);
        while (reader.Read())
        {
            switch (reader.Kind)
            {
                case RdbRecordKind.Auxiliary when reader.Key.StartsWith("redis-"u8):
                    facts.Add($"aux {Text(reader.Key)}={Text(reader.Value)}");
                    break;
                case RdbRecordKind.String:
                    var expiry = reader.ExpireAtMs == RdbReader.NoExpiry ? "" : $" @{reader.ExpireAtMs}";
                    keys.Add((reader.Database, $"{reader.Database} {Text(reader.Key)}={Text(reader.Value)}{expiry}"));
                    break;
                case RdbRecordKind.Collection:
                    Assert.True(reader.ReadInto(new ModelValue()) || reader.Type != 0);
                    goto case RdbRecordKind.SkippedKey;
                case RdbRecordKind.SkippedKey:
                    var type = RdbTypes.NameOf(reader.Type);
                    keys.Add((reader.Database, $"{reader.Database} {Text(reader.Key)}: {type}"));
                    break;
                case RdbRecordKind.SkippedContent:
                    facts.Add("skipped content");
                    break;
            }
        }

        Assert.False(reader.Read());
        keys.Sort((a, b) => a.Item1 != b.Item1 ? a.Item1 - b.Item1 : string.CompareOrdinal(a.Item2, b.Item2));
        var lines = facts.Concat(keys.Select(key => key.Item2));
        if (reader.SkippedCount > 0)
            lines = lines.Append($"skipped {reader.SkippedCount}");
        return string.Join('\n', lines);
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("HYLL"u8))
            return "HYLL...";
        var text = new StringBuilder();
        foreach (var value in bytes)
            _ = value is >= 0x20 and < 0x7f ? text.Append((char)value) : text.Append($"\\x{value:x2}");
        return text.ToString();
    }

    private static byte[] FromHex(string hex) => Convert.FromHexString(hex.Replace(" ", ""));
}
