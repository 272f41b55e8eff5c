namespace RedisLite.Commands;

/// <summary>
/// An expiry time as a client gives it: seconds or milliseconds, from now on or since the Unix epoch.
/// </summary>
/// <remarks>
/// Every command that takes one reads it here, so that limits, overflow and errors are the same everywhere, and
/// Redis's. <c>default</c> is "none given".
/// </remarks>
internal readonly struct ExpireTime
{
    private const long MillisecondsPerSecond = 1000;

    private readonly int _argument;
    private readonly bool _inSeconds;
    private readonly bool _isAbsolute;

    private ExpireTime(int argument, bool inSeconds, bool isAbsolute)
    {
        _argument = argument;
        _inSeconds = inSeconds;
        _isAbsolute = isAbsolute;
    }

    public bool IsGiven => _argument != 0;

    /// <summary>Counted since the epoch (EXAT, PXAT): it may have passed already.</summary>
    public bool IsAbsolute => _isAbsolute;

    /// <summary>Seconds from now on (EX, SETEX, EXPIRE).</summary>
    public static ExpireTime InSeconds(int argument) => new(argument, inSeconds: true, isAbsolute: false);

    /// <summary>Milliseconds from now on (PX, PSETEX, PEXPIRE).</summary>
    public static ExpireTime InMilliseconds(int argument) => new(argument, inSeconds: false, isAbsolute: false);

    /// <summary>Unix time in seconds (EXAT, EXPIREAT).</summary>
    public static ExpireTime AtSeconds(int argument) => new(argument, inSeconds: true, isAbsolute: true);

    /// <summary>Unix time in milliseconds (PXAT, PEXPIREAT).</summary>
    public static ExpireTime AtMilliseconds(int argument) => new(argument, inSeconds: false, isAbsolute: true);

    /// <summary>Takes EX, PX, EXAT or PXAT with its value.</summary>
    /// <param name="options">Advanced only when one was taken.</param>
    /// <param name="time">
    /// What was taken so far, <c>default</c> at first. The same option again replaces it, another one is not taken:
    /// a syntax error, as in Redis.
    /// </param>
    public static bool TryTake(ref ArgReader options, ref ExpireTime time)
    {
        var ahead = options;
        ExpireTime taken;
        if (ahead.TryTake("EX"u8, out var value))
            taken = InSeconds(value);
        else if (ahead.TryTake("PX"u8, out value))
            taken = InMilliseconds(value);
        else if (ahead.TryTake("EXAT"u8, out value))
            taken = AtSeconds(value);
        else if (ahead.TryTake("PXAT"u8, out value))
            taken = AtMilliseconds(value);
        else
            return false;
        if (time.IsGiven && (time._inSeconds != taken._inSeconds || time._isAbsolute != taken._isAbsolute))
            return false;
        options = ahead;
        time = taken;
        return true;
    }

    /// <summary>The time of a value that is being set (SET, GETEX, SETEX, PSETEX): must be positive.</summary>
    /// <param name="ctx">Gets the error reply when the result is false.</param>
    /// <param name="expireAtMs">Unix time in milliseconds, above zero.</param>
    public bool TryRead(ref CommandContext ctx, out long expireAtMs)
    {
        if (!ctx.Args.TryGetInt64(_argument, out expireAtMs))
            return Refuse(ref ctx, Errors.NotAnInteger);
        return expireAtMs > 0 && TryResolve(ref expireAtMs, ctx.NowMs) ? true : RefuseTime(ref ctx);
    }

    /// <summary>
    /// The time of a key that is there (EXPIRE and its kin): may be zero or negative, thus long past.
    /// </summary>
    /// <param name="ctx">Gets the error reply when the result is false.</param>
    /// <param name="expireAtMs">
    /// Unix time in milliseconds. Note that it may be <see cref="Keyspace.NoExpiry"/>, so a past time must be
    /// dealt with before it is stored.
    /// </param>
    public bool TryReadAnySign(ref CommandContext ctx, out long expireAtMs)
    {
        if (!ctx.Args.TryGetInt64(_argument, out expireAtMs))
            return Refuse(ref ctx, Errors.NotAnInteger);
        return TryResolve(ref expireAtMs, ctx.NowMs) ? true : RefuseTime(ref ctx);
    }

    private bool TryResolve(ref long time, long nowMs)
    {
        if (_inSeconds)
        {
            if (time is > long.MaxValue / MillisecondsPerSecond or < long.MinValue / MillisecondsPerSecond)
                return false;
            time *= MillisecondsPerSecond;
        }

        if (_isAbsolute)
            return true;
        if (time > long.MaxValue - nowMs)
            return false;
        time += nowMs;
        return true;
    }

    private static bool RefuseTime(ref CommandContext ctx)
    {
        var name = ctx.Command.NameBytes.Span;
        Span<byte> message = stackalloc byte[128];
        var at = 0;
        Put(message, ref at, "ERR invalid expire time in '"u8);
        Put(message, ref at, name);
        Put(message, ref at, "' command"u8);
        return Refuse(ref ctx, message[..at]);
    }

    private static void Put(Span<byte> message, ref int at, ReadOnlySpan<byte> part)
    {
        part.CopyTo(message[at..]);
        at += part.Length;
    }

    private static bool Refuse(ref CommandContext ctx, scoped ReadOnlySpan<byte> error)
    {
        ctx.Reply.Error(error);
        return false;
    }
}
