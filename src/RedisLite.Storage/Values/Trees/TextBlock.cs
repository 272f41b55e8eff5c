namespace RedisLite.Storage.Values.Trees;

/// <summary>A large string: a counted block of its bytes, which a record points to.</summary>
/// <remarks>
/// <code>
///     [ header, TextLength | bytes | room to grow ]      Capacity: all of it
/// </code>
/// INVARIANT: as for every counted block, only whoever holds the only reference writes to it. So a reply, a log or a
/// snapshot that holds one reads the same bytes as long as it likes, and a writer copies what it wants to change.
/// </remarks>
internal static unsafe class TextBlock
{
    public static Span<byte> Bytes(Page* text) => new((byte*)text + Page.HeaderSize, text->TextLength);

    /// <summary>How many bytes it may have without another block.</summary>
    public static int Room(Page* text) => text->Capacity - Page.HeaderSize;

    /// <summary>A new block whose bytes are undefined, or zero.</summary>
    /// <exception cref="OutOfMemoryException">The system has no more memory.</exception>
    public static Page* New(ValueMemory memory, int length, int room, bool isZeroed = false)
    {
        var text = memory.Allocate(BlockForm.Text, checked(Page.HeaderSize + room), isZeroed);
        text->TextLength = length;
        return text;
    }

    public static Page* Copy(ValueMemory memory, ReadOnlySpan<byte> bytes, int length, int room, bool isZeroed = false)
    {
        var text = New(memory, length, room, isZeroed);
        bytes.CopyTo(Bytes(text));
        return text;
    }

    /// <summary>A large string with another length: itself if nobody else holds it, or a copy. Growth is filled with zeros.</summary>
    public static Page* Resized(ValueMemory values, Page* text, int newLength)
    {
        var oldLength = text->TextLength;
        var room = StringRoom.After(oldLength, newLength);
        var gap = newLength - oldLength;
        var grows = newLength > Room(text);
        if (!Page.IsOwned(text) || (grows && gap >= StringRoom.LargeGap) || newLength < oldLength / 2)
        {
            var zeroed = gap >= StringRoom.LargeGap;
            var copy = Copy(values, Bytes(text)[..Math.Min(oldLength, newLength)], newLength, room, zeroed);
            values.Release(text);
            text = copy;
            gap = zeroed ? 0 : gap;
        }
        else if (grows)
        {
            text = values.Resize(text, Page.HeaderSize + room);
        }

        text->TextLength = newLength;
        if (gap > 0)
            Bytes(text)[oldLength..].Clear();
        return text;
    }
}
