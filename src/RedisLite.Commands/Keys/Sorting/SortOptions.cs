using RedisLite.Protocol;

namespace RedisLite.Commands.Keys.Sorting;

/// <summary>What a SORT asks for. Keeps nothing of the request.</summary>
internal sealed class SortOptions
{
    /// <summary>Where the weights are; null to compare the elements themselves.</summary>
    public SortPattern? By { get; private set; }

    /// <summary>BY something without a "*": nothing is sorted.</summary>
    public bool IsUnsorted { get; private set; }

    public bool IsDescending { get; private set; }

    /// <summary>Compares bytes and not numbers.</summary>
    public bool IsAlpha { get; private set; }

    /// <summary>What is returned in place of each element; none for the element itself.</summary>
    public List<SortPattern> Gets { get; } = [];

    /// <summary>The argument that names the key for the result, the last one given; 0 for none.</summary>
    public int Store { get; private set; }

    /// <summary>Whether the result depends on keys that nobody can name before it runs.</summary>
    public bool ReadsOtherKeys => By is { IsUsed: true } || Gets.Exists(static pattern => pattern.IsUsed);

    /// <summary>What is said to a client that may not read all keys; as in Redis, of any GET.</summary>
    private ReadOnlySpan<byte> Denial =>
        By is { IsUsed: true } ? "ERR BY option of SORT denied due to insufficient ACL permissions."u8
        : Gets.Count > 0 ? "ERR GET option of SORT denied due to insufficient ACL permissions."u8
        : default;

    private long LimitOffset { get; set; }

    private long LimitCount { get; set; } = -1;

    /// <summary>Reads the options.</summary>
    /// <param name="args">The whole command.</param>
    /// <param name="mayStore">False for SORT_RO.</param>
    /// <param name="mayReadOthers">Whether patterns may lead to keys that are not named.</param>
    /// <param name="options">What is asked for.</param>
    /// <param name="error">The error reply when the result is false.</param>
    public static bool TryRead(
        in Arguments args, bool mayStore, bool mayReadOthers, out SortOptions options, out ReadOnlySpan<byte> error)
    {
        options = new SortOptions();
        error = default;
        var reader = new ArgReader(args, first: 2);
        while (reader.HasMore)
        {
            if (reader.TryTake("LIMIT"u8, 2, out var limit))
            {
                if (!args.TryGetInt64(limit, out var offset) || !args.TryGetInt64(limit + 1, out var count))
                {
                    error = Errors.NotAnInteger;
                    return false;
                }

                (options.LimitOffset, options.LimitCount) = (offset, count);
            }
            else if (!options.TryTake(ref reader, args, mayStore))
            {
                error = Errors.Syntax;
                return false;
            }
            else if (!mayReadOthers && options.Denial is var denial && !denial.IsEmpty)
            {
                error = denial;
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Sorts by the elements' text whatever was asked: a set that is stored unsorted needs an order all the same.
    /// </summary>
    public void SortByText() => (IsUnsorted, IsAlpha, By) = (false, true, null);

    /// <summary>The part of so many elements that LIMIT leaves.</summary>
    public (int First, int Count) Slice(int total)
    {
        var first = Math.Min(Math.Max(LimitOffset, 0), total);
        var count = LimitCount < 0 ? total : LimitCount;
        return ((int)first, (int)Math.Min(count, total - first));
    }

    private bool TryTake(scoped ref ArgReader reader, in Arguments args, bool mayStore)
    {
        if (reader.TryTake("ASC"u8))
            IsDescending = false;
        else if (reader.TryTake("DESC"u8))
            IsDescending = true;
        else if (reader.TryTake("ALPHA"u8))
            IsAlpha = true;
        else if (mayStore && reader.TryTake("STORE"u8, out var key))
            Store = key;
        else if (reader.TryTake("BY"u8, out var weights))
            SortBy(new SortPattern(args[weights]));
        else if (reader.TryTake("GET"u8, out var pattern))
            Gets.Add(new SortPattern(args[pattern]));
        else
            return false;
        return true;
    }

    /// <summary>As in Redis, a constant once given holds, whatever pattern follows it.</summary>
    private void SortBy(SortPattern pattern)
    {
        By = pattern;
        IsUnsorted |= !pattern.IsUsed;
    }
}
