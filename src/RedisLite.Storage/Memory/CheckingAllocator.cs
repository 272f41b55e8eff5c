namespace RedisLite.Storage.Memory;

/// <summary>
/// Finds misuse of native memory in tests: writes outside a block or after its end of life, double frees, leaks.
/// </summary>
/// <remarks>
///
///     [ red zone 64 | block, filled with 0xCD at birth, 0xDD after death | red zone 64 ]
///
/// Block and red zones come from another allocator, whose rounding is the checking one's too: sizes and accounts are
/// those of production, and the other is tested along the way. Red zones of 64 bytes keep the alignment of whole cache
/// lines.
///
/// Freed blocks stay in quarantine for a while, so that a late write is seen when they leave it and a late read gets
/// poison instead of something plausible. <see cref="Dispose"/> reports leaks. Any thread.
/// </remarks>
internal sealed unsafe class CheckingAllocator(NativeAllocator inner)
    : NativeAllocator(inner.RoundsToClasses), IDisposable
{
    private const int RedZone = 64;
    private const byte RedZoneByte = 0xFB;
    private const byte NewByte = 0xCD;
    private const byte PoisonByte = 0xDD;
    private const long QuarantineBytes = 4 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<nint, nuint> _live = [];
    private readonly Queue<(nint Block, nuint Size)> _quarantine = [];
    private long _quarantined;
    private long _untilFailure = long.MaxValue;

    /// <summary>Over the slabs that the process's servers share, where there are any.</summary>
    public CheckingAllocator()
        : this(ProcessAllocator.Of(AllocatorKind.Slabs, HugePages.Auto))
    {
    }

    /// <summary>Number of blocks not freed yet.</summary>
    public int LiveBlocks
    {
        get
        {
            lock (_gate)
                return _live.Count;
        }
    }

    /// <summary>What <see cref="MemoryAccount"/> should say of the live blocks.</summary>
    public long LiveBytes
    {
        get
        {
            lock (_gate)
                return _live.Values.Sum(size => RoundUp((long)size));
        }
    }

    /// <summary>Number of blocks ever asked for.</summary>
    public long Allocations { get; private set; }

    /// <summary>Lets so many more requests succeed and the one after them fail, once.</summary>
    public void FailAfter(long requests)
    {
        lock (_gate)
            _untilFailure = requests;
    }

    /// <summary>The inner allocator's, red zones included.</summary>
    public override AllocatorStatistics? Statistics => inner.Statistics;

    public override void* Allocate(nuint size) => Allocate(size, NewByte);

    public override void* AllocateZeroed(nuint size) => Allocate(size, 0);

    public override void Free(void* block, nuint size)
    {
        lock (_gate)
        {
            if (!_live.Remove((nint)block, out var asked))
                throw new InvalidOperationException($"Freed a block that is not live: {(nint)block:x}.");
            if (asked != size)
                throw new InvalidOperationException($"Freed a block of {asked} bytes as one of {size}.");
            CheckRedZones((nint)block, size);
            new Span<byte>(block, checked((int)size)).Fill(PoisonByte);
            _quarantine.Enqueue(((nint)block, size));
            _quarantined += (long)size;
            while (_quarantined > QuarantineBytes)
                Release();
        }
    }

    /// <exception cref="InvalidOperationException">A block was not freed, or written to after it was.</exception>
    public void Dispose()
    {
        lock (_gate)
        {
            while (_quarantine.Count > 0)
                Release();
            if (_live.Count > 0)
                throw new InvalidOperationException($"{_live.Count} blocks were never freed.");
        }
    }

    private void* Allocate(nuint size, byte fill)
    {
        lock (_gate)
        {
            if (_untilFailure != long.MaxValue && _untilFailure-- == 0)
            {
                _untilFailure = long.MaxValue;
                throw new InsufficientMemoryException("A test asked for this failure.");
            }
            var block = (byte*)inner.Allocate(size + (2 * RedZone)) + RedZone;
            new Span<byte>(block - RedZone, RedZone).Fill(RedZoneByte);
            new Span<byte>(block, checked((int)size)).Fill(fill);
            new Span<byte>(block + size, RedZone).Fill(RedZoneByte);
            _live.Add((nint)block, size);
            Allocations++;
            return block;
        }
    }

    private static void CheckRedZones(nint block, nuint size)
    {
        var before = new ReadOnlySpan<byte>((byte*)block - RedZone, RedZone);
        var after = new ReadOnlySpan<byte>((byte*)block + size, RedZone);
        if (before.ContainsAnyExcept(RedZoneByte) || after.ContainsAnyExcept(RedZoneByte))
            throw new InvalidOperationException($"Something wrote outside its block of {size} bytes.");
    }

    private void Release()
    {
        var (block, size) = _quarantine.Dequeue();
        _quarantined -= (long)size;
        var late = new ReadOnlySpan<byte>((void*)block, checked((int)size)).ContainsAnyExcept(PoisonByte);
        inner.Free((byte*)block - RedZone, size + (2 * RedZone));
        if (late)
            throw new InvalidOperationException($"Something wrote into a block of {size} bytes after it was freed.");
    }
}
