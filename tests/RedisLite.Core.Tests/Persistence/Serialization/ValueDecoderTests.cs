using RedisLite.Core.Tests.Persistence.Rdb;
using RedisLite.Persistence.Files;
using RedisLite.Persistence.Rdb;
using RedisLite.Storage;
using RedisLite.Storage.Serialization;
using RedisLite.Storage.Serialization.Collections;

namespace RedisLite.Core.Tests.Persistence.Serialization;

public sealed class ValueDecoderTests
{
    [Theory]
    [MemberData(nameof(SerializedForms.Rows), MemberType = typeof(SerializedForms))]
    public void Every_form_gives_its_value(int index, RdbType type)
    {
        var form = SerializedForms.All.ElementAt(index);
        Assert.Equal(type, form.Type);
        Assert.Equal(form.Value.ToString(), Damage.TryDecode(type, form.Bytes)?.ToString());
        Damage.AssertSound(form.Value);
    }

    [Theory]
    [MemberData(nameof(SerializedForms.Rows), MemberType = typeof(SerializedForms))]
    public void Every_form_changed_anywhere_is_refused_or_some_sound_value(int index, RdbType type)
    {
        var form = SerializedForms.All.ElementAt(index);
        if (form.Bytes.Length > 2000)
            return; // the same as a shorter one, and takes long
        var (refused, tried) = Damage.Everywhere(type, form.Bytes);
        Assert.InRange(refused, form.Bytes.Length, tried);
    }

