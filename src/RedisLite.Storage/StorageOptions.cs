using System.Security.Cryptography;
using RedisLite.Storage.Memory;

namespace RedisLite.Storage;

/// <summary>How keys are hashed.</summary>
public enum HashFunction
{
    /// <summary>XxHash3 with <see cref="StorageOptions.Seed"/>.</summary>
    XxHash3,

    /// <summary>djb2 as the original program had it: no seed, so no defence against chosen keys.</summary>
    Djb2,
}

/// <summary>What a <c>Databases</c> is made with.</summary>
public sealed record StorageOptions
{
    /// <summary>Number of numbered databases, at least 1.</summary>
    public int DatabaseCount { get; init; } = 16;

    /// <summary>Number of stripes of each database and of locks: a power of two from 1 to 65,536.</summary>
    public int StripeCount { get; init; } = 1024;

    public HashFunction Hash { get; init; } = HashFunction.XxHash3;

    /// <summary>Secret of the hash; random unless set, so that nobody can choose colliding keys.</summary>
    public ulong Seed { get; init; } = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    /// <summary>Whether a key's stripe follows from its slot in a cluster.</summary>
    public bool BySlot { get; init; }

    /// <summary>Where memory for keys and values comes from.</summary>
    public AllocatorKind AllocatorKind { get; init; }

    /// <summary>
    /// Of the slabs, which all servers of the process share: what the last one was made with holds for new memory.
    /// </summary>
    public HugePages HugePages { get; init; }

    /// <summary>
    /// Whether the pages of large collections that are dropped are freed on the thread pool, a step at a time. When
    /// not, each release frees some of what waits, and <c>Databases.Dispose</c> the rest.
    /// </summary>
    public bool FreesInBackground { get; init; }

    /// <summary>The allocator in use: the process's of that kind, unless a test sets another.</summary>
    internal NativeAllocator Allocator
    {
        get => field ?? ProcessAllocator.Of(AllocatorKind, HugePages);
        init;
    }
}
