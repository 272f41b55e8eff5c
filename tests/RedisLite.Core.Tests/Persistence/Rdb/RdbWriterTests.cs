using CsCheck;
using RedisLite.Persistence.Rdb;
using RedisLite.Storage.Serialization;

namespace RedisLite.Core.Tests.Persistence.Rdb;

public sealed class RdbWriterTests
{
    private static readonly RdbDescription Description = new("7.0.15", 1_700_000_000, 1_000_000, IsAofBase: true);

    private static readonly Gen<(int Database, byte[] Key, byte[] Value, long ExpireAtMs)> GenKey = Gen.Select(
        Gen.Int[0, 20],
        Gen.Byte.Array[0, 30],
        Gen.Frequency((20, Gen.Byte.Array[0, 100]), (20, Gen.Byte[48, 50].Array[0, 300]), (
            1, Gen.Const(new byte[100_000])), (1, Gen.Byte.Array[40_000])),
        Gen.OneOf(Gen.Const(RdbReader.NoExpiry), Gen.Long[0, long.MaxValue]));

    [Fact]
    public void A_file_is_byte_for_byte_what_Redis_writes()
    {
        var output = new MemoryStream();
        var writer = new RdbWriter(output);
        writer.WriteHeader(Description with { IsAofBase = false });
        writer.SelectDatabase(0);
        writer.WriteSizeHint(1, 1);
        writer.WriteString("key"u8, "12"u8, 0x1234);
        writer.Complete();
        var expected = "524544495330303130"
            + "FA0972656469732D76657206372E302E3135"
            + "FA0A72656469732D62697473C040"
            + "FA056374696D65C200F15365"
            + "FA08757365642D6D656DC240420F00"
            + "FA08616F662D62617365C000"
            + "FE00FB0101FC341200000000000000036B6579C00CFF";
        var body = Convert.FromHexString(expected);
        Assert.Equal(
            expected + Convert.ToHexString(BitConverter.GetBytes(Crc64.Compute(body))),
            Convert.ToHexString(output.ToArray()));
        Assert.Equal(output.Length, writer.Length);
    }

    [Fact]
    public void What_was_written_is_read() =>
        Gen.Select(GenKey.Array[0, 20], Gen.Bool, Gen.Bool, Gen.Bool).Sample((keys, compress, checksum, autoFlush) =>
        {
            var output = new MemoryStream();
            var options = new RdbWriterOptions { Compress = compress, Checksum = checksum, AutoFlush = autoFlush };
            var writer = new RdbWriter(output, options);
            writer.WriteHeader(Description);
            foreach (var (database, key, value, expireAtMs) in keys)
            {
                writer.SelectDatabase(database);
                writer.WriteString(key, value, expireAtMs);
            }

            var hasLarge = keys.Any(key => key.Value.Length >= Keyspace.LargeStringLength);
            Assert.True(autoFlush || hasLarge || output.Length == 0);
            writer.Complete();
            Assert.Equal(output.Length, writer.Length);
            Assert.Equal(checksum, output.ToArray()[^8..].Any(value => value != 0));
            using var reader = new RdbReader(new MemoryStream(output.ToArray()));
            foreach (var (database, key, value, expireAtMs) in keys)
            {
                do
                    Assert.True(reader.Read());
                while (reader.Kind != RdbRecordKind.String);
                Assert.Equal(database, reader.Database);
                Assert.Equal(key, reader.Key);
                Assert.Equal(value, reader.Value);
                Assert.Equal(expireAtMs, reader.ExpireAtMs);
            }

            Assert.Equal(keys.Length == 0, reader.Read());
            while (reader.Read())
                Assert.Equal(RdbRecordKind.Auxiliary, reader.Kind);
            Assert.Equal(output.Length, reader.Offset);
        });

    [Theory]
    [InlineData(true, 10_000_000, 300_000)]
    [InlineData(true, 17_000_000, 17_000_100)]
    [InlineData(false, 17_000_000, 17_000_100)]
    public void A_large_string_takes_no_buffer_of_its_size(bool compress, int length, int mostWritten)
    {
        var value = new byte[length];
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var writer = new RdbWriter(Stream.Null, new RdbWriterOptions { Compress = compress, AutoFlush = false });
        writer.SelectDatabase(0);
        writer.WriteString("k"u8, value, RdbReader.NoExpiry);
        Assert.InRange(writer.Length, 1, mostWritten);
        Assert.InRange(writer.Buffered, 0, 100);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void Memory_is_bounded_while_a_long_file_is_written()
    {
        var writer = new RdbWriter(Stream.Null);
        writer.SelectDatabase(0);
        var value = new byte[1000];
        for (var i = 0; i < 1000; i++)
        {
            writer.WriteString(BitConverter.GetBytes(i), value, RdbReader.NoExpiry);
            Assert.InRange(writer.Buffered, 0, 70_000);
        }
    }

    [Fact]
    public void A_key_without_a_database_is_a_mistake() =>
        Assert.Throws<InvalidOperationException>(() => new RdbWriter(Stream.Null).WriteString("a"u8, "b"u8, -1));
}
