namespace RedisLite.Storage.Values.Trees;

/// <summary>An entry too long for its leaf: a counted block of its bytes, never written after it is made.</summary>
internal static unsafe class Blob
{
    public static ReadOnlySpan<byte> Bytes(Page* blob) =>
        new((byte*)blob + Page.HeaderSize, blob->Capacity - Page.HeaderSize);

    public static Page* Make(ValueMemory memory, scoped in Element entry)
    {
        var blob = memory.Allocate(BlockForm.Blob, checked(Page.HeaderSize + entry.Length));
        entry.CopyTo((byte*)blob + Page.HeaderSize);
        return blob;
    }
}
