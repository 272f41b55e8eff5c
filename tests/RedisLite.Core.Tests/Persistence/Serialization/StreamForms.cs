using RedisLite.Storage;
using RedisLite.Storage.Serialization;
using RedisLite.Storage.Values;

namespace RedisLite.Core.Tests.Persistence.Serialization;

/// <summary>One stream in the three forms that there have been.</summary>
internal static class StreamForms
{
    public static IEnumerable<SerializedForm> All =>
    [
        new(RdbType.StreamListpacks, [.. Nodes, 3, .. Id(9, 1), .. Groups(form: 1)], Value(form: 1)),
        new(RdbType.StreamListpacks2, [.. Nodes, 3, .. Id(9, 1), .. Totals, .. Groups(form: 2)], Value(form: 2)),
        new(RdbType.StreamListpacks3, [.. Nodes, 3, .. Id(9, 1), .. Totals, .. Groups(form: 3)], Value(form: 3)),
        new(RdbType.StreamListpacks2, [0, 0, .. Id(0, 0), .. Id(0, 0), .. Id(0, 0), 0, 0], Empty()),
    ];

    /// <summary>
    /// Entries 5-0, 5-1 (deleted), 7-0 with the master's fields, 8-2 with others; then 9-0 in a node of its own.
    /// </summary>
    private static byte[] Nodes =>
    [
        2,
        .. SerializedForms.Blob(RawId(5, 0)),
        .. SerializedForms.Blob(SerializedForms.Listpack(
            "2", "2", "2", "f", "g", "0",
            "2", "0", "0", "1", "2", "5",
            "3", "0", "1", "3", "4", "5",
            "2", "2", "0", "five", "6", "5",
            "1", "3", "2", "1", "h", "7", "6")),
        .. SerializedForms.Blob(RawId(9, 0)),
        .. SerializedForms.Blob(SerializedForms.Listpack("1", "0", "1", "k", "0", "0", "0", "0", "1", "k", "v", "6")),
    ];

    private static byte[] Totals => [.. Id(5, 0), .. Id(8, 2), 5];

    private static byte[] Groups(int form) =>
    [
        2,
        .. SerializedForms.Text("one"), .. Id(7, 0), .. form > 1 ? [3] : Array.Empty<byte>(),
        2, .. RawId(5, 0), .. SerializedForms.Number(111), 1, .. RawId(7, 0), .. SerializedForms.Number(222), 5,
        2,
        .. SerializedForms.Text("alice"), .. SerializedForms.Number(333), .. form > 2
            ? SerializedForms.Number(300) : [],
        1, .. RawId(7, 0),
        .. SerializedForms.Text("bob"), .. SerializedForms.Number(444), .. form > 2
            ? SerializedForms.Number(ulong.MaxValue) : [],
        1, .. RawId(5, 0),
        .. SerializedForms.Text("two"), .. Id(5, 0),
        .. form > 1 ? [0x81, .. SerializedForms.Number(ulong.MaxValue)] : Array.Empty<byte>(),
        0, 0,
    ];

    private static ModelValue Value(int form)
    {
        var value = new ModelValue(EntryType.Stream);
        var stream = value.Stream;
        stream.Entries.Add((new(5, 0), [Field("f", "1"), Field("g", "2")]));
        stream.Entries.Add((new(7, 0), [Field("f", "five"), Field("g", "6")]));
        stream.Entries.Add((new(9, 0), [Field("k", "v")]));
        stream.Totals = form == 1
            ? new StreamTotals(3, new(9, 1), new(5, 0), default, 3)
            : new StreamTotals(3, new(9, 1), new(5, 0), new(8, 2), 5);
        stream.Groups.Add(new ModelGroup(ModelValue.Latin1("one"), new(new(7, 0), form == 1 ? -1 : 3),
        [
            new(ModelValue.Latin1("alice"), new(333, form > 2 ? 300 : 333), [new(new(7, 0), 222, 5)]),
            new(ModelValue.Latin1("bob"), new(444, form > 2 ? -1 : 444), [new(new(5, 0), 111, 1)]),
        ]));
        stream.Groups.Add(new ModelGroup(ModelValue.Latin1("two"), new(new(5, 0), form == 1 ? 1 : -1), []));
        return value;
    }

    private static ModelValue Empty() => new(EntryType.Stream);

    private static (byte[] Name, byte[] Value) Field(string name, string value) =>
        (ModelValue.Latin1(name), ModelValue.Latin1(value));

    private static byte[] Id(byte milliseconds, byte sequence) => [milliseconds, sequence];

    private static byte[] RawId(ulong milliseconds, ulong sequence)
    {
        var id = new byte[StreamId.Size];
        new StreamId(milliseconds, sequence).WriteTo(id);
        return id;
    }
}
