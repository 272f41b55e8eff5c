using RedisLite.Protocol;

namespace RedisLite.Commands;

/// <summary>The positions that a <see cref="KeySpec"/> names in one request, for <c>foreach</c>.</summary>
/// <remarks>
/// All kinds of declarations come down to a range; of one with an option only what follows that word counts.
/// </remarks>
public ref struct KeyPositions
{
    private readonly Arguments _args;
    private readonly ReadOnlySpan<byte> _option;
    private readonly int _last;
    private readonly int _step;
    private int _next;

    internal KeyPositions(in Arguments args, int first, int last, int step, ReadOnlySpan<byte> option = default)
    {
        _args = args;
        _option = option;
        _last = last;
        _step = step;
        _next = first;
        Current = -1;
    }

    /// <summary>Index of an argument.</summary>
    public int Current { get; private set; }

    public readonly KeyPositions GetEnumerator() => this;

    public bool MoveNext()
    {
        for (; _next <= _last; _next += _step)
        {
            if (!_option.IsEmpty && !_args.Is(_next - 1, _option))
                continue;
            Current = _next;
            _next += _step;
            return true;
        }

        return false;
    }
}
