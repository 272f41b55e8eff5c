using RedisLite.Storage.Tables;

namespace RedisLite.Storage.Keyspaces;

/// <summary>
/// The keys that a database held until it was flushed or swapped, for <see cref="IKeyspaceObserver.Flushed"/>.
/// </summary>
/// <remarks>LOCK: valid during that call only, in which all stripes are held exclusively.</remarks>
public readonly ref struct FormerKeys
{
    private readonly Databases _databases;
    private readonly ReadOnlySpan<Stripe?> _stripes;

    internal FormerKeys(Databases databases, ReadOnlySpan<Stripe?> stripes)
    {
        _databases = databases;
        _stripes = stripes;
    }

    /// <summary>Whether the key was there, expired or not.</summary>
    public unsafe bool Contains(in Key key) =>
        !_stripes.IsEmpty && _stripes[_databases.StripeOf(key.Hash)] is { } stripe && stripe.Find(key) != null;
}
