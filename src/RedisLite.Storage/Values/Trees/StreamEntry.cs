namespace RedisLite.Storage.Values.Trees;

/// <summary>The bytes of a stream's entry.</summary>
/// <remarks>
/// <code>
///   [ number of the list of names + 1 ][ value 0 ][ value 1 ] ..
///   [ 0 ][ fields ][ name 0 ][ value 0 ][ name 1 ] ..                each name and value behind its length
/// </code>
/// Numbers are <see cref="VarInt"/>s.
/// </remarks>
internal static unsafe class StreamEntry
{
    public static StreamFields Read(ReadOnlySpan<byte> content, Page* names)
    {
        var list = (int)VarInt.Read(ref content) - 1;
        if (list >= 0)
            return new StreamFields(StreamNames.Get(names, list, out var shared), content, shared, list);
        var fields = (int)VarInt.Read(ref content);
        return new StreamFields(default, content, fields, StreamNames.None);
    }

    /// <exception cref="OverflowException">It is longer than any block.</exception>
    public static int SizeOf<TFields>(scoped in TFields fields, int list)
        where TFields : IStreamFields, allows ref struct
    {
        var count = fields.Count;
        var size = list >= 0 ? VarInt.SizeOf((uint)list + 1) : 1 + VarInt.SizeOf((uint)count);
        for (var i = 0; i < count; i++)
        {
            var value = fields.Value(i).Length;
            size = checked(size + VarInt.SizeOf((uint)value) + value);
            if (list < 0)
                size = checked(size + VarInt.SizeOf((uint)fields.Name(i).Length) + fields.Name(i).Length);
        }
        return size;
    }

    public static void Write<TFields>(scoped Span<byte> target, scoped in TFields fields, int list)
        where TFields : IStreamFields, allows ref struct
    {
        var count = fields.Count;
        var at = VarInt.Write(target, (ulong)(list + 1));
        if (list < 0)
            at += VarInt.Write(target[at..], (uint)count);
        for (var i = 0; i < count; i++)
        {
            if (list < 0)
                at += VarInt.WriteBytes(target[at..], fields.Name(i));
            at += VarInt.WriteBytes(target[at..], fields.Value(i));
        }
    }
}
