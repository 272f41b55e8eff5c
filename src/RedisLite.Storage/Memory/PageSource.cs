namespace RedisLite.Storage.Memory;

/// <summary>
/// The system calls that <see cref="SlabAllocator"/> stands on: a seam, for tests that count them and make them fail.
/// </summary>
/// <remarks>Any thread. Sizes are whole pages. Nothing throws: what fails says so and has changed nothing.</remarks>
internal abstract unsafe class PageSource
{
    /// <summary>Whether <see cref="AdviseHuge"/> does anything.</summary>
    public abstract bool HasHugePages { get; }

    /// <summary>Pages of zeros that take no memory until they are touched; null if the system has none.</summary>
    public abstract void* Map(nuint size);

    /// <summary>
    /// Gives pages back; they may be a part of what was mapped. False if the system has no room to note the hole.
    /// </summary>
    public abstract bool Unmap(void* start, nuint size);

    /// <summary>Another length for a mapping, which may move; null if there is none.</summary>
    public abstract void* Remap(void* start, nuint oldSize, nuint size);

    /// <summary>Gives back the memory of pages that stay mapped and are zeros again.</summary>
    public abstract void Discard(void* start, nuint size);

    /// <summary>Says whether huge pages are wanted for a range that has not been touched.</summary>
    public abstract void AdviseHuge(void* start, nuint size, bool wanted);

    /// <summary>Takes the faults of a range that has not been touched, now.</summary>
    public abstract void Populate(void* start, nuint size);
}
