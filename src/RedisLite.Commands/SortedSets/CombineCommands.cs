using RedisLite.Commands.Execution;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.SortedSets;

/// <summary>ZUNION, ZINTER, ZDIFF, ZUNIONSTORE, ZINTERSTORE, ZDIFFSTORE, ZINTERCARD.</summary>
internal static class CombineCommands
{
    private const string UnionComplexity =
        "O(N)+O(M*log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of "
            + "elements in the resulting sorted set.";

    private const string UnionStoreComplexity =
        "O(N)+O(M log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of "
            + "elements in the resulting sorted set.";

    private const string InterComplexity =
        "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted "
            + "sets and M being the number of elements in the resulting sorted set.";

    private const string DiffComplexity =
        "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the "
            + "first set, and K is the size of the result set.";

    private const string ReadSyntax =
        "numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>] [WITHSCORES]";

    private const string StoreSyntax =
        "destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]";

    private const CommandFlags ReadFlags = CommandFlags.MovableKeys | CommandFlags.Pooled;
    private const CommandFlags StoreFlags = CommandFlags.DenyOom | CommandFlags.MovableKeys | CommandFlags.Pooled;

    // Members of all sources together beyond which they are combined while the stripes are released.
    private const int FewMembers = 2000;

    [Command("ZUNION", Arity = -3, Keys = "R numkeys@1", Flags = ReadFlags, Group = CommandGroup.SortedSet,
        Since = "6.2.0", Complexity = UnionComplexity, Syntax = ReadSyntax, Summary = "Add multiple sorted sets")]
    public static void Union(ref CommandContext ctx) => Reply(ref ctx, CombinationKind.Union);

    [Command("ZINTER", Arity = -3, Keys = "R numkeys@1", Flags = ReadFlags, Group = CommandGroup.SortedSet,
        Since = "6.2.0", Complexity = InterComplexity, Syntax = ReadSyntax, Summary = "Intersect multiple sorted sets")]
    public static void Intersect(ref CommandContext ctx) => Reply(ref ctx, CombinationKind.Intersection);

    [Command("ZDIFF", Arity = -3, Keys = "R numkeys@1", Flags = ReadFlags, Group = CommandGroup.SortedSet,
        Since = "6.2.0", Complexity = DiffComplexity, Syntax = "numkeys key [key ...] [WITHSCORES]",
        Summary = "Subtract multiple sorted sets")]
    public static void Subtract(ref CommandContext ctx) => Reply(ref ctx, CombinationKind.Difference);

    [Command("ZUNIONSTORE", Arity = -4, Keys = "W 1, R numkeys@2", Flags = StoreFlags, Group = CommandGroup.SortedSet,
        Since = "2.0.0", Complexity = UnionStoreComplexity, Syntax = StoreSyntax,
        Summary = "Add multiple sorted sets and store the resulting sorted set in a new key")]
    public static void UnionStore(ref CommandContext ctx) => Store(ref ctx, CombinationKind.Union);

    [Command("ZINTERSTORE", Arity = -4, Keys = "W 1, R numkeys@2", Flags = StoreFlags, Group = CommandGroup.SortedSet,
        Since = "2.0.0", Complexity = InterComplexity, Syntax = StoreSyntax,
        Summary = "Intersect multiple sorted sets and store the resulting sorted set in a new key")]
    public static void IntersectStore(ref CommandContext ctx) => Store(ref ctx, CombinationKind.Intersection);

    [Command("ZDIFFSTORE", Arity = -4, Keys = "W 1, R numkeys@2", Flags = StoreFlags, Group = CommandGroup.SortedSet,
        Since = "6.2.0", Complexity = DiffComplexity, Syntax = "destination numkeys key [key ...]",
        Summary = "Subtract multiple sorted sets and store the resulting sorted set in a new key")]
    public static void SubtractStore(ref CommandContext ctx) => Store(ref ctx, CombinationKind.Difference);

    [Command("ZINTERCARD", Arity = -3, Keys = "R numkeys@1", Flags = ReadFlags, Group = CommandGroup.SortedSet,
        Since = "7.0.0",
        Complexity = "O(N*K) worst case with N being the smallest input sorted set, K being the number of input "
            + "sorted sets.", Syntax = "numkeys key [key ...] [LIMIT limit]",
        Summary = "Intersect multiple sorted sets and return the cardinality of the result")]
    public static void IntersectionCardinality(ref CommandContext ctx)
    {
        if (CombinationRequest.TryRead(ref ctx, keyCount: 1, CombinationForm.Counted) is { } request)
            Run(ref ctx, new CountWork(ref ctx, request));
    }

