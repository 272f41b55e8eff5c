using RedisLite.Storage;

namespace RedisLite.Commands.Execution;

/// <summary>
/// Where the keys of each slot are at one moment: what every request of a cluster's node is looked up in.
/// </summary>
/// <remarks>Immutable; any thread. A change of the cluster puts another one in its place.</remarks>
public sealed class SlotRouting
{
    /// <summary>The number of nobody.</summary>
    public const ushort Unbound = 0;

    /// <summary>The number of this node.</summary>
    public const ushort Self = 1;

    private readonly ushort[] _owners;
    private readonly string[] _endpoints;

    /// <param name="owners">For each slot the number of its owner.</param>
    /// <param name="endpoints">Where each number is, as clients are told.</param>
    public SlotRouting(ushort[] owners, string[] endpoints)
    {
        ArgumentNullException.ThrowIfNull(owners);
        ArgumentOutOfRangeException.ThrowIfNotEqual(owners.Length, KeySlot.Count, nameof(owners));
        _owners = owners;
        _endpoints = endpoints;
    }

    /// <summary>Slots without an owner, or no majority: keys are not served.</summary>
    public bool IsDown { get; init; }

    /// <summary>The number of the primary that this node follows; <see cref="Unbound"/> when it is one.</summary>
    public ushort Primary { get; init; }

    /// <summary>Slots whose keys leave one by one: to where.</summary>
    public IReadOnlyDictionary<int, string>? Migrating { get; init; }

    /// <summary>Slots whose keys arrive one by one.</summary>
    public IReadOnlySet<int>? Importing { get; init; }

    /// <summary>The number of a slot's owner.</summary>
    public ushort OwnerOf(int slot) => _owners[slot];

    /// <summary>Where a number is.</summary>
    public string EndpointOf(ushort owner) => _endpoints[owner];
}
