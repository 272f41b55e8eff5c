using System.Buffers.Binary;
using RedisLite.Storage;
using RedisLite.Storage.Serialization;
using RedisLite.Storage.Serialization.Packed;

namespace RedisLite.Core.Tests.Persistence.Serialization;

/// <summary>
/// Values in the forms of old and newer versions of Redis, put together by hand, with what they stand for.
/// </summary>
internal static class SerializedForms
{
    private static readonly string HugeText = new('y', 20_000);
    private static readonly string LongText = new('x', 300);

    /// <summary>Each form with its bytes and its value.</summary>
    public static IEnumerable<SerializedForm> All =>
    [
        new(RdbType.List, [3, .. Text("a"), .. Text("b"), .. Text("a")], new(EntryType.List, "a", "b", "a")),
        new(RdbType.Set, [2, .. Text("a"), .. Text("b")], new(EntryType.Set, "a", "b")),
        new(RdbType.SortedSet, [
            5, .. Text("a"), 3, .. "1.5"u8, .. Text("b"), 254, .. Text("c"), 255, .. Text("d"), 2, .. "-7"u8,
            .. Text("e"), 5, .. "2e+40"u8],
            ModelValue.SortedSet(
                ("a", 1.5), ("b", double.PositiveInfinity), ("c", double.NegativeInfinity), ("d", -7), ("e", 2e40))),
        new(RdbType.Hash, [1, .. Text("f"), .. Text("v")], ModelValue.Hash(("f", "v"))),
        new(RdbType.SortedSet2, [2, .. Text("a"), .. Double(1.5), .. Text("b"), .. Double(double.NegativeInfinity)],
            ModelValue.SortedSet(("a", 1.5), ("b", double.NegativeInfinity))),
        new(RdbType.HashZipmap, Blob(Zipmap("a", "1", "field", LongText)), ModelValue.Hash(
            ("a", "1"), ("field", LongText))),
        new(RdbType.ListZiplist, Blob(
            Ziplist("a", 0, 12, 13, -1, 127, -128, 32767, -32768, 8388607, -8388608, int.MaxValue,
            int.MinValue, long.MaxValue, long.MinValue, "", LongText, "after", 1)),
            new(EntryType.List, "a", "0", "12", "13", "-1", "127", "-128", "32767", "-32768", "8388607", "-8388608",
                "2147483647", "-2147483648", "9223372036854775807", "-9223372036854775808", "", LongText, "after",
                "1")),
        new(RdbType.ListZiplist, Blob(Ziplist(HugeText, 1)), new(EntryType.List, HugeText, "1")),
        new(RdbType.SetIntset, Blob(Ints(2, -5, 0, 300)), new(EntryType.Set, "-5", "0", "300")),
        new(RdbType.SetIntset, Blob(Ints(4, -5, 70000)), new(EntryType.Set, "-5", "70000")),
        new(RdbType.SetIntset, Blob(Ints(8, long.MinValue, 1)), new(EntryType.Set, "-9223372036854775808", "1")),
        new(RdbType.SortedSetZiplist, Blob(Ziplist("a", 1, "b", "1.5", "c", "inf")),
            ModelValue.SortedSet(("a", 1), ("b", 1.5), ("c", double.PositiveInfinity))),
        new(RdbType.HashZiplist, Blob(Ziplist("f", "v", "g", 100)), ModelValue.Hash(("f", "v"), ("g", "100"))),
        new(RdbType.ListQuicklist, [2, .. Blob(Ziplist("a", 2)), .. Blob(Ziplist("c"))], new(
            EntryType.List, "a", "2", "c")),
        new(RdbType.HashListpack, Blob(Listpack("f", "v", "g", LongText)), ModelValue.Hash(
            ("f", "v"), ("g", LongText))),
        new(RdbType.SortedSetListpack, Blob(Listpack("a", "-inf", "b", "3", "c", "3.25")),
            ModelValue.SortedSet(("a", double.NegativeInfinity), ("b", 3), ("c", 3.25))),
        new(RdbType.ListQuicklist2, [
            3, 2, .. Blob(Listpack("a", "5000", "-3")), 1, .. Blob([.. "large"u8]), 2, .. Blob(Listpack("z"))],
            new(EntryType.List, "a", "5000", "-3", "large", "z")),
        new(RdbType.SetListpack, Blob(Listpack("a", "-4097", "70000", "-8388608", "2147483648")),
            new(EntryType.Set, "a", "-4097", "70000", "-8388608", "2147483648")),
        new(RdbType.HashMetadata, [.. Number(1000), 2, 0, .. Text("f"), .. Text("v"), 6, .. Text("g"), .. Text("w")],
            Expiring(("f", "v", -1), ("g", "w", 1005))),
        new(RdbType.HashMetadataPreRelease, [2, 0, .. Text("f"), .. Text("v"), 6, .. Text("g"), .. Text("w")],
            Expiring(("f", "v", -1), ("g", "w", 6))),
        new(RdbType.HashListpackEx, [.. Number(1000), .. Blob(Listpack("g", "w", "1005", "f", "v", "0"))],
            Expiring(("f", "v", -1), ("g", "w", 1005))),
        new(RdbType.HashListpackExPreRelease, Blob(Listpack("g", "w", "1005", "f", "v", "0")),
            Expiring(("f", "v", -1), ("g", "w", 1005))),
        .. StreamForms.All,
    ];

