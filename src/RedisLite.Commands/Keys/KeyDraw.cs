using RedisLite.Protocol;

namespace RedisLite.Commands.Keys;

/// <summary>RANDOMKEY's choice of a key that has not expired.</summary>
internal ref struct KeyDraw
{
    private readonly ReplyWriter _reply;
    private readonly Databases _databases;
    private readonly long _nowMs;
    private long _seen;

    public KeyDraw(scoped ref CommandContext ctx)
    {
        _reply = ctx.Reply;
        _databases = ctx.Databases;
        _nowMs = ctx.NowMs;
    }

    /// <summary>Whether <see cref="Take"/> has replied.</summary>
    public bool IsTaken { get; private set; }

    /// <summary>The stripe of the expired key that <see cref="Take"/> saw last.</summary>
    public int ExpiredIn { get; private set; }

    /// <summary>What <see cref="Choose"/> leaves after a whole walk; null when there is no live key.</summary>
    public byte[]? Chosen { get; private set; }

    /// <summary>Replies with the visited key unless it has expired.</summary>
    public static void Take(in Entry entry, ref KeyDraw draw)
    {
        if (entry.IsExpired(draw._nowMs))
        {
            draw.ExpiredIn = draw._databases.StripeOf(draw._databases.MakeKey(entry.Key).Hash);
            return;
        }

        draw._reply.Bulk(entry.Key);
        draw.IsTaken = true;
    }

    /// <summary>
    /// Keeps one of all the live keys visited, each with the same chance: the n-th replaces the one kept with 1/n.
    /// </summary>
    public static void Choose(in Entry entry, ref KeyDraw draw)
    {
        if (!entry.IsExpired(draw._nowMs) && Random.Shared.NextInt64(++draw._seen) == 0)
            draw.Chosen = entry.Key.ToArray();
    }
}
