using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Sets;

/// <summary>What is computed from several sets.</summary>
internal enum SetOperationKind
{
    Intersection,
    IntersectionCount,
    Union,
    Difference,
}

/// <summary>One run of an operation on several sets: its sources, held, and its result, a set of no key.</summary>
/// <remarks>
/// Small ones are computed where the command runs; large ones aside, with the stripes released
/// (<see cref="IAsideWork"/>). What is only replied is the result of the moment at which the sources were held; what is
/// stored must be that of the moment at which it is stored, so there the sources are compared and held anew if one has
/// changed.
/// </remarks>
internal sealed class SetOperation : IAsideWork
{
    // Members of all sources from which on an operation is done aside.
    private const long AsideFrom = 4096;

    private readonly SetOperationKind _kind;
    private readonly int _first;
    private readonly int _destination;
    private readonly long _limit;
    private readonly int _maxIntegers;
    private readonly HeldCollection[] _sources;
    private HeldCollection _result;
    private long _count;

    private SetOperation(SetOperationKind kind, int first, int keys, int destination, long limit, int maxIntegers)
    {
        _kind = kind;
        _first = first;
        _destination = destination;
        _limit = limit;
        _maxIntegers = maxIntegers;
        _sources = new HeldCollection[keys];
    }

    /// <summary>Looks the keys up, computes and replies.</summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="kind">What to do.</param>
    /// <param name="first">The argument that is the first source.</param>
    /// <param name="keys">How many sources there are.</param>
    /// <param name="destination">The argument that names where the result is stored; 0 to reply with it.</param>
    /// <param name="limit">Where to stop counting.</param>
    public static void Run(
        ref CommandContext ctx, SetOperationKind kind, int first, int keys, int destination = 0,
        long limit = long.MaxValue)
    {
        var operation = new SetOperation(kind, first, keys, destination, limit, ctx.Options.Encodings.IntegersOfSets);
        if (!operation.TryHoldSources(ref ctx, out var members))
        {
            operation.Dispose();
            ctx.Reply.Error(Errors.WrongType);
            return;
        }

        if (members >= AsideFrom)
        {
            ctx.RunAside(operation);
            return;
        }

        using (operation)
        {
            operation.Compute();
            operation.End(ref ctx);
        }
    }

    public void Compute()
    {
        _result.Dispose();
        SetMath.Compute(_kind, _sources, _maxIntegers, _limit, out _count, ref _result);
    }

    public bool TryFinish(ref CommandContext ctx)
    {
        if (_destination != 0 && !AreSourcesTheSame(ref ctx))
            return false;
        End(ref ctx);
        return true;
    }

    public void Dispose()
    {
        ReleaseSources();
        _result.Dispose();
    }

    private bool TryHoldSources(ref CommandContext ctx, out long members)
    {
        members = 0;
        for (var i = 0; i < _sources.Length; i++)
        {
            if (!ctx.TryRead(ctx.Key(_first + i), out var entry))
                continue;
            if (entry.Type != EntryType.Set)
                return false;
            _sources[i] = ctx.Keyspace.Hold(entry);
            members += _sources[i].Set.Count;
        }

        return true;
    }

    /// <summary>Compares the sources with what their keys hold now, and holds that if one is another.</summary>
    /// <remarks>
    /// A key that holds another type by now is as good as missing: that is replied as an error before.
    /// </remarks>
    private bool AreSourcesTheSame(ref CommandContext ctx)
    {
        var same = true;
        for (var i = 0; i < _sources.Length; i++)
        {
            var exists = ctx.TryPeek(ctx.Key(_first + i), out var entry) && entry.Type == EntryType.Set;
            if (exists ? _sources[i].IsOf(entry) : _sources[i].IsEmpty)
                continue;
            same = false;
            _sources[i].Dispose();
            _sources[i] = exists ? ctx.Keyspace.Hold(entry) : default;
        }

        return same;
    }

    private void ReleaseSources()
    {
        foreach (ref var source in _sources.AsSpan())
            source.Dispose();
    }

    private void End(ref CommandContext ctx)
    {
        if (_destination != 0)
            Store(ref ctx);
        else if (_kind == SetOperationKind.IntersectionCount)
            ctx.Reply.Integer(_count);
        else
            SetReply.Send(ref ctx, ref _result);
    }

    private void Store(ref CommandContext ctx)
    {
        var key = ctx.Key(_destination);
        if (_result.IsEmpty)
        {
            if (ctx.TryPeek(key, out _) && ctx.Keyspace.Remove(key))
            {
                ctx.Changed();
                ctx.Notify(KeyspaceEvents.Generic, "del"u8, key.Bytes);
            }

            ctx.Reply.Integer(0);
            return;
        }

        var count = _result.Set.Count;
        ctx.NotifyIfNew(key);
        ctx.Keyspace.SetCollection(key, ref _result);
        ctx.Changed();
        ctx.Notify(KeyspaceEvents.Sets, EventName, key.Bytes);
        ctx.Reply.Integer(count);
    }

    private ReadOnlySpan<byte> EventName => _kind switch
    {
        SetOperationKind.Intersection => "sinterstore"u8,
        SetOperationKind.Union => "sunionstore"u8,
        _ => "sdiffstore"u8,
    };
}