    [Theory]
    [InlineData(RdbType.Set, "02 0161 0161", "twice")]
    [InlineData(RdbType.Hash, "02 0161 0161 0161 0162", "twice")]
    [InlineData(RdbType.SortedSet2, "02 0161 0000000000000000 0161 0000000000000001", "twice")]
    [InlineData(RdbType.SortedSet2, "01 0161 000000000000F87F", "not a number")]
    [InlineData(RdbType.SortedSet, "01 0161 FD", "not a number")]
    [InlineData(RdbType.SortedSet, "01 0161 03 6E616E", "no number")]
    [InlineData(RdbType.SortedSet, "01 0161 01 20", "no number")]
    [InlineData(RdbType.SortedSet, "01 0161 08 496E66696E697479", "no number")]
    [InlineData(RdbType.ListQuicklist2, "01 03 0161", "of kind 3")]
    [InlineData(RdbType.ListQuicklist2, "01 02 07 07000000 0100 FF", "0 elements, 1 by its header")]
    [InlineData(RdbType.HashListpack, "0A 0A000000 0100 8161 02 FF", "without a value")]
    [InlineData(RdbType.SortedSetListpack, "0A 0A000000 0100 8161 02 FF", "without a score")]
    [InlineData(RdbType.HashListpack, "0A 0A000000 0100 8161 03 FF", "another length backwards")]
    [InlineData(RdbType.HashListpack, "0A 0B000000 0100 8161 02 FF", "not as long as its header says")]
    [InlineData(RdbType.HashListpack, "0A 0A000000 0100 8261 02 FF", "another length backwards")]
    [InlineData(RdbType.HashListpack, "0A 0A000000 0100 FE61 02 FF", "starts with byte 0xfe")]
    [InlineData(RdbType.HashListpack, "0A 0A000000 0100 8161 02 FE", "no end")]
    [InlineData(RdbType.HashListpack, "04 04000000", "cannot have 4 bytes")]
    [InlineData(RdbType.SetIntset, "0C 02000000 01000000 0000 00", "was expected")]
    [InlineData(RdbType.SetIntset, "0C 02000000 02000000 0100 0100", "do not ascend")]
    [InlineData(RdbType.SetIntset, "0C 02000000 03000000 0100 0100", "not as long")]
    [InlineData(RdbType.SetIntset, "0B 03000000 01000000 010203", "integers of 3 bytes")]
    [InlineData(RdbType.HashZipmap, "03 010161", "no end")]
    [InlineData(RdbType.HashZipmap, "08 02 01610100 62 FF FF", "ends too early")]
    [InlineData(RdbType.HashZipmap, "07 02 0161010062 FF", "1 entries, 2 by its header")]
    [InlineData(RdbType.ListZiplist, "0D 0D000000 0A000000 0100 00F2 FE", "no end")]
    [InlineData(RdbType.ListZiplist, "0D 0D000000 0B000000 0100 00F2 FF", "not where its header says")]
    [InlineData(RdbType.ListZiplist, "0D 0D000000 0A000000 0200 00F2 FF", "1 entries, 2 by its header")]
    [InlineData(RdbType.ListZiplist, "0D 0D000000 0A000000 0100 01F2 FF", "another length backwards")]
    [InlineData(RdbType.ListZiplist, "0D 0D000000 0A000000 0100 00C1 FF", "the encoding 0xc1")]
    [InlineData(RdbType.HashMetadata, "0000000000000100 00", "expires too late")]
    [InlineData(RdbType.List, "C0", "a number of elements was expected")]
    [InlineData(RdbType.List, "81FFFFFFFFFFFFFFFF 0161", "an element was expected")]
    [InlineData(RdbType.Module2, "00", "are not known")]
    public void What_is_wrong_is_named(RdbType type, string hex, string problem)
    {
        // A length in the rows may be short of its bytes: then those that follow are not read.
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        using var decoder = new ValueDecoder();
        var error = Assert.Throws<MalformedValueException>(() =>
        {
            var source = new RdbSpanSource(bytes);
            decoder.Decode(ref source, type, new ModelValue());
        });
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RdbType.List, "00")]
    [InlineData(RdbType.Hash, "00")]
    [InlineData(RdbType.SetIntset, "08 02000000 00000000")]
    [InlineData(RdbType.ListQuicklist2, "01 02 07 07000000 0000 FF")]
    [InlineData(RdbType.HashListpack, "07 07000000 0000 FF")]
    [InlineData(RdbType.ListZiplist, "0B 0B000000 0A000000 0000 FF")]
    public void A_value_without_elements_is_none(RdbType type, string hex)
    {
        using var decoder = new ValueDecoder();
        var source = new RdbSpanSource(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
        Assert.False(decoder.Decode(ref source, type, new ModelValue()));
    }

    [Fact]
    public void A_file_gives_the_same_values_as_a_payload()
    {
        foreach (var form in SerializedForms.All)
        {
            byte[] file = [
                .. "REDIS0012"u8, 0xfe, 0, (byte)form.Type, 1, (byte)'k', .. form.Bytes, 0xff, .. new byte[8]];
            foreach (var step in new[] { 1, int.MaxValue })
            {
                using var reader = new RdbReader(new ChoppedStream(file, step, seekable: false));
                Assert.True(reader.Read());
                Assert.Equal(RdbRecordKind.Collection, reader.Kind);
                var value = new ModelValue();
                reader.ReadInto(value);
                Assert.Equal(form.Value.ToString(), value.ToString());
                Assert.False(reader.Read());
            }

            using var skipping = new RdbReader(new MemoryStream(file));
            Assert.True(skipping.Read());
            Assert.False(skipping.Read());
        }
    }

    [Fact]
    public void A_damaged_value_in_a_file_is_named_with_its_offset()
    {
        byte[] file = [.. "REDIS0010"u8, 0xfe, 0, (byte)RdbType.Set, 1, (byte)'k', 2, 1, (byte)'a', 1, (byte)'a', 0xff];
        using var reader = new RdbReader(new MemoryStream(file));
        reader.Read();
        var error = Assert.Throws<DamagedFileException>(() => reader.ReadInto(new ModelValue()));
        Assert.Equal(14, error.Offset);
        Assert.Contains(
            "the value is no sound set: a set holds a member twice", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_redis_wrote_are_decoded_and_safe_in_every_state_of_damage()
    {
        using var reader = new RdbReader(new MemoryStream(RdbSamples.AllTypes));
        var count = 0;
        while (reader.Read())
        {
            if (reader.Kind != RdbRecordKind.Collection)
                continue;
            var value = new ModelValue();
            Assert.True(reader.ReadInto(value));
            Damage.AssertSound(value);
            count++;
        }

        Assert.Equal(10, count);
    }

    [Fact]
    public void Types_agree_with_their_names()
    {
        foreach (var type in Enum.GetValues<RdbType>())
        {
            if (type.CollectionType() is { } entry)
                Assert.Equal(RdbTypes.NameOf(type), System.Text.Encoding.ASCII.GetString(entry.Name()));
        }
    }
}
