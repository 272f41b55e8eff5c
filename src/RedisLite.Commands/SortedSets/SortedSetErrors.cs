namespace RedisLite.Commands.SortedSets;

/// <summary>The errors of sorted set commands, with Redis's exact text.</summary>
internal static class SortedSetErrors
{
    public static ReadOnlySpan<byte> NotAScoreRange => "ERR min or max is not a float"u8;

    public static ReadOnlySpan<byte> NotALexRange => "ERR min or max not valid string range item"u8;

    public static ReadOnlySpan<byte> ResultingScoreIsNan => "ERR resulting score is not a number (NaN)"u8;

    public static ReadOnlySpan<byte> NewAndPresent => "ERR XX and NX options at the same time are not compatible"u8;

    public static ReadOnlySpan<byte> ConflictingRules =>
        "ERR GT, LT, and/or NX options at the same time are not compatible"u8;

    public static ReadOnlySpan<byte> OneIncrement => "ERR INCR option supports a single increment-element pair"u8;

    public static ReadOnlySpan<byte> LimitByRank =>
        "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"u8;

    public static ReadOnlySpan<byte> ScoresByLex =>
        "ERR syntax error, WITHSCORES not supported in combination with BYLEX"u8;

    public static ReadOnlySpan<byte> NotAWeight => "ERR weight value is not a float"u8;
}
