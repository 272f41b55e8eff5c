using System.Buffers;

namespace RedisLite.Storage.Serialization;

/// <summary>Where a serialized value goes.</summary>
public interface IRdbOutput : IBufferWriter<byte>
{
    /// <summary>
    /// A piece is complete: what was written so far may go to the disk now. Called often enough that a value of any
    /// size needs no buffer of its size.
    /// </summary>
    void EndPiece();
}

/// <summary>Collects a serialized value in memory, as DUMP needs it.</summary>
/// <remarks>Used again by way of <see cref="Clear"/>; one thread at a time.</remarks>
public sealed class RdbBuffer : IRdbOutput, IDisposable
{
    private const int InitialSize = 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialSize);

    /// <summary>How many bytes were written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written; valid until the next call.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_buffer.Length - Length), nameof(count));
        Length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsMemory(Length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsSpan(Length);
    }

    /// <inheritdoc/>
    public void EndPiece()
    {
        // All of it is wanted at once.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        Length = 0;
    }

    private void Reserve(int count)
    {
        var needed = checked(Length + Math.Max(count, 1));
        if (needed <= _buffer.Length)
            return;
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, Math.Max(needed, _buffer.Length * 2L)));
        Written.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
