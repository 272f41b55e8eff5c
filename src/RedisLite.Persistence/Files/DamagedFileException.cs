namespace RedisLite.Persistence.Files;

/// <summary>A file's content is not what its format allows.</summary>
/// <remarks>
/// The message names the byte and what was expected there, not the file: whoever opened it adds that.
/// </remarks>
public sealed class DamagedFileException : Exception
{
    /// <param name="offset">Where in the file, counted from its first byte.</param>
    /// <param name="problem">What was expected and found, as the end of a sentence.</param>
    /// <param name="endsTooEarly">Whether the file simply stops in the middle of something sound.</param>
    public DamagedFileException(long offset, string problem, bool endsTooEarly = false)
        : base($"at byte {offset}: {problem}")
    {
        Offset = offset;
        Problem = problem;
        EndsTooEarly = endsTooEarly;
    }

    /// <summary>Where in the file, counted from its first byte.</summary>
    public long Offset { get; }

    /// <summary>What was expected and found.</summary>
    public string Problem { get; }

    /// <summary>Whether the file stops in the middle of something that was sound so far.</summary>
    public bool EndsTooEarly { get; }
}
