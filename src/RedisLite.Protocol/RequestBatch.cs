using System.Buffers;

namespace RedisLite.Protocol;

/// <summary>Whole requests over one piece of input, as found by <see cref="RequestParser.Parse"/>.</summary>
/// <remarks>
/// Made to be reused: the arrays grow to what the traffic needs and are kept while they are small; large ones go back
/// to the shared pool at <see cref="Clear"/>. The input is referred to, not owned: it must stay unchanged until the
/// batch has been executed. Not so arguments in memory of their own, which the parser hands over: they end with
/// <see cref="Clear"/>. Not thread-safe; one owner at a time.
///
///     Input     *2 $3 GET $1 a | SET b "\x00" | *1 $4 PING | (cut)
///     requests  [0,2)           [2,5)          [5,6)            ranges of slices
///     slices    GET a           SET b ~0       PING             offsets into Input, or ~offsets into scratch
///     scratch   00
/// </remarks>
public sealed class RequestBatch
{
    // What an idle batch may keep: about a KB, for there may be one for each of thousands of connections.
    private const int MaxRetainedSlices = 64;
    private const int MaxRetainedRequests = 32;
    private const int MaxRetainedScratch = 256;
    private const int MinSlices = 16;
    private const int MinRequests = 8;

    private ArgumentSlice[] _slices = [];
    private Request[] _requests = [];
    private byte[] _scratch = [];
    private IMemoryOwner<byte>[]? _large;
    private LargePart[]? _parts;
    private int _sliceCount;
    private int _scratchLength;

    /// <summary>The bytes that the requests are views of; not owned.</summary>
    public ReadOnlyMemory<byte> Input { get; private set; }

    /// <summary>The number of requests.</summary>
    public int Count { get; private set; }

    /// <summary>The arguments of a request: a view, valid until the batch is cleared or parsed into again.</summary>
    public Arguments this[int index]
    {
        get
        {
            ref readonly var request = ref At(index);
            return new Arguments(
                Input.Span,
                _slices.AsSpan(request.FirstSlice, request.SliceCount),
                _scratch.AsSpan(0, _scratchLength),
                _large);
        }
    }

    /// <summary>How a request was written.</summary>
    public RequestForm FormOf(int index) => At(index).Form;

    /// <summary>Where a request ends: the offset in <see cref="Input"/> of the byte after it.</summary>
    /// <remarks>Empty lines that were skipped count to the request that follows them.</remarks>
    public int EndOf(int index) => At(index).End;

    /// <summary>
    /// A request as it stands in the input, with the empty lines before it, and without what <see cref="PartsOf"/>
    /// gives.
    /// </summary>
    public ReadOnlySpan<byte> RawOf(int index) => Input.Span[(index == 0 ? 0 : EndOf(index - 1))..EndOf(index)];

    /// <summary>Arguments in memory of their own, and where they stood in <see cref="RawOf"/>.</summary>
    public ReadOnlySpan<LargePart> PartsOf(int index) => index == 0 ? _parts : [];

    /// <summary>Forgets the requests and the input, and gives large arrays back.</summary>
    public void Clear()
    {
        Count = 0;
        _sliceCount = 0;
        _scratchLength = 0;
        Input = default;
        DropLarge();
        if (_slices.Length > MaxRetainedSlices)
            Return(ref _slices);
        if (_requests.Length > MaxRetainedRequests)
            Return(ref _requests);
        if (_scratch.Length > MaxRetainedScratch)
            Return(ref _scratch);
    }

    /// <summary>Empties the batch, keeping its arrays, and sets the input that is about to be parsed.</summary>
    internal void Start(ReadOnlyMemory<byte> input)
    {
        Count = 0;
        _sliceCount = 0;
        _scratchLength = 0;
        Input = input;
        DropLarge();
    }

    /// <summary>Takes over the arguments of the first request that stand in memory of their own.</summary>
    internal void TakeLarge(IMemoryOwner<byte>[]? large, LargePart[]? parts) => (_large, _parts) = (large, parts);

    /// <summary>Room for the slices of the next request; they count once <see cref="Add"/> is called.</summary>
    internal Span<ArgumentSlice> ReserveSlices(int count)
    {
        if (_slices.Length - _sliceCount < count)
            Grow(ref _slices, _sliceCount, Math.Max(_sliceCount + count, MinSlices));
        return _slices.AsSpan(_sliceCount, count);
    }

    /// <summary>Makes a request of the first slices of the room that was reserved last.</summary>
    internal void Add(int sliceCount, int end, RequestForm form)
    {
        if (Count == _requests.Length)
            Grow(ref _requests, Count, Math.Max(Count + 1, MinRequests));
        _requests[Count++] = new Request(_sliceCount, sliceCount, end, form);
        _sliceCount += sliceCount;
    }

    /// <summary>Room for bytes that do not stand in the input as they are; see <see cref="CommitScratch"/>.</summary>
    internal Span<byte> ReserveScratch(int length)
    {
        if (_scratch.Length - _scratchLength < length)
            Grow(ref _scratch, _scratchLength, _scratchLength + length);
        return _scratch.AsSpan(_scratchLength, length);
    }

    /// <summary>Keeps the first bytes of the room that was reserved last, as one argument.</summary>
    internal ArgumentSlice CommitScratch(int length)
    {
        var slice = new ArgumentSlice(~_scratchLength, length);
        _scratchLength += length;
        return slice;
    }

    private void DropLarge()
    {
        if (_large is null)
            return;
        foreach (var argument in _large)
            argument.Dispose();
        _large = null;
        _parts = null;
    }

    private ref readonly Request At(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return ref _requests[index];
    }

    private static void Grow<T>(ref T[] array, int used, int needed)
        where T : unmanaged
    {
        var larger = PooledArray.Rent<T>((int)Math.Min(Math.Max(needed, 2L * array.Length), Array.MaxLength));
        array.AsSpan(0, used).CopyTo(larger);
        Return(ref array);
        array = larger;
    }

    private static void Return<T>(ref T[] array)
        where T : unmanaged
    {
        PooledArray.Return(array);
        array = [];
    }

    private readonly record struct Request(int FirstSlice, int SliceCount, int End, RequestForm Form);
}
