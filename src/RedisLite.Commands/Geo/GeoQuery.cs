using RedisLite.Storage.Values;

namespace RedisLite.Commands.Geo;

/// <summary>Which of the searching commands it is.</summary>
internal enum GeoSearchForm
{
    /// <summary>GEORADIUS: longitude, latitude and radius follow the key.</summary>
    RadiusOfPlace,

    /// <summary>GEORADIUSBYMEMBER: member and radius follow the key.</summary>
    RadiusOfMember,

    /// <summary>GEOSEARCH: all are options.</summary>
    Search,

    /// <summary>GEOSEARCHSTORE: the destination stands before the key.</summary>
    SearchStore,
}

/// <summary>What a search begins from.</summary>
internal enum GeoCenter
{
    None,
    Member,
    Place,
}

/// <summary>In which order places are returned.</summary>
internal enum GeoOrder
{
    None,
    Ascending,
    Descending,
}

/// <summary>A search as its arguments describe it.</summary>
internal sealed record GeoQuery
{
    public GeoPoint? Center { get; set; }

    /// <summary>Which option gave it; a member of a missing key gives none.</summary>
    public GeoCenter From { get; set; }

    public GeoExtent? Extent { get; set; }

    public bool WithDistance { get; set; }

    public bool WithHash { get; set; }

    public bool WithPlace { get; set; }

    public GeoOrder Order { get; set; }

    /// <summary>0 for all.</summary>
    public long Count { get; set; }

    /// <summary>Any so many, not the nearest.</summary>
    public bool IsAny { get; set; }

    /// <summary>The argument that is the key to store at; 0 for none.</summary>
    public int Destination { get; set; }

    /// <summary>Distances are stored in place of scores.</summary>
    public bool StoresDistances { get; set; }

    public GeoShape Shape => Extent!.Value.Around(Center!.Value);

    /// <summary>A number of places to return means the nearest.</summary>
    public GeoOrder EffectiveOrder => Order == GeoOrder.None && Count != 0 && !IsAny ? GeoOrder.Ascending : Order;

    /// <summary>Takes the place of a member as the centre. When there is none the error is replied.</summary>
    public bool TryCenterOn(scoped ref CommandContext ctx, SortedSetValue set, int member)
    {
        if (set.TryGetScore(ctx.Args[member], out var score))
        {
            Center = GeoCell.PointOf(score);
            return true;
        }

        ctx.Reply.Error(GeoErrors.NoSuchMember);
        return false;
    }
}
