namespace RedisLite.Storage.Values.Trees;

/// <summary>A large string: a counted block of its bytes, which a record points to.</summary>
/// <remarks>
/// <code>
///     [ header, TextLength | bytes | room to grow ]      Capacity: all of it
/// </code>
/// The keys that have it are counted beside its references. One that has been a key's value and is none any more waits
/// for a log, a reply or a snapshot to let it go: <see cref="ValueMemory.UnkeyedBytes"/>. No key is evicted for it,
/// since that frees nothing.
///
/// INVARIANT: as for every counted block, only whoever holds the only reference writes to it. So a reply, a log or a
/// snapshot that holds one reads the same bytes as long as it likes, and a writer copies what it wants to change.
/// </remarks>
internal static unsafe class TextBlock
{
    private const ushort Unkeyed = 0x8000;

    // So many keys, or more: not counted any further, so it never becomes one without keys.
    private const ushort MostKeys = Unkeyed - 1;

    public static Span<byte> Bytes(Page* text) => new((byte*)text + Page.HeaderSize, text->TextLength);

    /// <summary>How many bytes it may have without another block.</summary>
    public static int Room(Page* text) => text->Capacity - Page.HeaderSize;

    /// <summary>Whether it has been a key's value and is none any more.</summary>
    public static bool IsUnkeyed(Page* text) => Volatile.Read(ref text->TextKeys) == Unkeyed;

    /// <summary>A record's key has it from now on. LOCK: the key's stripe, exclusively.</summary>
    public static void AddKey(ValueMemory memory, Page* text)
    {
        ushort keys;
        do
        {
            keys = Volatile.Read(ref text->TextKeys);
            if (keys == MostKeys)
                return;
        }
        while (Interlocked.CompareExchange(ref text->TextKeys, (ushort)((keys & MostKeys) + 1), keys) != keys);
        if (keys == Unkeyed)
            memory.CountUnkeyed(text, -1);
    }

    /// <summary>A record's key has it no more. To be called before the record's reference is released.</summary>
    public static void RemoveKey(ValueMemory memory, Page* text)
    {
        ushort keys, left;
        do
        {
            keys = Volatile.Read(ref text->TextKeys);
            if (keys == MostKeys)
                return;
            left = keys == 1 ? Unkeyed : (ushort)(keys - 1);
        }
        while (Interlocked.CompareExchange(ref text->TextKeys, left, keys) != keys);
        if (left == Unkeyed)
            memory.CountUnkeyed(text, 1);
    }

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

    /// <summary>
    /// A key's large string with another length: itself if nobody else holds it, or a copy. Growth is filled with
    /// zeros.
    /// </summary>
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
            AddKey(values, copy);
            RemoveKey(values, text);
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
