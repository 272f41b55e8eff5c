using RedisLite.Protocol;

namespace RedisLite.Commands;

/// <summary>Reads a command's options from left to right, in the order of its <c>Syntax</c> line.</summary>
/// <remarks>
/// The loop that every command with options has; what no branch takes is a syntax error, as an option is whose value
/// is missing:
/// <code>
///   var options = new ArgReader(ctx.Args, first: 3);
///   while (options.HasMore)
///   {
///       if (options.TryTake("NX"u8))
///           ...
///       else if (options.TryTake("EX"u8, out var seconds))
///           ...
///       else
///           { ctx.Reply.Error(Errors.Syntax); return; }
///   }
/// </code>
/// </remarks>
internal ref struct ArgReader(in Arguments args, int first)
{
    private readonly Arguments _args = args;

    /// <summary>The index of the next argument.</summary>
    public int Position { get; private set; } = first;

    public readonly bool HasMore => Position < _args.Count;

    /// <summary>How many arguments are left.</summary>
    public readonly int Remaining => _args.Count - Position;

    /// <summary>Whether an option stands anywhere from an argument on, in any letter case.</summary>
    public static bool Has(in Arguments args, int from, ReadOnlySpan<byte> upperCaseOption)
    {
        for (var i = from; i < args.Count; i++)
        {
            if (args.Is(i, upperCaseOption))
                return true;
        }

        return false;
    }

    /// <summary>Takes the next argument whatever it is; the caller has checked <see cref="HasMore"/>.</summary>
    /// <returns>Its index.</returns>
    public int Take() => Position++;

    /// <summary>Takes the next argument if it is this option, in any letter case.</summary>
    public bool TryTake(ReadOnlySpan<byte> upperCaseOption) => TryTake(upperCaseOption, valueCount: 0, out _);

    /// <summary>Takes an option and the one value after it; leaves both when the value is missing.</summary>
    /// <param name="upperCaseOption">The option's name.</param>
    /// <param name="value">The value's index.</param>
    public bool TryTake(ReadOnlySpan<byte> upperCaseOption, out int value) =>
        TryTake(upperCaseOption, valueCount: 1, out value);

    /// <summary>Takes an option and the values after it; leaves all when there are fewer.</summary>
    /// <param name="upperCaseOption">The option's name.</param>
    /// <param name="valueCount">How many values it has.</param>
    /// <param name="firstValue">The index of the first of them.</param>
    public bool TryTake(ReadOnlySpan<byte> upperCaseOption, int valueCount, out int firstValue)
    {
        firstValue = Position + 1;
        if (Remaining <= valueCount || !_args.Is(Position, upperCaseOption))
            return false;
        Position += 1 + valueCount;
        return true;
    }
}
