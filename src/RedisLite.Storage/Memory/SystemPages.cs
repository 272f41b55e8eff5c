using System.Runtime.InteropServices;

namespace RedisLite.Storage.Memory;

/// <summary>Linux's mmap, mremap, madvise, munmap.</summary>
internal sealed unsafe partial class SystemPages : PageSource
{
    private const int ReadWrite = 1 | 2; // PROT_READ | PROT_WRITE
    private const int PrivateAnonymous = 0x02 | 0x20; // MAP_PRIVATE | MAP_ANONYMOUS
    private const int MayMove = 1; // MREMAP_MAYMOVE
    private const int DontNeed = 4; // MADV_DONTNEED
    private const int HugePage = 14; // MADV_HUGEPAGE
    private const int NoHugePage = 15; // MADV_NOHUGEPAGE
    private const int PopulateWrite = 23; // MADV_POPULATE_WRITE, Linux 5.14
    private const string HugePageSetting = "/sys/kernel/mm/transparent_hugepage/enabled";

    private SystemPages()
    {
        HasHugePages = SystemHasHugePages();
    }

    /// <summary>Null where the process cannot map pages this way: other systems, 32 bits, pages above a unit.</summary>
    public static SystemPages? Instance { get; } = Probe();

    public override bool HasHugePages { get; }

    public override void* Map(nuint size)
    {
        var start = MapPages(null, size, ReadWrite, PrivateAnonymous, -1, 0);
        return (nint)start == -1 ? null : start;
    }

    public override bool Unmap(void* start, nuint size) => UnmapPages(start, size) == 0;

    public override void* Remap(void* start, nuint oldSize, nuint size)
    {
        var other = RemapPages(start, oldSize, size, MayMove);
        return (nint)other == -1 ? null : other;
    }

    public override void Discard(void* start, nuint size) => _ = Advise(start, size, DontNeed);

    public override void AdviseHuge(void* start, nuint size, bool wanted)
    {
        if (HasHugePages)
            _ = Advise(start, size, wanted ? HugePage : NoHugePage);
    }

    public override void Populate(void* start, nuint size)
    {
        if (Advise(start, size, PopulateWrite) == 0)
            return;
        for (nuint offset = 0; offset < size; offset += (nuint)Environment.SystemPageSize)
            Volatile.Write(ref *((byte*)start + offset), 0);
    }

    private static SystemPages? Probe()
    {
        // Other systems number the flags differently, and only Linux has mremap.
        if (!OperatingSystem.IsLinux() || sizeof(nint) != 8 || Environment.SystemPageSize > Chunk.UnitSize)
            return null;
        try
        {
            var pages = new SystemPages();
            var size = (nuint)Environment.SystemPageSize;
            var page = pages.Map(size);
            return page != null && pages.Unmap(page, size) ? pages : null;
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            return null;
        }
    }

    private static bool SystemHasHugePages()
    {
        try
        {
            return !File.ReadAllText(HugePageSetting).Contains("[never]", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* MapPages(void* wanted, nuint size, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int UnmapPages(void* start, nuint size);

    [LibraryImport("libc", EntryPoint = "mremap")]
    private static partial void* RemapPages(void* start, nuint oldSize, nuint size, int flags);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint size, int advice);
}
