namespace RedisLite.Commands.Geo;

/// <summary>Reads the arguments of the searching commands, in the order in which Redis finds fault with them.</summary>
internal static class GeoQueryReader
{
    private enum Outcome
    {
        /// <summary>The option is none of these.</summary>
        Unknown,
        Taken,

        /// <summary>Its values are not valid; the error is replied.</summary>
        Refused,
    }

    /// <summary>Reads a search. Null when the error is replied.</summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="form">The command.</param>
    /// <param name="mayStore">Whether STORE and STOREDIST name a key.</param>
    /// <param name="entry">The sorted set.</param>
    /// <param name="exists">Whether it is there; in a missing one any member is found.</param>
    public static GeoQuery? TryRead(
        scoped ref CommandContext ctx, GeoSearchForm form, bool mayStore, scoped in Entry entry, bool exists)
    {
        var query = new GeoQuery { Destination = form == GeoSearchForm.SearchStore ? 1 : 0 };
        if (!TryReadFixed(ref ctx, form, query, entry, exists))
            return null;
        var options = new ArgReader(ctx.Args, FirstOption(form));
        while (options.HasMore)
        {
            var outcome = ReadFlag(ref options, query);
            if (outcome == Outcome.Unknown)
                outcome = ReadCount(ref ctx, ref options, query);
            if (outcome == Outcome.Unknown)
                outcome = ReadDestination(ref options, query, form, mayStore);
            if (outcome == Outcome.Unknown && form >= GeoSearchForm.Search)
                outcome = ReadCenter(ref ctx, ref options, query, entry, exists);
            if (outcome == Outcome.Unknown && form >= GeoSearchForm.Search)
                outcome = ReadExtent(ref ctx, ref options, query);
            if (outcome == Outcome.Unknown)
                ctx.Reply.Error(Errors.Syntax);
            if (outcome != Outcome.Taken)
                return null;
        }

        var error = Check(ref ctx, form, query);
        if (error.IsEmpty)
            return query;
        ctx.Reply.Error(error);
        return null;
    }

    private static int FirstOption(GeoSearchForm form) => form switch
    {
        GeoSearchForm.RadiusOfPlace => 6,
        GeoSearchForm.RadiusOfMember => 5,
        GeoSearchForm.Search => 2,
        _ => 3,
    };

    /// <summary>What GEORADIUS and GEORADIUSBYMEMBER have before their options.</summary>
    private static bool TryReadFixed(
        scoped ref CommandContext ctx, GeoSearchForm form, GeoQuery query, scoped in Entry entry, bool exists)
    {
        if (form == GeoSearchForm.RadiusOfPlace)
        {
            if (!GeoArguments.TryReadPlace(ref ctx, 2, out var place)
                || !GeoArguments.TryReadRadius(ref ctx, 4, out var extent))
                return false;
            query.Center = place;
            query.Extent = extent;
        }
        else if (form == GeoSearchForm.RadiusOfMember && exists)
        {
            if (!query.TryCenterOn(ref ctx, ctx.Keyspace.SortedSetOf(entry), 2)
                || !GeoArguments.TryReadRadius(ref ctx, 3, out var extent))
                return false;
            query.Extent = extent;
        }

        return true;
    }

    private static Outcome ReadFlag(ref ArgReader options, GeoQuery query)
    {
        if (options.TryTake("WITHDIST"u8))
            query.WithDistance = true;
        else if (options.TryTake("WITHHASH"u8))
            query.WithHash = true;
        else if (options.TryTake("WITHCOORD"u8))
            query.WithPlace = true;
        else if (options.TryTake("ANY"u8))
            query.IsAny = true;
        else if (options.TryTake("ASC"u8))
            query.Order = GeoOrder.Ascending;
        else if (options.TryTake("DESC"u8))
            query.Order = GeoOrder.Descending;
        else
            return Outcome.Unknown;
        return Outcome.Taken;
    }

    private static Outcome ReadCount(scoped ref CommandContext ctx, ref ArgReader options, GeoQuery query)
    {
        if (!options.TryTake("COUNT"u8, out var value))
            return Outcome.Unknown;
        if (!ctx.Args.TryGetInt64(value, out var count))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return Outcome.Refused;
        }

        if (count <= 0)
        {
            ctx.Reply.Error(Errors.CountNotPositive);
            return Outcome.Refused;
        }

        query.Count = count;
        return Outcome.Taken;
    }

    private static Outcome ReadDestination(ref ArgReader options, GeoQuery query, GeoSearchForm form, bool mayStore)
    {
        if (mayStore && options.TryTake("STORE"u8, out var value))
        {
            query.Destination = value;
            query.StoresDistances = false;
        }
        else if (mayStore && options.TryTake("STOREDIST"u8, out value))
        {
            query.Destination = value;
            query.StoresDistances = true;
        }
        else if (form == GeoSearchForm.SearchStore && options.TryTake("STOREDIST"u8))
        {
            query.StoresDistances = true;
        }
        else
        {
            return Outcome.Unknown;
        }

        return Outcome.Taken;
    }

    private static Outcome ReadCenter(
        scoped ref CommandContext ctx, ref ArgReader options, GeoQuery query, scoped in Entry entry, bool exists)
    {
        if (query.From != GeoCenter.Place && options.TryTake("FROMMEMBER"u8, out var value))
        {
            query.From = GeoCenter.Member;
            return !exists || query.TryCenterOn(ref ctx, ctx.Keyspace.SortedSetOf(entry), value)
                ? Outcome.Taken : Outcome.Refused;
        }

        if (query.From == GeoCenter.Member || !options.TryTake("FROMLONLAT"u8, 2, out value))
            return Outcome.Unknown;
        if (!GeoArguments.TryReadPlace(ref ctx, value, out var place))
            return Outcome.Refused;
        query.From = GeoCenter.Place;
        query.Center = place;
        return Outcome.Taken;
    }

    private static Outcome ReadExtent(scoped ref CommandContext ctx, ref ArgReader options, GeoQuery query)
    {
        GeoExtent extent;
        if (query.Extent is not { IsCircle: false } && options.TryTake("BYRADIUS"u8, 2, out var value))
        {
            if (!GeoArguments.TryReadRadius(ref ctx, value, out extent))
                return Outcome.Refused;
        }
        else if (query.Extent is not { IsCircle: true } && options.TryTake("BYBOX"u8, 3, out value))
        {
            if (!GeoArguments.TryReadBox(ref ctx, value, out extent))
                return Outcome.Refused;
        }
        else
        {
            return Outcome.Unknown;
        }

        query.Extent = extent;
        return Outcome.Taken;
    }

    /// <summary>What is wrong with the options together, or nothing.</summary>
    private static ReadOnlySpan<byte> Check(scoped ref CommandContext ctx, GeoSearchForm form, GeoQuery query)
    {
        if (query.Destination != 0 && (query.WithDistance || query.WithHash || query.WithPlace))
            return form == GeoSearchForm.SearchStore
                ? GeoErrors.SearchStoreWithDetails : GeoErrors.RadiusStoreWithDetails;
        if (form >= GeoSearchForm.Search && query.From == GeoCenter.None)
            return GeoErrors.NoCenter(ctx.Args[0]);
        if (form >= GeoSearchForm.Search && query.Extent is null)
            return GeoErrors.NoArea(ctx.Args[0]);
        return query.IsAny && query.Count == 0 ? GeoErrors.AnyWithoutCount : default;
    }
}
