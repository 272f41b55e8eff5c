using System.Runtime.InteropServices;
using RedisLite.Storage.Memory;

namespace RedisLite.Core.Tests.Storage.Memory;

/// <summary>
/// Live blocks with known content, which each check compares; the account that an allocator should have.
/// </summary>
/// <remarks>
/// One thread. Content is a byte that follows from the block's number, at both ends and every 512 bytes.
/// </remarks>
internal sealed unsafe class BlockModel(NativeAllocator allocator)
{
    private readonly List<(nint Start, int Size, byte Mark)> _blocks = [];
    private int _made;

    public int Count => _blocks.Count;

    public long Asked { get; private set; }

    public long Allocated { get; private set; }

    public void Allocate(int size, bool zeroed = false)
    {
        var block = zeroed ? allocator.AllocateZeroed((nuint)size) : allocator.Allocate((nuint)size);
        if (zeroed)
            Assert.False(new ReadOnlySpan<byte>(block, size).ContainsAnyExcept((byte)0));
        Assert.Equal(0, (nint)block % (size > 0 && size % 16 == 0 ? 16 : 8));
        _blocks.Add(((nint)block, size, (byte)++_made));
        Fill(_blocks[^1]);
        Note(size, 1);
    }

    public void Free(int index)
    {
        var block = Take(index);
        Check(block);
        allocator.Free((void*)block.Start, (nuint)block.Size);
        Note(block.Size, -1);
    }

    /// <summary>Takes a block out of the model without freeing it.</summary>
    public (nint Start, int Size, byte Mark) Release(int index)
    {
        var block = Take(index);
        Note(block.Size, -1);
        return block;
    }

    public void Reallocate(int index, int size)
    {
        var block = _blocks[index];
        Check(block);
        var other = (nint)allocator.Reallocate((void*)block.Start, (nuint)block.Size, (nuint)size);
        Note(block.Size, -1);
        Note(size, 1);
        Check((other, Math.Min(block.Size, size), block.Mark), isWhole: block.Size <= size);
        _blocks[index] = (other, size, block.Mark);
        Fill(_blocks[index]);
    }

    /// <summary>Moves what the allocator wants moved.</summary>
    public int Move()
    {
        var moved = 0;
        for (var i = 0; i < _blocks.Count; i++)
        {
            var block = _blocks[i];
            if (!allocator.ShouldMove((void*)block.Start, (nuint)block.Size))
                continue;
            var other = allocator.Allocate((nuint)block.Size);
            NativeMemory.Copy((void*)block.Start, other, (nuint)block.Size);
            allocator.Free((void*)block.Start, (nuint)block.Size);
            _blocks[i] = ((nint)other, block.Size, block.Mark);
            moved++;
        }

        return moved;
    }

    public void CheckAll() => _blocks.ForEach(block => Check(block));

    public void FreeAll()
    {
        while (_blocks.Count > 0)
            Free(_blocks.Count - 1);
    }

    public static void Check((nint Start, int Size, byte Mark) block, bool isWhole = true)
    {
        var bytes = new ReadOnlySpan<byte>((void*)block.Start, block.Size);
        for (var i = 0; i < bytes.Length; i += 512)
        {
            if (bytes[i] != block.Mark)
                Assert.Fail($"A block of {block.Size} bytes has lost its content at {i}.");
        }

        if (isWhole && block.Size > 0 && bytes[^1] != block.Mark)
            Assert.Fail($"A block of {block.Size} bytes has lost its end.");
    }

    private static void Fill((nint Start, int Size, byte Mark) block)
    {
        var bytes = new Span<byte>((void*)block.Start, block.Size);
        for (var i = 0; i < bytes.Length; i += 512)
            bytes[i] = block.Mark;
        if (block.Size > 0)
            bytes[^1] = block.Mark;
    }

    private (nint Start, int Size, byte Mark) Take(int index)
    {
        var block = _blocks[index];
        _blocks[index] = _blocks[^1];
        _blocks.RemoveAt(_blocks.Count - 1);
        return block;
    }

    private void Note(int size, int sign)
    {
        Asked += sign * size;
        Allocated += sign * allocator.RoundUp(size);
    }
}
