using System.Text;

namespace RedisLite.Commands.Hashes;

/// <summary>
/// An expiry time of fields as a client gives it. Unlike a key's it cannot be negative, and ends in the year 4199.
/// </summary>
internal readonly struct FieldExpireTime
{
    // Redis has 48 bits for a field's time, and keeps two of them free.
    private const long MaxMs = 0xFFFFFFFFFFFE >> 2;
    private const long MillisecondsPerSecond = 1000;

    private readonly bool _inSeconds;
    private readonly bool _isAbsolute;

    private FieldExpireTime(int argument, bool inSeconds, bool isAbsolute)
    {
        Argument = argument;
        _inSeconds = inSeconds;
        _isAbsolute = isAbsolute;
    }

    /// <summary>Where the number stands; 0 when none is given.</summary>
    public int Argument { get; }

    public static FieldExpireTime InSeconds(int argument) => new(argument, inSeconds: true, isAbsolute: false);

    public static FieldExpireTime InMilliseconds(int argument) => new(argument, inSeconds: false, isAbsolute: false);

    public static FieldExpireTime AtSeconds(int argument) => new(argument, inSeconds: true, isAbsolute: true);

    public static FieldExpireTime AtMilliseconds(int argument) => new(argument, inSeconds: false, isAbsolute: true);

    /// <summary>Takes EX, PX, EXAT or PXAT, whose number may be missing.</summary>
    public static bool TryTake(ref ArgReader options, out FieldExpireTime time)
    {
        time = default;
        if (options.TryTake("EX"u8))
            time = InSeconds(options.Position);
        else if (options.TryTake("PX"u8))
            time = InMilliseconds(options.Position);
        else if (options.TryTake("EXAT"u8))
            time = AtSeconds(options.Position);
        else if (options.TryTake("PXAT"u8))
            time = AtMilliseconds(options.Position);
        return time.Argument != 0;
    }

    /// <param name="ctx">Gets the error reply when the result is false.</param>
    /// <param name="expireAtMs">Unix time in milliseconds; may have passed.</param>
    public bool TryRead(ref CommandContext ctx, out long expireAtMs)
    {
        if (!ctx.Args.TryGetInt64(Argument, out expireAtMs))
            return FieldClause.Refuse(ref ctx, Errors.NotAnInteger);
        if (expireAtMs < 0)
            return FieldClause.Refuse(ref ctx, "ERR invalid expire time, must be >= 0"u8);
        var unit = _inSeconds ? MillisecondsPerSecond : 1;
        var from = _isAbsolute ? 0 : ctx.NowMs;
        if (expireAtMs > MaxMs / unit || expireAtMs * unit > MaxMs - from)
            return FieldClause.Refuse(
                ref ctx, Encoding.ASCII.GetBytes($"ERR invalid expire time in '{ctx.Command.Name}' command"));
        expireAtMs = (expireAtMs * unit) + from;
        return true;
    }
}
