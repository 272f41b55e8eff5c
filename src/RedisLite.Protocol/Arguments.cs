using System.Buffers;
using System.Text;

namespace RedisLite.Protocol;

/// <summary>The arguments of one request, its command name first: a view that owns nothing.</summary>
/// <remarks>
/// Valid as long as the input, the slices and the scratch space that it was made from stay unchanged.
/// </remarks>
public readonly ref struct Arguments
{
    private readonly ReadOnlySpan<byte> _input;
    private readonly ReadOnlySpan<byte> _scratch;
    private readonly ReadOnlySpan<ArgumentSlice> _slices;
    private readonly IMemoryOwner<byte>[]? _large;

    /// <param name="input">What slices with an offset at or above zero refer to.</param>
    /// <param name="slices">One for each argument.</param>
    /// <param name="scratch">What slices with an offset below zero refer to.</param>
    /// <param name="large">Arguments that stand in memory of their own.</param>
    public Arguments(
        ReadOnlySpan<byte> input, ReadOnlySpan<ArgumentSlice> slices, ReadOnlySpan<byte> scratch = default,
        IMemoryOwner<byte>[]? large = null)
    {
        _large = large;
        _input = input;
        _slices = slices;
        _scratch = scratch;
    }

    /// <summary>The number of arguments, the command name included.</summary>
    public int Count => _slices.Length;

    /// <summary>Bytes of all arguments. O(n).</summary>
    public long ByteLength
    {
        get
        {
            long sum = 0;
            foreach (var slice in _slices)
                sum += slice.Length >= 0 ? slice.Length : ~slice.Length;
            return sum;
        }
    }

    /// <summary>The argument's bytes.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            var slice = _slices[index];
            return slice.Offset >= 0
                ? _input.Slice(slice.Offset, slice.Length)
                : Aside(slice);
        }
    }

    /// <summary>
    /// An argument that was received into memory of its own; null for others, which are small or came in one piece.
    /// </summary>
    /// <remarks>The owner stays the batch's: whoever keeps the argument takes a reference of its own.</remarks>
    public IMemoryOwner<byte>? LargeAt(int index)
    {
        var slice = _slices[index];
        return slice.Length < 0 ? _large![~slice.Offset] : null;
    }

    /// <summary>The arguments from one on: a request that another one carries.</summary>
    public Arguments From(int index) => new(_input, _slices[index..], _scratch, _large);

    /// <summary>Reads an argument as Redis reads integers: canonical decimal text of a signed 64-bit number.</summary>
    public bool TryGetInt64(int index, out long value) => RedisNumbers.TryParseInt64(this[index], out value);

    /// <summary>Reads an argument as Redis reads doubles; see <see cref="RedisNumbers.TryParseDouble"/>.</summary>
    public bool TryGetDouble(int index, out double value) => RedisNumbers.TryParseDouble(this[index], out value);

    /// <summary>Whether an argument is the given option, in any letter case.</summary>
    /// <param name="index">The argument's position.</param>
    /// <param name="upperCaseAscii">The option's name in upper-case ASCII.</param>
    public bool Is(int index, ReadOnlySpan<byte> upperCaseAscii) =>
        Ascii.EqualsIgnoreCase(this[index], upperCaseAscii);

    private ReadOnlySpan<byte> Aside(ArgumentSlice slice) => slice.Length >= 0
        ? _scratch.Slice(~slice.Offset, slice.Length)
        : _large![~slice.Offset].Memory.Span;
}
