using System.Runtime.CompilerServices;

namespace RedisLite.Storage.Values.Trees;

/// <summary>An element's bytes on their way into a leaf, in up to three pieces.</summary>
/// <remarks>LOCK: the pieces must not lie in pages of the value that is written.</remarks>
internal readonly unsafe ref struct Element(
    ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> member, ReadOnlySpan<byte> value = default, ushort flags = 0)
{
    public ReadOnlySpan<byte> Prefix { get; } = prefix;

    public ReadOnlySpan<byte> Member { get; } = member;

    public ReadOnlySpan<byte> Value { get; } = value;

    /// <summary>Bits for the leaf's end column.</summary>
    public ushort Flags { get; } = flags;

    public int Length => Prefix.Length + Member.Length + Value.Length;

    public static Element Of(ReadOnlySpan<byte> member) => new(default, member);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CopyTo(byte* target)
    {
        Prefix.CopyTo(new Span<byte>(target, Prefix.Length));
        Member.CopyTo(new Span<byte>(target + Prefix.Length, Member.Length));
        Value.CopyTo(new Span<byte>(target + Prefix.Length + Member.Length, Value.Length));
    }
}
