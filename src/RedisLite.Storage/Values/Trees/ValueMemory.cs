using System.Runtime.CompilerServices;
using RedisLite.Storage.Memory;

namespace RedisLite.Storage.Values.Trees;

/// <summary>The native blocks of all values: their reference counts, their sum, and what waits to be freed.</summary>
/// <remarks>
/// A dropped tree is taken apart in steps, by any thread:
///
///     dropped --> head --> inner --> inner --> null        linked through a field that a dead block does not need
///
/// <see cref="Release"/> frees a few pages and leaves the rest on the stack; <see cref="FreeDropped"/> goes on with it,
/// called by whoever owns this, or by the thread pool (<see cref="FreesInBackground"/>), which gives way after each
/// step. A child is released before its parent is freed, so a page that a snapshot shares lives on with one reference
/// less.
///
/// Any thread may call anything here. The lock guards the stack alone and is held for a few instructions.
/// </remarks>
internal sealed unsafe class ValueMemory(NativeAllocator allocator, ElementHasher hasher)
{
    // Children that one release visits: 0.1 to 10 us.
    private const int ReleaseStep = 32;
    private const int BackgroundStep = 256;
    private const int CounterStripes = 16;

    // To give back as many pages to the system takes about as long as a step of the background.
    private const int LargeText = 8 * 1024 * 1024;
    private const int CounterStride = 64 / sizeof(long);

    private readonly Lock _gate = new();
    private readonly long[] _used = new long[(CounterStripes + 1) * CounterStride];
    private Page* _dropped;
    private Page* _droppedTexts;
    private long _unkeyed;
    private int _isFreeing;

    /// <summary>
    /// Whether the thread pool frees what <see cref="Release"/> leaves. Set before the first value is made.
    /// </summary>
    public bool FreesInBackground { get; init; }

    public ElementHasher Hasher { get; } = hasher;

    /// <summary>Bytes that the blocks of all values take, one that several share counted once.</summary>
    public long UsedBytes
    {
        get
        {
            long sum = 0;
            for (var i = 1; i <= CounterStripes; i++)
                sum += Volatile.Read(ref _used[i * CounterStride]);
            return sum;
        }
    }

    /// <summary>
    /// Of <see cref="UsedBytes"/>, those of large strings that no key has any more, but somebody still holds.
    /// </summary>
    public long UnkeyedBytes => Volatile.Read(ref _unkeyed);

    /// <summary>Whether pages wait for <see cref="FreeDropped"/>.</summary>
    public bool HasDropped
    {
        get
        {
            lock (_gate)
                return _dropped != null || _droppedTexts != null;
        }
    }

    /// <summary>What a block counts as in the bytes of its value: what slabs take for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long SizeOf(Page* block) => SizeClasses.RoundUp(block->Capacity);

    /// <summary>A block with one reference and an otherwise empty header.</summary>
    /// <exception cref="OutOfMemoryException">The system has no more memory.</exception>
    public Page* Allocate(BlockForm form, int capacity, bool isZeroed = false)
    {
        var block = (Page*)(isZeroed ? allocator.AllocateZeroed((nuint)capacity) : allocator.Allocate((nuint)capacity));
        *block = new Page { References = 1, Capacity = capacity, Form = form };
        Count(allocator.RoundUp(block->Capacity));
        return block;
    }

    /// <summary>An unshared copy of a block. What it points to is not counted: see
    /// <see cref="TreeRestructuring.Retire"/>.</summary>
    public Page* Clone(Page* block)
    {
        var copy = (Page*)allocator.Allocate((nuint)block->Capacity);
        Buffer.MemoryCopy((byte*)block + 4, (byte*)copy + 4, block->Capacity - 4, block->Capacity - 4);
        copy->References = 1;
        Count(allocator.RoundUp(copy->Capacity));
        return copy;
    }

    /// <summary>
    /// Another capacity for a block that nobody else holds; what fits of it stays. Pages of a large one move, not its
    /// bytes.
    /// </summary>
    /// <exception cref="OutOfMemoryException">The block is as it was.</exception>
    public Page* Resize(Page* block, int capacity)
    {
        var former = block->Capacity;
        var other = (Page*)allocator.Reallocate(block, (nuint)former, (nuint)capacity);
        other->Capacity = capacity;
        Count(allocator.RoundUp(capacity) - allocator.RoundUp(former));
        return other;
    }

    /// <summary>Gives back a block alone, whatever it points to.</summary>
    public void FreeBlock(Page* block)
    {
        if (block->Form == BlockForm.Text && TextBlock.IsUnkeyed(block))
            CountUnkeyed(block, -1);
        Count(-allocator.RoundUp(block->Capacity));
        allocator.Free(block, (nuint)block->Capacity);
    }

