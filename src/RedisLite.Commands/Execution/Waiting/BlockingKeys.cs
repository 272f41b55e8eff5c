using RedisLite.Storage;

namespace RedisLite.Commands.Execution.Waiting;

/// <summary>How a blocking command looks at its keys, in its first try and in further ones.</summary>
/// <remarks>
/// <code>
///   first try      every key, in the order of the arguments; a key of another type is an error
///   served         only the key that another client has made ready, as in Redis: of two that a transaction makes ready
///   the
///                  first one that it made
///   handed back    every key that holds what the command waits for, in the order of the arguments
/// </code>
/// A key that got another type while its client waited is no error: it is not there for it.
/// </remarks>
internal static class BlockingKeys
{
    /// <summary>As <see cref="Collections.TryFind"/>.</summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="argument">A declared key.</param>
    /// <param name="type">What the command waits for.</param>
    /// <param name="entry">Check <paramref name="exists"/> first.</param>
    /// <param name="exists">Whether there is something for the client.</param>
    /// <returns>False when the error is replied.</returns>
    public static bool TryFind(
        scoped ref CommandContext ctx, int argument, EntryType type, out Entry entry, out bool exists)
    {
        entry = default;
        exists = false;
        return !IsWorthALook(ref ctx, argument, type)
            || Collections.TryFind(ref ctx, ctx.Key(argument), type, out entry, out exists);
    }

    private static bool IsWorthALook(scoped ref CommandContext ctx, int argument, EntryType type)
    {
        if (!ctx.IsFurtherTry)
            return true;
        var key = ctx.Key(argument);
        return ctx.IsReady(key) && ctx.TryPeek(key, out var entry) && entry.Type == type;
    }
}
