using System.Buffers;
using System.Runtime.CompilerServices;

namespace RedisLite.Protocol;

/// <summary>Arrays from the shared pool, except large ones.</summary>
/// <remarks>
/// The pool keeps what it is given, for each thread and each size, until some later collection trims it: after one huge
/// request or reply that would be memory that stays. Large arrays are left to the collector instead.
/// </remarks>
public static class PooledArray
{
    private const int MaxPooledBytes = 1024 * 1024;

    /// <summary>An array of at least that length with undefined content.</summary>
    public static T[] Rent<T>(int minLength)
        where T : unmanaged => IsPooled<T>(minLength)
            ? ArrayPool<T>.Shared.Rent(minLength)
            : GC.AllocateUninitializedArray<T>(minLength);

    /// <summary>Ends the use of an array that was rented, or that is empty.</summary>
    public static void Return<T>(T[] array)
        where T : unmanaged
    {
        if (array.Length > 0 && IsPooled<T>(array.Length))
            ArrayPool<T>.Shared.Return(array);
    }

    // The pool's lengths are powers of two, so that what it gives is pooled when what was asked for is.
    private static bool IsPooled<T>(int length) => length <= MaxPooledBytes / Unsafe.SizeOf<T>();
}
