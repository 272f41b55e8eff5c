using RedisLite.Commands.Execution;
using RedisLite.Commands.SortedSets;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Geo;

/// <summary>
/// GEOSEARCH and GEOSEARCHSTORE, and the older GEORADIUS and GEORADIUSBYMEMBER with their read-only forms.
/// </summary>
internal static class GeoSearchCommands
{
    private const string SearchComplexity =
        "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area around the shape "
            + "provided as the filter and M is the number of items inside the shape";

    private const string RadiusComplexity =
        "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by "
            + "center and radius and M is the number of items inside the index.";

    private const string SearchArea =
        "<FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius <M | KM | FT | MI> | BYBOX width height "
            + "<M | KM | FT | MI>> [ASC | DESC] [COUNT count [ANY]]";

    private const string RadiusOptions =
        "radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]] [ASC | DESC]";
    private const string StoreOptions = " [STORE key | STOREDIST key]";

    // Members in the cells around the shape beyond which they are searched while the stripes are released.
    private const int FewCandidates = 2000;

    // Members beyond which a reply is a long one.
    private const int ShortReply = 200;

    [Command("GEOSEARCH", Arity = -7, Keys = "R 1", Flags = CommandFlags.Pooled, Group = CommandGroup.Geo,
        Since = "6.2.0", Complexity = SearchComplexity,
        Syntax = "key " + SearchArea + " [WITHCOORD] [WITHDIST] [WITHHASH]",
        Summary = "Query a sorted set representing a geospatial index to fetch members inside an area of a box or a "
            + "circle.")]
    public static void Search(ref CommandContext ctx) => Run(ref ctx, GeoSearchForm.Search, mayStore: false);

    [Command("GEOSEARCHSTORE", Arity = -8, Keys = "W 1, R 2", Flags = CommandFlags.DenyOom | CommandFlags.Pooled,
        Group = CommandGroup.Geo, Since = "6.2.0", Complexity = SearchComplexity,
        Syntax = "destination source " + SearchArea + " [STOREDIST]",
        Summary = "Query a sorted set representing a geospatial index to fetch members inside an area of a box or a "
            + "circle, and store the result in another key.")]
    public static void SearchStore(ref CommandContext ctx) => Run(ref ctx, GeoSearchForm.SearchStore, mayStore: false);

    [Command("GEORADIUS", Arity = -6, Keys = "R 1, W STORE@6, W STOREDIST@6",
        Flags = CommandFlags.DenyOom | CommandFlags.MovableKeys | CommandFlags.Pooled, Group = CommandGroup.Geo,
        Since = "3.2.0", Complexity = RadiusComplexity,
        Syntax = "key longitude latitude " + RadiusOptions + StoreOptions,
        Summary = "Query a sorted set representing a geospatial index to fetch members matching a given maximum "
            + "distance from a point")]
    public static void Radius(ref CommandContext ctx) => Run(ref ctx, GeoSearchForm.RadiusOfPlace, mayStore: true);

    [Command("GEORADIUSBYMEMBER", Arity = -5, Keys = "R 1, W STORE@5, W STOREDIST@5",
        Flags = CommandFlags.DenyOom | CommandFlags.MovableKeys | CommandFlags.Pooled, Group = CommandGroup.Geo,
        Since = "3.2.0", Complexity = RadiusComplexity, Syntax = "key member " + RadiusOptions + StoreOptions,
        Summary = "Query a sorted set representing a geospatial index to fetch members matching a given maximum "
            + "distance from a member")]
    public static void RadiusByMember(ref CommandContext ctx) =>
        Run(ref ctx, GeoSearchForm.RadiusOfMember, mayStore: true);

    [Command("GEORADIUS_RO", Arity = -6, Keys = "R 1", Flags = CommandFlags.Pooled, Group = CommandGroup.Geo,
        Since = "3.2.10", Complexity = RadiusComplexity, Syntax = "key longitude latitude " + RadiusOptions,
        Summary = "A read-only variant for GEORADIUS")]
    public static void RadiusReadOnly(ref CommandContext ctx) =>
        Run(ref ctx, GeoSearchForm.RadiusOfPlace, mayStore: false);

    [Command("GEORADIUSBYMEMBER_RO", Arity = -5, Keys = "R 1", Flags = CommandFlags.Pooled, Group = CommandGroup.Geo,
        Since = "3.2.10", Complexity = RadiusComplexity, Syntax = "key member " + RadiusOptions,
        Summary = "A read-only variant for GEORADIUSBYMEMBER")]
    public static void RadiusByMemberReadOnly(ref CommandContext ctx) =>
        Run(ref ctx, GeoSearchForm.RadiusOfMember, mayStore: false);

