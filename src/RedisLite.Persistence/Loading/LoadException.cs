namespace RedisLite.Persistence.Loading;

/// <summary>
/// The data set cannot be loaded, so the server must not start. The message says what a person can do.
/// </summary>
public sealed class LoadException : Exception
{
    /// <param name="path">The file.</param>
    /// <param name="offset">Where in it, counted from its first byte.</param>
    /// <param name="message">Names both.</param>
    /// <param name="inner">The cause, if it was an exception.</param>
    public LoadException(string path, long offset, string message, Exception? inner = null)
        : base(message, inner)
    {
        Path = path;
        Offset = offset;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Where in it, counted from its first byte.</summary>
    public long Offset { get; }
}
