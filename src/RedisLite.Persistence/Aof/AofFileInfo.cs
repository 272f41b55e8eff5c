namespace RedisLite.Persistence.Aof;

/// <summary>What a file of the append only directory is for.</summary>
public enum AofFileType : byte
{
    /// <summary>The data set at the time of the last rewrite, as RDB or as commands. At most one.</summary>
    Base,

    /// <summary>A file that a rewrite has replaced and that may be deleted.</summary>
    History,

    /// <summary>Commands since the base, in the order of the sequence numbers.</summary>
    Increment,
}

/// <summary>A line of the manifest.</summary>
/// <param name="Name">The file's name in the append only directory, without a path.</param>
/// <param name="Sequence">Counts up from 1, for base and increments apart.</param>
/// <param name="Type">What the file is for.</param>
public sealed record AofFileInfo(string Name, long Sequence, AofFileType Type);
