using System.Buffers;

namespace RedisLite.Protocol;

/// <summary>A large string that was written by reference: it stands between two bytes of a buffer.</summary>
/// <param name="At">Before which byte of the buffer.</param>
/// <param name="Owner">Holds the string; one reference.</param>
/// <param name="Start">The first byte of it that was written.</param>
/// <param name="Length">How many.</param>
public readonly record struct LargePart(int At, IMemoryOwner<byte> Owner, int Start, int Length)
{
    /// <summary>The bytes that were written.</summary>
    public ReadOnlyMemory<byte> Memory => Owner.Memory.Slice(Start, Length);
}
