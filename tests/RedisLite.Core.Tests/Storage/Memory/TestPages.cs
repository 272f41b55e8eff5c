using RedisLite.Storage.Memory;

namespace RedisLite.Core.Tests.Storage.Memory;

/// <summary>The system's calls, counted, and made to fail when a test asks for it. Any thread.</summary>
internal sealed unsafe class TestPages : PageSource
{
    private readonly SystemPages _system;
    private long _mapped;
    private int _mapsUntilFailure = int.MaxValue;

    public TestPages(bool hasHugePages = false)
    {
        Skip.If(SystemPages.Instance is null, "Slabs need Linux with 64 bits.");
        _system = SystemPages.Instance!;
        HasHugePages = hasHugePages;
    }

    public override bool HasHugePages { get; }

    /// <summary>Bytes mapped and not given back.</summary>
    public long Mapped => Volatile.Read(ref _mapped);

    /// <summary>Whether the system has no room to note holes.</summary>
    public bool UnmapFails { get; set; }

    /// <summary>Bytes whose memory was given back while they stay mapped.</summary>
    public long Discarded { get; private set; }

    public int HugeAdvices { get; private set; }

    public int OtherAdvices { get; private set; }

    public long Populated { get; private set; }

    /// <summary>Calls of Map and Remap so far.</summary>
    public int Maps { get; private set; }

    /// <summary>Lets so many more mappings succeed and all after them fail.</summary>
    public void FailAfter(int maps) => _mapsUntilFailure = maps;

    public override void* Map(nuint size)
    {
        Maps++;
        if (Fails())
            return null;
        var start = _system.Map(size);
        if (start != null)
            Interlocked.Add(ref _mapped, (long)size);
        return start;
    }

    public override bool Unmap(void* start, nuint size)
    {
        if (UnmapFails || !_system.Unmap(start, size))
            return false;
        Interlocked.Add(ref _mapped, -(long)size);
        return true;
    }

    public override void* Remap(void* start, nuint oldSize, nuint size)
    {
        Maps++;
        if (Fails())
            return null;
        var other = _system.Remap(start, oldSize, size);
        if (other != null)
            Interlocked.Add(ref _mapped, (long)size - (long)oldSize);
        return other;
    }

    public override void Discard(void* start, nuint size)
    {
        Discarded += (long)size;
        _system.Discard(start, size);
    }

    public override void AdviseHuge(void* start, nuint size, bool wanted)
    {
        if (wanted)
            HugeAdvices++;
        else
            OtherAdvices++;
    }

    public override void Populate(void* start, nuint size)
    {
        Populated += (long)size;
        _system.Populate(start, size);
    }

    private bool Fails() => _mapsUntilFailure != int.MaxValue && _mapsUntilFailure-- <= 0;
}
