using RedisLite.Commands.Execution;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.SortedSets;

/// <summary>Runs work at once when it is short, and with the stripes released when it is long.</summary>
internal static class AsideWork
{
    public static void Run(scoped ref CommandContext ctx, IAsideWork work, bool isLong)
    {
        if (isLong)
        {
            ctx.RunAside(work);
            return;
        }

        using (work)
        {
            do
                work.Compute();
            while (!work.TryFinish(ref ctx));
        }
    }
}

/// <summary>
/// The collections of neighbouring keys of a request as they were at one moment; none for a key that is missing.
/// </summary>
internal sealed class HeldSources : IDisposable
{
    private readonly HeldCollection[] _held;
    private readonly int _firstKey;

    /// <param name="ctx">The run of the command. LOCK: its keys are held.</param>
    /// <param name="firstKey">The argument that is the first key.</param>
    /// <param name="count">How many there are.</param>
    public HeldSources(scoped ref CommandContext ctx, int firstKey, int count)
    {
        _firstKey = firstKey;
        _held = new HeldCollection[count];
        Hold(ref ctx);
    }

    public int Count => _held.Length;

    public ref HeldCollection this[int index] => ref _held[index];

    /// <summary>
    /// Whether nobody has written to them since. If somebody has, they are held anew. LOCK: their keys.
    /// </summary>
    public bool AreSame(scoped ref CommandContext ctx)
    {
        for (var i = 0; i < _held.Length; i++)
        {
            var key = ctx.Key(_firstKey + i);
            if (ctx.TryPeek(key, out var entry) ? _held[i].IsOf(entry) : _held[i].IsEmpty)
                continue;
            Dispose();
            Hold(ref ctx);
            return false;
        }

        return true;
    }

    public void Dispose()
    {
        foreach (ref var held in _held.AsSpan())
            held.Dispose();
    }

    private void Hold(scoped ref CommandContext ctx)
    {
        for (var i = 0; i < _held.Length; i++)
        {
            var key = ctx.Key(_firstKey + i);
            _held[i] = ctx.TryPeek(key, out var entry) && entry.Type is EntryType.SortedSet or EntryType.Set
                ? ctx.Keyspace.Hold(entry)
                : default;
        }
    }
}
