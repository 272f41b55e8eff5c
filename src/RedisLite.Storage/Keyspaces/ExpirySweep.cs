namespace RedisLite.Storage.Keyspaces;

/// <summary>
/// What <see cref="KeyspaceExpiry.ExpireDue"/> or <see cref="FieldExpiry.ExpireFields"/> did to a stripe.
/// </summary>
/// <param name="Removed">Number of keys or fields deleted.</param>
/// <param name="NextExpiryMs">When the stripe's next one expires, or <see cref="long.MaxValue"/>.</param>
/// <param name="NowMs">The time that the sweep was called with.</param>
public readonly record struct ExpirySweep(int Removed, long NextExpiryMs, long NowMs)
{
    /// <summary>There are more keys due than the sweep was allowed to delete: call again.</summary>
    public bool HasMoreDue => NextExpiryMs <= NowMs;
}
