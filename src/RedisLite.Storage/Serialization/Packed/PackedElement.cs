namespace RedisLite.Storage.Serialization.Packed;

/// <summary>An element of a listpack or ziplist: bytes, or an integer that stands for its text.</summary>
internal readonly ref struct PackedElement
{
    private readonly ReadOnlySpan<byte> _bytes;

    public PackedElement(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public PackedElement(long integer)
    {
        Integer = integer;
        IsInteger = true;
    }

    public bool IsInteger { get; }

    public long Integer { get; }

    /// <summary>The element as bytes.</summary>
    /// <param name="scratch">At least <see cref="IntegerText.MaxLength"/> bytes, used for the text of an
    /// integer.</param>
    public ReadOnlySpan<byte> Bytes(byte[] scratch) =>
        IsInteger ? scratch.AsSpan(0, IntegerText.Format(scratch, Integer)) : _bytes;

    /// <summary>The integer of an element that must be one.</summary>
    public long RequireInteger(string what) =>
        IsInteger ? Integer : throw new MalformedValueException($"{what} is text where a number was expected");
}

/// <summary>Reads a packed form front to back.</summary>
internal interface IPackedReader
{
    /// <summary>Moves to the next element.</summary>
    /// <returns>False at the end, which is sound and agrees with the header.</returns>
    /// <exception cref="MalformedValueException">The form is malformed.</exception>
    bool TryRead(out PackedElement element);
}