    /// <summary>What xunit shows in the name of a test.</summary>
    public static TheoryData<int, RdbType> Rows
    {
        get
        {
            var rows = new TheoryData<int, RdbType>();
            foreach (var (form, i) in All.Select((form, i) => (form, i)))
                rows.Add(i, form.Type);
            return rows;
        }
    }

    public static byte[] Text(string text) => [(byte)text.Length, .. ModelValue.Latin1(text)];

    public static byte[] Blob(byte[] bytes)
    {
        var blob = new byte[RdbEncoding.MaxStringSize(bytes.Length)];
        return blob[..RdbEncoding.WriteString(blob, bytes, compress: false)];
    }

    public static byte[] Listpack(params IEnumerable<string> elements)
    {
        using var listpack = new ListpackWriter();
        foreach (var element in elements)
            listpack.Add(ModelValue.Latin1(element));
        return listpack.Complete().ToArray();
    }

    public static byte[] Number(ulong number) => BitConverter.GetBytes(number);

    private static byte[] Double(double number) => BitConverter.GetBytes(number);

    private static ModelValue Expiring(params (string Field, string Value, long ExpireAtMs)[] fields)
    {
        var hash = new ModelValue(EntryType.Hash);
        foreach (var (field, value, expireAtMs) in fields)
            hash.Add(ModelValue.Latin1(field), ModelValue.Latin1(value), 0, expireAtMs);
        return hash;
    }

    private static byte[] Ints(int width, params long[] values)
    {
        byte[] header = [(byte)width, 0, 0, 0, (byte)values.Length, 0, 0, 0];
        return [.. header, .. values.SelectMany(value => BitConverter.GetBytes(value)[..width])];
    }

    private static byte[] Zipmap(params string[] strings)
    {
        var entries = new List<byte> { (byte)(strings.Length / 2) };
        for (var i = 0; i < strings.Length; i += 2)
        {
            entries.AddRange(Length(strings[i].Length));
            entries.AddRange(ModelValue.Latin1(strings[i]));
            entries.AddRange(Length(strings[i + 1].Length));
            entries.Add(2); // bytes behind the value that are not used
            entries.AddRange(ModelValue.Latin1(strings[i + 1]));
            entries.AddRange([7, 7]);
        }

        return [.. entries, 0xff];

        static byte[] Length(int length) => length < 254 ? [(byte)length] : [0xfe, .. BitConverter.GetBytes(length)];
    }

    private static byte[] Ziplist(params object[] elements)
    {
        var entries = new List<byte>();
        int last = 0, previous = 0;
        foreach (var element in elements)
        {
            last = entries.Count;
            entries.AddRange(previous < 254 ? [(byte)previous] : [0xfe, .. BitConverter.GetBytes(previous)]);
            entries.AddRange(element is string text ? Encode(text) : Encode(Convert.ToInt64(element, null)));
            previous = entries.Count - last;
        }

        var ziplist = new byte[10 + entries.Count + 1];
        BinaryPrimitives.WriteInt32LittleEndian(ziplist, ziplist.Length);
        BinaryPrimitives.WriteInt32LittleEndian(ziplist.AsSpan(4), 10 + last);
        BinaryPrimitives.WriteUInt16LittleEndian(ziplist.AsSpan(8), (ushort)elements.Length);
        entries.CopyTo(ziplist, 10);
        ziplist[^1] = 0xff;
        return ziplist;
    }

    private static byte[] Encode(string text) => text.Length switch
    {
        < 64 => [(byte)text.Length, .. ModelValue.Latin1(text)],
        < 16384 => [(byte)(0x40 | (text.Length >> 8)), (byte)text.Length, .. ModelValue.Latin1(text)],
        _ =>
            [0x80, .. BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(text.Length)),
                .. ModelValue.Latin1(text)],
    };

    private static byte[] Encode(long value) => value switch
    {
        >= 0 and <= 12 => [(byte)(0xf1 + value)],
        >= sbyte.MinValue and <= sbyte.MaxValue => [0xfe, (byte)value],
        >= short.MinValue and <= short.MaxValue => [0xc0, .. BitConverter.GetBytes((short)value)],
        >= -(1 << 23) and < 1 << 23 => [0xf0, .. BitConverter.GetBytes((int)value)[..3]],
        >= int.MinValue and <= int.MaxValue => [0xd0, .. BitConverter.GetBytes((int)value)],
        _ => [0xe0, .. BitConverter.GetBytes(value)],
    };
}

internal sealed record SerializedForm(RdbType Type, byte[] Bytes, ModelValue Value)
{
    /// <summary>The payload that RESTORE takes.</summary>
    public byte[] Payload()
    {
        byte[] body = [(byte)Type, .. Bytes, DumpPayload.RdbVersion, 0];
        return [.. body, .. BitConverter.GetBytes(Crc64.Compute(body))];
    }
}
