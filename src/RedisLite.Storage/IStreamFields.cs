namespace RedisLite.Storage;

/// <summary>The fields of an entry that is about to be added to a stream.</summary>
public interface IStreamFields
{
    int Count { get; }

    /// <summary>The name of a field. Must not lie in the stream that is written to.</summary>
    ReadOnlySpan<byte> Name(int index);

    /// <inheritdoc cref="Name"/>
    ReadOnlySpan<byte> Value(int index);
}

/// <summary>The fields of a stream's entry, one after the other. Valid until the stream is written to.</summary>
public ref struct StreamFields
{
    private ReadOnlySpan<byte> _names;
    private ReadOnlySpan<byte> _rest;
    private int _left;

    internal StreamFields(ReadOnlySpan<byte> names, ReadOnlySpan<byte> rest, int count, int namesNumber)
    {
        _names = names;
        _rest = rest;
        _left = Count = count;
        NamesNumber = namesNumber;
    }

    public int Count { get; }

    public ReadOnlySpan<byte> Name { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The list of names that it shares with others, below 0 if it has its own.</summary>
    internal int NamesNumber { get; }

    public bool MoveNext()
    {
        if (_left == 0)
            return false;
        _left--;
        Name = NamesNumber >= 0 ? VarInt.ReadBytes(ref _names) : VarInt.ReadBytes(ref _rest);
        Value = VarInt.ReadBytes(ref _rest);
        return true;
    }
}
