using System.Buffers;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>One reference of a large string, outside any key: of an argument, a reply, the log.</summary>
/// <remarks>
/// Whoever has it may read the string without any lock, on any thread: nobody changes what somebody else holds. Dispose
/// it once; it may be the last reference. As memory it may be given to whatever reads memory, a file among them, for as
/// long as it is not disposed.
/// </remarks>
public sealed unsafe class HeldString : MemoryManager<byte>
{
    private readonly ValueMemory _memory;
    private nint _root;

    internal HeldString(ValueMemory memory, nint root)
    {
        _memory = memory;
        _root = root;
    }

    internal static HeldString New(ValueMemory memory, int length) =>
        new(memory, (nint)TextBlock.New(memory, length, length));

    /// <summary>In bytes.</summary>
    public int Length => ((Page*)_root)->TextLength;

    /// <summary>The string.</summary>
    public ReadOnlySpan<byte> Bytes => TextBlock.Bytes((Page*)_root);

    internal nint Root => _root;

    /// <summary>Another reference of the same string, to be disposed like this one.</summary>
    public HeldString Share() => new(_memory, ValueSlots.Retain(_root));

    /// <inheritdoc/>
    public override Span<byte> GetSpan() => TextBlock.Bytes((Page*)_root);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new((byte*)_root + Page.HeaderSize + elementIndex);

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        var root = _root;
        _root = 0;
        ValueSlots.Release(_memory, root);
    }
}
