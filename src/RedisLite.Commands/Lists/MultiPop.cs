namespace RedisLite.Commands.Lists;

/// <summary>
/// What LMPOP and BLMPOP ask for: how many elements, from which end, of the first of some lists that has any.
/// </summary>
internal readonly struct MultiPop
{
    private readonly ListEnd _end;
    private readonly long _count;

    private MultiPop(int firstKey, int lastKey, ListEnd end, long count)
    {
        FirstKey = firstKey;
        LastKey = lastKey;
        _end = end;
        _count = count;
    }

    /// <summary>The argument of the first key.</summary>
    public int FirstKey { get; }

    public int LastKey { get; }

    /// <summary>
    /// Reads "numkeys key ... LEFT|RIGHT [COUNT count]"; replies the error when it is something else.
    /// </summary>
    /// <param name="ctx">The command.</param>
    /// <param name="argument">Where numkeys stands.</param>
    /// <param name="pop">What is asked for.</param>
    public static bool TryRead(scoped ref CommandContext ctx, int argument, out MultiPop pop)
    {
        pop = default;
        var args = ctx.Args;
        if (!args.TryGetInt64(argument, out var keys) || keys < 1)
        {
            ctx.Reply.Error(Errors.NoKeys);
            return false;
        }

        if (keys >= args.Count - argument - 1)
        {
            ctx.Reply.Error(Errors.Syntax);
            return false;
        }

        var where = argument + 1 + (int)keys;
        if (!ListEnds.TryRead(ref ctx, where, out var end))
            return false;
        long count = 1;
        var options = new ArgReader(args, where + 1);
        for (var isFirst = true; options.HasMore; isFirst = false)
        {
            if (!isFirst || !options.TryTake("COUNT"u8, out var value))
            {
                ctx.Reply.Error(Errors.Syntax);
                return false;
            }

            if (!args.TryGetInt64(value, out count) || count < 1)
            {
                ctx.Reply.Error(Errors.NoCount);
                return false;
            }
        }

        pop = new MultiPop(argument + 1, where - 1, end, count);
        return true;
    }

    /// <summary>
    /// Takes the elements out of a list that is there, and replies them with its key; logged as LPOP or RPOP.
    /// </summary>
    public void Take(scoped ref CommandContext ctx, int argument, scoped in Entry entry)
    {
        var key = ctx.Key(argument);
        var count = Math.Min(_count, ctx.Keyspace.ListOf(entry).Count);
        PopCommands.TakeMany(ref ctx, key, entry, _end, count, withKey: true);
        if (!ctx.IsLogged)
            return;
        var effect = ctx.PropagateAs(3);
        effect.Bulk(_end.PopCommand());
        effect.Bulk(key.Bytes);
        effect.BulkInteger(count);
    }
}
