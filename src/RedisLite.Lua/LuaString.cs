using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RedisLite.Lua;

/// <summary>A string of bytes: one array that starts with what is known about the bytes.</summary>
/// <remarks>
/// <code>
///     [ hash 4 | mark 4 | bytes ... ]      hash 0: not computed yet; mark: the memory count that saw it last
/// </code>
/// Immutable after it was handed out, and shared between states and threads: the two fields are caches which any
/// thread may write, each time with a value that is right or at worst not used. Strings are not interned; equal
/// constants of a script are one array. The hash is the runtime's randomized one: nobody outside can choose colliding
/// keys.
/// </remarks>
public readonly struct LuaString : IEquatable<LuaString>
{
    internal const int Prefix = 8;

    /// <summary>The longest string: what an array of the runtime can hold.</summary>
    internal const int MaxLength = 0x7FFF_0000;

    private const int LeaveUninitialized = 2048;

    internal static readonly byte[] Empty = new byte[Prefix];

    private static readonly byte[][] Singles = [.. Enumerable.Range(0, 256).Select(MakeSingle)];

    internal readonly byte[] Raw;

    private LuaString(byte[] raw, bool _) => Raw = raw;

    /// <summary>A string of these bytes, which are copied.</summary>
    public LuaString(ReadOnlySpan<byte> bytes) => Raw = From(bytes);

    internal static LuaString OfRaw(byte[] raw) => new(raw, true);

    public ReadOnlySpan<byte> Span => Raw is null ? default : Raw.AsSpan(Prefix);

    public int Length => Raw is null ? 0 : Raw.Length - Prefix;

    public bool Equals(LuaString other) => Span.SequenceEqual(other.Span);

    public override bool Equals(object? obj) => obj is LuaString other && Equals(other);

    public override int GetHashCode() => Hash(Raw ?? Empty);

    public static bool operator ==(LuaString left, LuaString right) => left.Equals(right);

    public static bool operator !=(LuaString left, LuaString right) => !left.Equals(right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool Is(object? o) => o is not null && o.GetType() == typeof(byte[]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Span<byte> SpanOf(byte[] raw) => raw.AsSpan(Prefix);

    /// <summary>An array for a string of this length; the caller writes its bytes before anyone else sees it.</summary>
    internal static byte[] Allocate(int length)
    {
        if (length < LeaveUninitialized)
            return new byte[Prefix + length];
        var raw = GC.AllocateUninitializedArray<byte>(Prefix + length);
        Unsafe.WriteUnaligned(ref raw[0], 0L);
        return raw;
    }

    internal static byte[] From(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= 1)
            return bytes.IsEmpty ? Empty : Singles[bytes[0]];
        var raw = Allocate(bytes.Length);
        bytes.CopyTo(SpanOf(raw));
        return raw;
    }

    /// <summary>Makes a string another one of the same length; nobody may hold it.</summary>
    internal static void Overwrite(byte[] raw, ReadOnlySpan<byte> bytes)
    {
        Unsafe.WriteUnaligned(ref raw[0], 0L);
        bytes.CopyTo(SpanOf(raw));
    }

    internal static byte[] OfByte(byte value) => Singles[value];

    internal static byte[] Concat(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var raw = Allocate(first.Length + second.Length);
        first.CopyTo(SpanOf(raw));
        second.CopyTo(raw.AsSpan(Prefix + first.Length));
        return raw;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Hash(byte[] raw)
    {
        var hash = Unsafe.ReadUnaligned<int>(ref MemoryMarshal.GetArrayDataReference(raw));
        return hash != 0 ? hash : ComputeHash(raw);
    }

    internal static bool Equal(byte[] a, byte[] b) =>
        a == b || (a.Length == b.Length && Hash(a) == Hash(b) && SpanOf(a).SequenceEqual(SpanOf(b)));

    /// <summary>Notes that memory count <paramref name="epoch"/> saw the string; false if it had seen it
    /// before.</summary>
    internal static bool TryMark(byte[] raw, int epoch)
    {
        ref var mark = ref Unsafe.As<byte, int>(ref raw[4]);
        if (mark == epoch)
            return false;
        mark = epoch;
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ComputeHash(byte[] raw)
    {
        var bytes = raw.AsSpan(Prefix);
        var hash = string.GetHashCode(MemoryMarshal.Cast<byte, char>(bytes));
        if ((bytes.Length & 1) != 0)
            hash = (int)BitOperations.Crc32C((uint)hash, bytes[^1]);
        hash = hash == 0 ? 1 : hash;
        Unsafe.WriteUnaligned(ref raw[0], hash);
        return hash;
    }

    private static byte[] MakeSingle(int value)
    {
        var raw = new byte[Prefix + 1];
        raw[Prefix] = (byte)value;
        return raw;
    }
}
