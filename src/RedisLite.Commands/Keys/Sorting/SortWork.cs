using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Keys.Sorting;

/// <summary>One SORT, from the look at its key to the reply.</summary>
/// <remarks>
/// <code>
///   small    Compute, Finish            under the command's stripes: all of them, shared, if patterns lead to other
///   keys
///   large    begin a KeyReading         under the same stripes
///            Compute                    none held; looks up each key under its own stripe
///            TryFinish                  under the stripes again: have the source or any key that was read changed?
///                                       no: the result is this moment's. Yes: another round, at last under the stripes
/// </code>
/// A result that is only replied and depends on no other keys is that of the first moment: nothing is checked.
/// </remarks>
internal sealed class SortWork : IAsideWork
{
    // Sorted under the stripes: some hundreds of microseconds.
    private const long MostElements = 1000;
    private const long MostBytes = 128 * 1024;

    private readonly SortOptions _options;
    private readonly SortLookups _lookups;
    private readonly KeyReadings _readings;
    private readonly Keyspace _keyspace;
    private readonly ByteStrings _elements = new();
    private HeldCollection _source;
    private HeldCollection _list;
    private KeyReading? _reading;
    private SortResult? _result;
    private bool _hasBadNumber;

    public SortWork(scoped ref CommandContext ctx, SortOptions options)
    {
        _options = options;
        _keyspace = ctx.Keyspace;
        _readings = ctx.Services.KeyReadings;
        _lookups = new SortLookups(ctx.Databases, ctx.Keyspace.Index, ctx.NowMs, findsExpired: ctx.Session.IsObeyed);
    }

    /// <summary>Runs the command.</summary>
    public void Run(scoped ref CommandContext ctx)
    {
        if (!TryHold(ref ctx))
            return;
        var isLarge = CountOf(_source) > MostElements || BytesOf(_source) > MostBytes;
        if (isLarge && !ctx.IsInTransaction && !ctx.Session.IsObeyed)
        {
            Begin(ref ctx);
            ctx.RunAside(this);
            return;
        }

        using (this)
        {
            _lookups.Access = StripeAccess.HeldByCaller;
            Compute();
            Finish(ref ctx);
        }
    }

    public void Compute()
    {
        _elements.Clear();
        _list.Dispose();
        var order = _options.IsUnsorted ? LoadUnsorted() : LoadSorted(out _hasBadNumber);
        _result = _hasBadNumber ? null : Collect(order);
        if (_result is not null && _options.Store != 0)
            Build(_result);
    }

    public bool TryFinish(scoped ref CommandContext ctx)
    {
        if (_lookups.Access == StripeAccess.TakeEach && HasChanged(ref ctx))
        {
            _source.Dispose();
            _reading?.Dispose();
            if (!TryHold(ref ctx))
                return true;
            Begin(ref ctx);
            return false;
        }

        Finish(ref ctx);
        return true;
    }

    public void Dispose()
    {
        _source.Dispose();
        _list.Dispose();
        _reading?.Dispose();
    }

    /// <summary>Takes a reference of what is to be sorted; replies where there is nothing, or something else.</summary>
    private bool TryHold(scoped ref CommandContext ctx)
    {
        if (!ctx.TryRead(ctx.Key(1), out var entry))
        {
            ReplyNothing(ref ctx);
            return false;
        }

        if (entry.Type is not (EntryType.List or EntryType.Set or EntryType.SortedSet))
        {
            ctx.Reply.Error(Errors.WrongType);
            return false;
        }

        _source = ctx.Keyspace.Hold(entry);
        if (entry.Type == EntryType.Set && _options.IsUnsorted && (_options.Store != 0 || ctx.IsInTransaction))
            _options.SortByText();
        return true;
    }

    private void Begin(scoped ref CommandContext ctx)
    {
        if (ctx.IsNextRoundUnderStripes)
        {
            _lookups.Access = StripeAccess.HeldByCaller;
            return;
        }

        _lookups.Access = StripeAccess.TakeEach;
        if (!_options.ReadsOtherKeys)
            return;
        _lookups.Read = [];
        _reading = _readings.Begin(_keyspace.Index);
    }

    private bool HasChanged(scoped ref CommandContext ctx)
    {
        if (_reading is null && _options.Store == 0)
            return false;
        return !(ctx.TryPeek(ctx.Key(1), out var entry) && _source.IsOf(entry))
            || (_reading is not null && _reading.HasTouched(_lookups.Read!));
    }

    /// <summary>
    /// The part that is wanted, in the order in which it is; a list and a sorted set backwards for DESC.
    /// </summary>
    private int[] LoadUnsorted()
    {
        var (first, count) = _options.Slice((int)CountOf(_source));
        var backwards = _options.IsDescending;
        var last = CountOf(_source) - 1;
        var start = backwards ? last - first : first;
        switch (_source.Type)
        {
            case EntryType.List:
                var element = _source.List.At(start);
                for (; _elements.Count < count; _ = backwards ? element.MovePrevious() : element.MoveNext())
                    _elements.Add(element.Element);
                break;
            case EntryType.SortedSet:
                var ranked = _source.SortedSet.At(start);
                for (; _elements.Count < count; _ = backwards ? ranked.MovePrevious() : ranked.MoveNext())
                    _elements.Add(ranked.Member);
                break;
            default:
                for (var member = _source.Set.At(first); _elements.Count < count; member.MoveNext())
                    _elements.Add(member.Member);
                break;
        }

        return SortOrder.Identity(count);
    }

