using RedisLite.Storage.Keyspaces;
using RedisLite.Storage.Values;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Serialization;

/// <summary>
/// Collects a serialized value in memory, as DUMP needs it: outside the managed heap, in the block that a reply can
/// hold.
/// </summary>
/// <remarks>One thread at a time.</remarks>
/// <param name="databases">Whose memory it takes.</param>
/// <exception cref="OutOfMemoryException">The system has no more memory; of any method that makes room,
/// too.</exception>
public sealed unsafe class RdbBuffer(Databases databases) : IRdbOutput, IDisposable
{
    private const int InitialSize = 1024;

    private readonly ValueMemory _memory = databases.Context.Values;
    private Page* _text = TextBlock.New(databases.Context.Values, 0, InitialSize);

    /// <summary>How many bytes were written.</summary>
    public int Length => _text->TextLength;

    /// <summary>What was written; valid until the next call.</summary>
    public ReadOnlySpan<byte> Written => TextBlock.Bytes(_text);

    /// <summary>Begins anew.</summary>
    public void Clear() => _text->TextLength = 0;

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(
            (uint)count, (uint)(TextBlock.Room(_text) - Length), nameof(count));
        _text->TextLength += count;
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint)
    {
        var needed = checked(Length + Math.Max(sizeHint, 1));
        if (needed > TextBlock.Room(_text))
            _text = _memory.Resize(
                _text, checked(Page.HeaderSize + (int)Math.Min(Array.MaxLength, Math.Max(needed, Length * 2L))));
        return new Span<byte>((byte*)_text + Page.HeaderSize + Length, TextBlock.Room(_text) - Length);
    }

    /// <inheritdoc/>
    public void EndPiece()
    {
        // All of it is wanted at once.
    }

    /// <summary>Gives what was written away; the buffer is done with.</summary>
    public HeldString Complete()
    {
        var text = _text;
        _text = null;
        return new HeldString(_memory, (nint)text);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_text != null)
            _memory.Release(_text);
        _text = null;
    }
}
