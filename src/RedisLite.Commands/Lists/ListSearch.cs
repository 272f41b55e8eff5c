using RedisLite.Commands.Execution;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Lists;

/// <summary>A command that looks through a list for an element, and then answers or changes the list.</summary>
/// <remarks>
/// <code>
///   short list   Search, Finish                       under the stripe
///   long list    Search                               in the list as it was, with the stripe released
///                Finish                               under the stripe; a writer only if the list is still that one,
///                                                     else it searches once more
/// </code>
/// </remarks>
internal abstract class ListSearch(bool changes) : IAsideWork
{
    // Searched through under the stripe: some tens of microseconds.
    private const long MostElements = 2000;
    private const long MostBytes = 128 * 1024;

    private HeldCollection _list;

    /// <summary>Runs the command on the list at its first key.</summary>
    public void Run(scoped ref CommandContext ctx)
    {
        if (!TryRead(ref ctx, out var entry))
            return;
        var list = ctx.Keyspace.ListOf(entry);
        if (list.Count <= MostElements && list.Bytes <= MostBytes)
        {
            Search(list);
            Finish(ref ctx);
            return;
        }

        Hold(ref ctx, entry);
        ctx.RunAside(this);
    }

    public void Compute() => Search(_list.List);

    public bool TryFinish(scoped ref CommandContext ctx)
    {
        if (changes && !(ctx.TryPeek(ctx.Key(1), out var entry) && _list.IsOf(entry)))
        {
            _list.Dispose();
            if (!TryRead(ref ctx, out entry))
                return true;
            Hold(ref ctx, entry);
            return false;
        }

        // Given back before the change: what nobody else holds is changed in place.
        _list.Dispose();
        Finish(ref ctx);
        return true;
    }

    public void Dispose()
    {
        _list.Dispose();
        Forget();
    }

    /// <summary>Looks for what the command wants; forgets what an earlier search has found.</summary>
    protected abstract void Search(ListValue list);

    /// <summary>Answers, and changes the list as it was when it was searched. LOCK: the key's stripe.</summary>
    protected abstract void Finish(scoped ref CommandContext ctx);

    /// <summary>Answers for a key that is not there.</summary>
    protected abstract void FinishMissing(scoped ref CommandContext ctx);

    /// <summary>The list is going to be searched with the stripe released.</summary>
    protected virtual void Prepare(HeldCollection list)
    {
    }

    /// <summary>Gives back what the search has made.</summary>
    protected virtual void Forget()
    {
    }

    private void Hold(scoped ref CommandContext ctx, scoped in Entry entry)
    {
        _list = ctx.Keyspace.Hold(entry);
        Prepare(_list);
    }

    private bool TryRead(scoped ref CommandContext ctx, out Entry entry)
    {
        if (!Collections.TryFind(ref ctx, ctx.Key(1), EntryType.List, out entry, out var exists))
            return false;
        if (!exists)
            FinishMissing(ref ctx);
        return exists;
    }
}
