namespace RedisLite.Persistence.Aof;

/// <summary>A manifest does not say what a manifest must say.</summary>
public sealed class AofManifestException : Exception
{
    /// <param name="line">Counted from 1; 0 if it is about the whole file.</param>
    /// <param name="problem">What is wrong, in Redis's words.</param>
    public AofManifestException(int line, string problem)
        : base(line == 0 ? problem : $"line {line}: {problem}") =>
        Line = line;

    /// <summary>The line, counted from 1; 0 if it is about the whole file.</summary>
    public int Line { get; }
}
