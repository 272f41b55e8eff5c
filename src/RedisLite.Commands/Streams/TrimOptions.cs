using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Streams;

/// <summary>MAXLEN and MINID of XADD and XTRIM, with what else stands before XADD's ID.</summary>
internal ref struct TrimOptions
{
    private const long NotGiven = -1;
    private const long NodesAtOnce = 100;
    private const long EntriesAtOnce = 10_000;
    private const long MostAtOnce = 1_000_000;

    private StreamTrim _trim;
    private bool _isLimitGiven;

    /// <summary>Index of the threshold; 0 if nothing is to be trimmed.</summary>
    public int Threshold { get; private set; }

    public bool NoMakeStream { get; private set; }

    public readonly StreamTrim Trim => _trim;

    /// <summary>Reads the options; replies the error when they are wrong.</summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="isAdd">XADD: stops at what is no option.</param>
    /// <param name="next">Index of the ID.</param>
    public bool TryRead(scoped ref CommandContext ctx, bool isAdd, out int next)
    {
        var args = ctx.Args;
        for (next = 2; next < args.Count; next++)
        {
            var more = args.Count - 1 - next;
            if (isAdd && args[next] is [(byte)'*'])
                break;
            if (more > 0 && args.Is(next, "MAXLEN"u8))
            {
                if (!TryReadThreshold(ref ctx, ref next, isLength: true))
                    return false;
            }
            else if (more > 0 && args.Is(next, "MINID"u8))
            {
                if (!TryReadThreshold(ref ctx, ref next, isLength: false))
                    return false;
            }
            else if (more > 0 && args.Is(next, "LIMIT"u8))
            {
                if (!TryReadLimit(ref ctx, ++next))
                    return false;
            }
            else if (isAdd && args.Is(next, "NOMKSTREAM"u8))
            {
                NoMakeStream = true;
            }
            else if (isAdd)
            {
                break;
            }
            else
            {
                ctx.Reply.Error(Errors.Syntax);
                return false;
            }
        }
        return true;
    }

    /// <summary>What cannot be said of one option alone.</summary>
    public bool TryComplete(scoped ref CommandContext ctx, bool isAdd)
    {
        if (_trim.Limit != 0 && Threshold == 0)
        {
            ctx.Reply.Error("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"u8);
            return false;
        }
        if (!isAdd && Threshold == 0)
        {
            ctx.Reply.Error("ERR syntax error, XTRIM must be called with a trimming strategy"u8);
            return false;
        }
        // What is replayed was limited when it was logged: its threshold says so.
        if (ctx.Session.IsObeyed)
        {
            _trim = _trim with { Limit = 0 };
            return true;
        }
        if (_isLimitGiven && !_trim.IsApproximate)
        {
            ctx.Reply.Error("ERR syntax error, LIMIT cannot be used without the special ~ option"u8);
            return false;
        }
        if (!_isLimitGiven && _trim.IsApproximate)
        {
            var limit = NodesAtOnce * Math.Min(ctx.Options.Encodings.StreamNodeMaxEntries, MostAtOnce);
            _trim = _trim with { Limit = limit <= 0 ? EntriesAtOnce : Math.Min(limit, MostAtOnce) };
        }
        return true;
    }

    /// <summary>Trims, and tells of it.</summary>
    /// <returns>How many entries went.</returns>
    public readonly long Apply(scoped ref CommandContext ctx, in Storage.Key key, StreamValue stream)
    {
        var removed = stream.Trim(_trim);
        if (removed > 0)
            ctx.Notify(Server.KeyspaceEvents.Streams, "xtrim"u8, key.Bytes);
        return removed;
    }

    /// <summary>
    /// Writes an argument of the request as it is to be logged: where "~" was given, exactly what came of it.
    /// </summary>
    public readonly void Propagate(ReplyWriter effect, scoped in Arguments args, int argument, StreamValue stream)
    {
        if (!_trim.IsApproximate || argument < Threshold - 1 || argument > Threshold)
            effect.Bulk(args[argument]);
        else if (argument < Threshold)
            effect.Bulk("="u8);
        else if (_trim.MaxLength >= 0)
            effect.BulkInteger(stream.Count);
        else
            StreamIds.Bulk(effect, stream.Count == 0 ? StreamIds.Highest : stream.FirstId);
    }

    private bool TryReadThreshold(scoped ref CommandContext ctx, ref int at, bool isLength)
    {
        if (Threshold != 0)
        {
            ctx.Reply.Error(
                "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"u8);
            return false;
        }
        var args = ctx.Args;
        var isApproximate = args.Count - 1 - at >= 2 && args[at + 1] is [(byte)'~'];
        if (isApproximate || (args.Count - 1 - at >= 2 && args[at + 1] is [(byte)'=']))
            at++;
        Threshold = ++at;
        var maxLength = NotGiven;
        StreamId minId = default;
        if (isLength)
        {
            if (!args.TryGetInt64(at, out maxLength))
            {
                ctx.Reply.Error(Errors.NotAnInteger);
                return false;
            }
            if (maxLength < 0)
            {
                ctx.Reply.Error("ERR The MAXLEN argument must be >= 0."u8);
                return false;
            }
        }
        else if (!StreamIds.TryRead(ref ctx, at, 0, out minId))
        {
            return false;
        }
        _trim = _trim with { MaxLength = maxLength, MinId = minId, IsApproximate = isApproximate };
        return true;
    }

    private bool TryReadLimit(scoped ref CommandContext ctx, int at)
    {
        if (!ctx.Args.TryGetInt64(at, out var limit))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return false;
        }
        if (limit < 0)
        {
            ctx.Reply.Error("ERR The LIMIT argument must be >= 0."u8);
            return false;
        }
        _trim = _trim with { Limit = limit };
        _isLimitGiven = true;
        return true;
    }
}
