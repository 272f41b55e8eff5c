using System.Buffers;

namespace RedisLite.Storage.Serialization;

/// <summary>Room for strings that a decoder has to unpack or to keep while it reads on.</summary>
/// <remarks>Grows to the longest string that really was there, since <see cref="RdbString"/> knows that length
/// before.</remarks>
internal sealed class DecodeBuffers : IDisposable
{
    private const int InitialSize = 1024;

    private byte[] _kept = ArrayPool<byte>.Shared.Rent(InitialSize);
    private byte[] _seen = ArrayPool<byte>.Shared.Rent(InitialSize);

    /// <summary>For the text of integers in packed forms.</summary>
    public byte[] First { get; } = new byte[IntegerText.MaxLength];

    /// <summary>The same, where two are needed at once.</summary>
    public byte[] Second { get; } = new byte[IntegerText.MaxLength];

    /// <summary>A string that stays valid while its source is read on, until the next call of this method.</summary>
    public ReadOnlySpan<byte> Keep(scoped in RdbString value) => Unpack(value, ref _kept);

    /// <summary>A string that is valid until its source is read on.</summary>
    public ReadOnlySpan<byte> See(in RdbString value) =>
        value.TryGetRaw(out var raw) ? raw : Unpack(value, ref _seen);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_kept);
        ArrayPool<byte>.Shared.Return(_seen);
        _kept = _seen = [];
    }

    private static ReadOnlySpan<byte> Unpack(scoped in RdbString value, ref byte[] buffer)
    {
        if (buffer.Length < value.Length)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = [];
            buffer = ArrayPool<byte>.Shared.Rent(value.Length);
        }

        return value.TryCopyTo(buffer)
            ? buffer.AsSpan(0, value.Length)
            : throw new MalformedValueException("a string is compressed, and damaged");
    }
}