    private int[] LoadSorted(out bool hasBadNumber)
    {
        LoadAll();
        hasBadNumber = false;
        int[] order;
        if (_options.IsAlpha)
        {
            // Members of a set have no order that equal texts could keep.
            var deciding = _source.Type == EntryType.Set && _options.By is not null ? _elements : null;
            order = SortOrder.ByText(
                _options.By is null ? _elements : LookUpTexts(_options.By), deciding, _options.IsDescending);
        }
        else
        {
            var weights = ReadWeights(out hasBadNumber);
            order = hasBadNumber ? [] : SortOrder.ByNumber(_elements, weights, _options.IsDescending);
        }

        var (first, count) = _options.Slice(order.Length);
        return order[first..(first + count)];
    }

    private void LoadAll()
    {
        switch (_source.Type)
        {
            case EntryType.List:
                for (var element = _source.List.At(0); element.IsValid; element.MoveNext())
                    _elements.Add(element.Element);
                break;
            case EntryType.SortedSet:
                for (var member = _source.SortedSet.At(0); member.IsValid; member.MoveNext())
                    _elements.Add(member.Member);
                break;
            default:
                for (var member = _source.Set.At(0); member.IsValid; member.MoveNext())
                    _elements.Add(member.Member);
                break;
        }
    }

    private ByteStrings LookUpTexts(SortPattern by)
    {
        var texts = new ByteStrings();
        for (var i = 0; i < _elements.Count; i++)
            AddFound(texts, by, i);
        return texts;
    }

    private void AddFound(ByteStrings to, SortPattern pattern, int element)
    {
        if (_lookups.TryFind(pattern, _elements[element], out var value))
            to.Add(value);
        else
            to.AddMissing();
    }

    /// <summary>A missing weight is zero.</summary>
    private double[] ReadWeights(out bool hasBadNumber)
    {
        hasBadNumber = false;
        var weights = new double[_elements.Count];
        for (var i = 0; i < weights.Length; i++)
        {
            var text = _elements[i];
            if (_options.By is not null && !_lookups.TryFind(_options.By, _elements[i], out text))
                continue;
            hasBadNumber |= !SortOrder.TryReadWeight(text, out weights[i]);
        }

        return weights;
    }

    private SortResult Collect(int[] order)
    {
        if (_options.Gets.Count == 0)
            return new SortResult(_elements, order);
        var found = new ByteStrings();
        foreach (var element in order)
            foreach (var pattern in _options.Gets)
                AddFound(found, pattern, element);
        return new SortResult(found, order: null);
    }

    private void Build(SortResult result)
    {
        _list = _keyspace.NewCollection(EntryType.List);
        for (var i = 0; i < result.Count; i++)
            _list.List.AddLast(result[i]);
    }

    private void Finish(scoped ref CommandContext ctx)
    {
        _source.Dispose();
        if (_result is null)
            ctx.Reply.Error("ERR One or more scores can't be converted into double"u8);
        else if (_options.Store == 0)
            ctx.ReplyFrom(new SortReply(_result));
        else if (_result.Count == 0)
            ReplyNothing(ref ctx);
        else
            Store(ref ctx, _result);
    }

    private void Store(scoped ref CommandContext ctx, SortResult result)
    {
        var target = ctx.Key(_options.Store);
        if (!ctx.TryPeek(target, out _))
            ctx.Notify(KeyspaceEvents.New, "new"u8, target.Bytes);
        ctx.Keyspace.SetCollection(target, ref _list);
        ctx.Changed(result.Count);
        ctx.Notify(KeyspaceEvents.Lists, "sortstore"u8, target.Bytes);
        ctx.Reply.Integer(result.Count);
        if (_lookups.SawExpired && ctx.IsLogged)
            Propagate(ref ctx, target, result);
    }

    /// <summary>
    /// Logs the list itself: a key that has expired here without having been deleted would be there in a replay.
    /// </summary>
    private static void Propagate(scoped ref CommandContext ctx, scoped in Key target, SortResult result)
    {
        const int PerCommand = 1000;
        var deletion = ctx.PropagateAs(2);
        deletion.Bulk("DEL"u8);
        deletion.Bulk(target.Bytes);
        for (var first = 0; first < result.Count; first += PerCommand)
        {
            var count = Math.Min(PerCommand, result.Count - first);
            var push = ctx.PropagateAs(2 + count);
            push.Bulk("RPUSH"u8);
            push.Bulk(target.Bytes);
            for (var i = first; i < first + count; i++)
                push.Bulk(result[i]);
        }
    }

    /// <summary>An empty result is no value: its key goes.</summary>
    private void ReplyNothing(scoped ref CommandContext ctx)
    {
        if (_options.Store == 0)
        {
            ctx.Reply.Array(0);
            return;
        }

        var target = ctx.Key(_options.Store);
        if (ctx.TryPeek(target, out _) && ctx.Keyspace.Remove(target))
        {
            ctx.Changed();
            if (ctx.IsLogged)
            {
                var effect = ctx.PropagateAs(2);
                effect.Bulk("DEL"u8);
                effect.Bulk(target.Bytes);
            }

            ctx.Notify(KeyspaceEvents.Generic, "del"u8, target.Bytes);
        }

        ctx.Reply.Integer(0);
    }

    private static long CountOf(HeldCollection source) => source.Type switch
    {
        EntryType.List => source.List.Count,
        EntryType.Set => source.Set.Count,
        _ => source.SortedSet.Count,
    };

    private static long BytesOf(HeldCollection source) => source.Type switch
    {
        EntryType.List => source.List.Bytes,
        EntryType.Set => source.Set.Bytes,
        _ => source.SortedSet.Bytes,
    };
}