    /// <summary>One more large string without keys, or one less.</summary>
    public void CountUnkeyed(Page* text, int change) =>
        Interlocked.Add(ref _unkeyed, change * allocator.RoundUp(text->Capacity));

    /// <summary>One more reference to a block. The caller holds one, or the lock of the key whose value it
    /// is.</summary>
    public static void Retain(Page* block) => Interlocked.Increment(ref block->References);

    /// <summary>One reference less; with the last the block and what only it holds are freed, at once or
    /// later.</summary>
    public void Release(Page* block)
    {
        if (ReleaseOne(block) && FreeDropped(ReleaseStep) && FreesInBackground)
            BeginFreeing();
    }

    /// <summary>Frees everything that was dropped. Nothing may be released meanwhile.</summary>
    public void FreeAll()
    {
        var spinner = default(SpinWait);
        while (FreeDropped(int.MaxValue) || Volatile.Read(ref _isFreeing) != 0)
            spinner.SpinOnce();
    }

    /// <summary>Visits up to so many dropped children, freeing those that nothing else holds.</summary>
    /// <returns>Whether anything is left.</returns>
    public bool FreeDropped(int budget)
    {
        while (budget > 0)
        {
            var block = Pop(ref _dropped);
            if (block == null)
                return FreeText(budget);
            budget -= TakeApart(block, budget);
        }
        return HasDropped;
    }

    /// <summary>Frees a large string, which takes as long as a whole step.</summary>
    private bool FreeText(int budget)
    {
        while (budget >= BackgroundStep)
        {
            var text = Pop(ref _droppedTexts);
            if (text == null)
                break;
            FreeBlock(text);
            budget -= BackgroundStep;
        }

        return HasDropped;
    }

    private void BeginFreeing()
    {
        if (Interlocked.Exchange(ref _isFreeing, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(static memory => memory.FreeInBackground(), this, preferLocal: false);
    }

    private void FreeInBackground()
    {
        while (FreeDropped(BackgroundStep))
            Thread.Yield();
        Volatile.Write(ref _isFreeing, 0);

        // What was dropped between the last look and the line above has found somebody freeing.
        if (HasDropped)
            BeginFreeing();
    }

    /// <returns>Whether the block went on the stack.</returns>
    private bool ReleaseOne(Page* block)
    {
        if (Interlocked.Decrement(ref block->References) > 0)
            return false;
        if (block->Form is BlockForm.Inner or BlockForm.Head or BlockForm.Stream or BlockForm.StreamMember)
        {
            Push(ref _dropped, block);
            return true;
        }
        if (block->Form == BlockForm.Text && block->Capacity >= LargeText && FreesInBackground)
        {
            Push(ref _droppedTexts, block);
            return true;
        }
        if (block->Form == BlockForm.Leaf)
        {
            for (var i = 0; i < block->Count; i++)
            {
                if (Leaf.IsBlob(block, i))
                    ReleaseOne(Leaf.Blob(block, i));
            }
        }
        FreeBlock(block);
        return false;
    }

    private int TakeApart(Page* block, int budget)
    {
        if (block->Form != BlockForm.Inner)
        {
            // The roots of a head, a stream and its members begin at the same place.
            if (block->Form == BlockForm.Stream)
                StreamHead.ForEachBlock(
                    (StreamHead*)block, this, static (memory, page) => memory.ReleaseOne((Page*)page));
            else
                ReleaseRoots((ValueHead*)block);
            FreeBlock(block);
            return 1;
        }
        var children = InnerPage.Children(block);
        var visited = 0;
        while (block->Count > 0 && visited < budget)
        {
            ReleaseOne(children[--block->Count]);
            visited++;
        }
        if (block->Count > 0)
            Push(ref _dropped, block);
        else
            FreeBlock(block);
        return Math.Max(1, visited);
    }

    private void ReleaseRoots(ValueHead* head)
    {
        if (head->First.Page != null)
            ReleaseOne(head->First.Page);
        if (head->Second.Page != null)
            ReleaseOne(head->Second.Page);
    }

    private void Push(ref Page* stack, Page* block)
    {
        lock (_gate)
        {
            *Link(block) = stack;
            stack = block;
        }
    }

    private Page* Pop(ref Page* stack)
    {
        lock (_gate)
        {
            var block = stack;
            if (block != null)
                stack = *Link(block);
            return block;
        }
    }

    // A count of elements, which nobody reads in a dead block.
    private static Page** Link(Page* block) =>
        block->Form == BlockForm.Inner ? (Page**)InnerPage.Counts(block) : (Page**)&((ValueHead*)block)->First.Count;

    private void Count(long bytes)
    {
        var stripe = 1 + (Thread.GetCurrentProcessorId() & (CounterStripes - 1));
        Interlocked.Add(ref _used[stripe * CounterStride], bytes);
    }
}