    private static CombinationForm FormOf(CombinationKind kind) =>
        kind == CombinationKind.Difference ? CombinationForm.None : CombinationForm.Scored;

    private static void Reply(ref CommandContext ctx, CombinationKind kind)
    {
        if (CombinationRequest.TryRead(ref ctx, keyCount: 1, FormOf(kind) | CombinationForm.Replied) is { } request)
            Run(ref ctx, new ReplyWork(ref ctx, kind, request));
    }

    private static void Store(ref CommandContext ctx, CombinationKind kind)
    {
        if (CombinationRequest.TryRead(ref ctx, keyCount: 2, FormOf(kind)) is { } request)
            Run(ref ctx, new StoreWork(ref ctx, kind, request));
    }

    private static void Run(scoped ref CommandContext ctx, CombinationWork work) =>
        AsideWork.Run(ref ctx, work, work.Members > FewMembers);

    private static ReadOnlySpan<byte> EventOf(CombinationKind kind) => kind switch
    {
        CombinationKind.Union => "zunionstore"u8,
        CombinationKind.Intersection => "zinterstore"u8,
        _ => "zdiffstore"u8,
    };

    /// <summary>What the commands compute from their sources.</summary>
    private abstract class CombinationWork(
        scoped ref CommandContext ctx, CombinationKind kind, CombinationRequest request) : IAsideWork
    {
        private readonly Keyspace _keyspace = ctx.Keyspace;
        private HeldCollection _result;

        /// <summary>Of all sources together.</summary>
        public long Members
        {
            get
            {
                var members = 0L;
                for (var i = 0; i < Sources.Count; i++)
                    members += SourceCursor.Count(ref Sources[i]);
                return members;
            }
        }

        protected HeldSources Sources { get; } = new(ref ctx, request.FirstKey, request.Weights.Length);

        protected Combination Combination { get; } = new(
            kind, request.Aggregate, request.Weights, ctx.Options.Encodings.OfSortedSets);

        protected ref HeldCollection Result => ref _result;

        /// <summary>Whether the result gets a key.</summary>
        protected virtual bool IsStored => false;

        public virtual void Compute()
        {
            _result.Dispose();
            _result = _keyspace.NewCollection(EntryType.SortedSet);
            Combination.Compute(Sources, ref _result, IsStored);
        }

        public abstract bool TryFinish(ref CommandContext ctx);

        public void Dispose()
        {
            Sources.Dispose();
            _result.Dispose();
        }
    }

    /// <summary>Replies what the sources made at the moment when they were held.</summary>
    private sealed class ReplyWork(scoped ref CommandContext ctx, CombinationKind kind, CombinationRequest request)
        : CombinationWork(ref ctx, kind, request)
    {
        private readonly bool _withScores = request.WithScores;

        public override bool TryFinish(ref CommandContext ctx)
        {
            var walk = new MemberWalk(0, Result.IsEmpty ? 0 : Result.SortedSet.Count, IsReversed: false);
            MemberReply.Write(ref ctx, ref Result, walk, MemberReply.ShapeOf(ctx.Reply, _withScores));
            return true;
        }
    }

    /// <summary>Stores what the sources make, if they are still the same.</summary>
    private sealed class StoreWork(scoped ref CommandContext ctx, CombinationKind kind, CombinationRequest request)
        : CombinationWork(ref ctx, kind, request)
    {
        private readonly CombinationKind _kind = kind;

        protected override bool IsStored => true;

        public override bool TryFinish(ref CommandContext ctx)
        {
            if (!Sources.AreSame(ref ctx))
                return false;
            var destination = ctx.Key(1);
            SortedSetResult.Store(ref ctx, destination, ref Result, EventOf(_kind));
            return true;
        }
    }

    private sealed class CountWork(scoped ref CommandContext ctx, CombinationRequest request)
        : CombinationWork(ref ctx, CombinationKind.Intersection, request)
    {
        private readonly long _limit = request.Limit;
        private long _count;

        public override void Compute() => _count = Combination.CountIntersection(Sources, _limit);

        public override bool TryFinish(ref CommandContext ctx)
        {
            ctx.Reply.Integer(_count);
            return true;
        }
    }
}
