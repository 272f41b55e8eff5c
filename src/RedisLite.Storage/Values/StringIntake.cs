using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>A large string that comes piece by piece, in the block that it can be stored as.</summary>
/// <remarks>
/// What is announced is not believed at once: the block grows to twice what has come, so that a lie costs little, and
/// from half a mebibyte on it grows by moving pages and not bytes. One thread at a time.
/// </remarks>
public sealed unsafe class StringIntake : IDisposable
{
    // As far as slabs reach: what is larger is a mapping, and grows without a copy.
    private const int BelievedLength = 512 * 1024 - Page.HeaderSize;

    private readonly ValueMemory _memory;
    private Page* _text;

    internal StringIntake(ValueMemory memory, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        _memory = memory;
        Length = length;
        _text = TextBlock.New(memory, 0, length <= BelievedLength ? length : Math.Min(length, 2 * BelievedLength));
    }

    /// <summary>How many bytes are to come in all.</summary>
    public int Length { get; }

    /// <summary>How many have.</summary>
    public int Filled => _text->TextLength;

    /// <summary>How many are missing.</summary>
    public int Missing => Length - Filled;

    /// <summary>Bytes of memory that it takes.</summary>
    public int Capacity => _text->Capacity;

    /// <summary>Takes what comes next.</summary>
    /// <param name="piece">At most as much as is missing.</param>
    /// <exception cref="OutOfMemoryException">Nothing was taken.</exception>
    public void Add(ReadOnlySpan<byte> piece)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(piece.Length, Missing);
        var filled = Filled;
        var needed = filled + piece.Length;
        if (needed > TextBlock.Room(_text))
            _text = _memory.Resize(_text, Page.HeaderSize + (int)Math.Min(Length, 2L * needed));
        _text->TextLength = needed;
        piece.CopyTo(TextBlock.Bytes(_text)[filled..]);
    }

    /// <summary>Gives the whole string away; the intake is done with.</summary>
    public HeldString Complete()
    {
        if (Missing != 0)
            throw new InvalidOperationException($"{Missing} bytes of the string have not come");
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