    private static int SourceOf(GeoSearchForm form) => form == GeoSearchForm.SearchStore ? 2 : 1;

    private static void Run(ref CommandContext ctx, GeoSearchForm form, bool mayStore)
    {
        var key = ctx.Key(SourceOf(form));
        if (!SortedSetReads.TryFind(ref ctx, key, out var entry, out var exists)
            || GeoQueryReader.TryRead(ref ctx, form, mayStore, entry, exists) is not { } query)
            return;
        if (exists)
            AsideWork.Run(
                ref ctx, new GeoWork(ref ctx, form, mayStore, query), IsLong(ctx.Keyspace.SortedSetOf(entry), query));
        else
            ReplyNothing(ref ctx, form, query);
    }

    private static bool IsLong(SortedSetValue set, GeoQuery query) =>
        set.Count > FewCandidates && GeoSearch.CountCandidates(set, query.Shape) > FewCandidates;

    private static void ReplyNothing(scoped ref CommandContext ctx, GeoSearchForm form, GeoQuery query)
    {
        if (query.Destination == 0)
        {
            ctx.Reply.Array(0);
            return;
        }

        var nothing = ctx.Keyspace.NewCollection(EntryType.SortedSet);
        Store(ref ctx, form, query, ref nothing);
    }

    private static void Store(
        scoped ref CommandContext ctx, GeoSearchForm form, GeoQuery query, ref HeldCollection result)
    {
        var destination = ctx.Key(query.Destination);
        var name = form == GeoSearchForm.SearchStore ? "geosearchstore"u8 : "georadiusstore"u8;
        SortedSetResult.Store(ref ctx, destination, ref result, name, changesPerMember: true);
    }

    /// <summary>A search of the source as it was when it was held.</summary>
    private sealed class GeoWork : IAsideWork
    {
        private readonly GeoSearchForm _form;
        private readonly bool _mayStore;
        private readonly Keyspace _keyspace;
        private readonly SmallLimits _limits;
        private readonly HeldSources _source;
        private GeoQuery _query;
        private List<GeoMatch> _matches = [];
        private HeldCollection _result;

        public GeoWork(scoped ref CommandContext ctx, GeoSearchForm form, bool mayStore, GeoQuery query)
        {
            _form = form;
            _mayStore = mayStore;
            _query = query;
            _keyspace = ctx.Keyspace;
            _limits = ctx.Options.Encodings.OfSortedSets;
            _source = new HeldSources(ref ctx, SourceOf(form), count: 1);
        }

        public void Compute()
        {
            _matches = GeoSearch.Run(_source[0].SortedSet, _query);
            if (_query.Destination == 0)
                return;
            _result.Dispose();
            _result = _keyspace.NewCollection(EntryType.SortedSet);
            foreach (var match in _matches)
            {
                var score = _query.StoresDistances ? match.Distance / _query.Extent!.Value.MetresPerUnit : match.Score;
                _result.SortedSet.Set(_source[0].SortedSet.At(match.Rank).Member, score, _limits);
            }
        }

        public bool TryFinish(ref CommandContext ctx)
        {
            if (_query.Destination == 0)
                Reply(ref ctx);
            else if (_source.AreSame(ref ctx))
                Store(ref ctx, _form, _query, ref _result);
            else
                return TryRestart(ref ctx);
            return true;
        }

        public void Dispose()
        {
            _source.Dispose();
            _result.Dispose();
        }

        private void Reply(scoped ref CommandContext ctx)
        {
            var reply = new GeoReply(_source[0], _matches, _query);
            _source[0] = default;
            if (_matches.Count > ShortReply)
            {
                ctx.ReplyFrom(reply);
                return;
            }

            using (reply)
            {
                while (reply.WriteMore(ctx.Reply))
                {
                }
            }
        }

        /// <summary>
        /// Somebody has changed the source: the member in the middle may be elsewhere, or not there any more.
        /// </summary>
        /// <returns>Whether the command has ended with that.</returns>
        private bool TryRestart(scoped ref CommandContext ctx)
        {
            var key = ctx.Key(SourceOf(_form));
            if (!SortedSetReads.TryFind(ref ctx, key, out var entry, out var exists)
                || GeoQueryReader.TryRead(ref ctx, _form, _mayStore, entry, exists) is not { } query)
                return true;
            _query = query;
            if (exists)
                return false;
            ReplyNothing(ref ctx, _form, query);
            return true;
        }
    }
}
