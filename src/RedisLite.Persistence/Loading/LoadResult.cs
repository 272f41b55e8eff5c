namespace RedisLite.Persistence.Loading;

/// <summary>How files are loaded.</summary>
public sealed record LoadOptions
{
    /// <summary>
    /// Whether a torn tail of the last file is cut off (<c>aof-load-truncated</c>); it ends the load otherwise.
    /// </summary>
    public bool TruncateTornTail { get; init; } = true;

    /// <summary>Whether keys of types that are not supported are left out (<c>--skip-unknown-types</c>).</summary>
    public bool SkipUnknownTypes { get; init; }

    /// <summary>Whether checksums of RDB files are verified (<c>rdbchecksum</c>).</summary>
    public bool VerifyChecksum { get; init; } = true;
}

/// <summary>What was loaded.</summary>
/// <param name="Bytes">Length of all files, without what was cut off.</param>
/// <param name="Keys">Keys read from snapshots.</param>
/// <param name="Commands">Commands read from append only files.</param>
/// <param name="SkippedKeys">Keys and other content that was left out.</param>
/// <param name="Torn">What was cut off, if anything was.</param>
public sealed record LoadResult(long Bytes, long Keys, long Commands, long SkippedKeys, TornTail? Torn);

/// <summary>The end of a file that was cut off because it was no whole command.</summary>
/// <param name="Path">The file.</param>
/// <param name="Offset">The file's length since then.</param>
/// <param name="Bytes">How many bytes were cut off.</param>
/// <param name="Reason">What was missing.</param>
public sealed record TornTail(string Path, long Offset, long Bytes, string Reason);
