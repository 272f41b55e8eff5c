using System.Runtime.InteropServices;

namespace RedisLite.Storage.Memory;

/// <summary>
/// Memory outside the garbage collector's heap, for the length of one piece of work. One thread at a time.
/// </summary>
public sealed unsafe class NativeBuffer(int size) : IDisposable
{
    private void* _bytes = NativeMemory.Alloc((nuint)size);

    /// <summary>All of it; undefined at first.</summary>
    public Span<byte> Bytes => new(_bytes, size);

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_bytes);
        _bytes = null;
    }
}
