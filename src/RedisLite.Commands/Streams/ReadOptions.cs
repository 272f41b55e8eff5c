using RedisLite.Commands.Execution;
using RedisLite.Commands.Execution.Waiting;

namespace RedisLite.Commands.Streams;

/// <summary>The options of XREAD and XREADGROUP, before the keys and IDs.</summary>
internal struct ReadOptions
{
    private const long NoBlock = -1;

    private long _blockMs;

    /// <summary>At most so many entries of each stream; 0 for all.</summary>
    public long Count { get; private set; }

    /// <summary>Index of the group's name, before the consumer's; 0 if there is none.</summary>
    public int Group { get; private set; }

    public bool NoAcknowledge { get; private set; }

    /// <summary>Index of the first key.</summary>
    public int FirstKey { get; private set; }

    /// <summary>How many keys there are, and IDs behind them.</summary>
    public int Streams { get; private set; }

    public readonly bool Blocks => _blockMs != NoBlock;

    public readonly TimeSpan Timeout => BlockingTimeout.FromMilliseconds(_blockMs);

    /// <summary>A script cannot wait; inside EXEC the option is taken and the answer comes at once.</summary>
    private static bool MayBlock(scoped ref CommandContext ctx)
    {
        if (ctx.Session.Origin != SessionOrigin.Script)
            return true;
        ctx.Reply.Error([.. "ERR "u8, .. ctx.Args[0], .. " command is not allowed with BLOCK option from scripts"u8]);
        return false;
    }

    /// <summary>Reads them; replies the error when they are wrong.</summary>
    public bool TryRead(scoped ref CommandContext ctx, bool isOfGroup)
    {
        _blockMs = NoBlock;
        var options = new ArgReader(ctx.Args, first: 1);
        while (FirstKey == 0 && options.HasMore)
        {
            if (options.TryTake("BLOCK"u8, out var value))
            {
                if (!MayBlock(ref ctx) || !BlockingTimeout.TryReadMilliseconds(ref ctx, value, out _blockMs))
                    return false;
            }
            else if (options.TryTake("COUNT"u8, out value))
            {
                if (!ctx.Args.TryGetInt64(value, out var count))
                {
                    ctx.Reply.Error(Errors.NotAnInteger);
                    return false;
                }
                Count = Math.Max(0, count);
            }
            else if (options.Remaining > 1 && options.TryTake("STREAMS"u8))
            {
                FirstKey = options.Position;
            }
            else if (options.TryTake("GROUP"u8, 2, out value))
            {
                Group = value;
            }
            else if (options.TryTake("NOACK"u8))
            {
                NoAcknowledge = true;
            }
            else
            {
                ctx.Reply.Error(Errors.Syntax);
                return false;
            }
            if (!isOfGroup && RefuseOfGroup(ref ctx))
                return false;
        }
        return TryReadStreams(ref ctx, isOfGroup);
    }

    private readonly bool RefuseOfGroup(scoped ref CommandContext ctx)
    {
        if (Group != 0)
            ctx.Reply.Error("ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead."u8);
        else if (NoAcknowledge)
            ctx.Reply.Error("ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead."u8);
        return Group != 0 || NoAcknowledge;
    }

    private bool TryReadStreams(scoped ref CommandContext ctx, bool isOfGroup)
    {
        var arguments = ctx.Args.Count - FirstKey;
        if (FirstKey == 0)
        {
            ctx.Reply.Error(Errors.Syntax);
            return false;
        }
        if (arguments % 2 != 0)
        {
            // Redis says XREAD and '$' of both commands.
            ctx.Reply.Error(
                "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified."u8);
            return false;
        }
        if (isOfGroup && Group == 0)
        {
            ctx.Reply.Error("ERR Missing GROUP option for XREADGROUP"u8);
            return false;
        }
        Streams = arguments / 2;
        return true;
    }
}
