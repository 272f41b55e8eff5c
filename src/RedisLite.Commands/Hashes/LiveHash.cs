using RedisLite.Storage.Values;

namespace RedisLite.Commands.Hashes;

/// <summary>
/// A hash as a moment sees it: fields whose time has come are missing, though they may still be there.
/// </summary>
/// <remarks>Spans and locks as for <see cref="HashValue"/>.</remarks>
internal readonly ref struct LiveHash
{
    private readonly HashValue _hash;
    private readonly long _nowMs;

    public LiveHash(HashValue hash, long nowMs)
    {
        _hash = hash;
        _nowMs = nowMs;
    }

    public LiveHash(scoped in CommandContext ctx, scoped in Entry entry)
        : this(ctx.Keyspace.HashOf(entry), ClockOf(ctx))
    {
    }

    /// <summary>
    /// Whether a field may have expired that is still there: ranks are then not those of live fields.
    /// </summary>
    public bool MayHaveExpired => _hash.EarliestExpiryMs <= _nowMs;

    /// <summary>Live fields. O(log n).</summary>
    public long Count => _hash.Count - _hash.CountExpired(_nowMs);

    /// <summary>
    /// The time that fields expire by for a command: a log holds each expiry as a deletion of its own, so nothing
    /// expires for what is replayed.
    /// </summary>
    public static long ClockOf(scoped in CommandContext ctx) => ctx.Session.IsObeyed ? long.MinValue : ctx.NowMs;

    public static bool IsExpired(long expireAtMs, long nowMs) =>
        expireAtMs != HashValue.NoExpiry && expireAtMs <= nowMs;

    public bool Contains(scoped ReadOnlySpan<byte> field) => TryGet(field, out _, out _);

    public bool TryGet(scoped ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value) =>
        TryGet(field, out value, out _);

    public bool TryGet(scoped ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value, out long expireAtMs) =>
        _hash.TryGet(field, out value, out expireAtMs) && !IsExpired(expireAtMs, _nowMs);
}
