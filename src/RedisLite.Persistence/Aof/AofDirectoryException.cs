namespace RedisLite.Persistence.Aof;

/// <summary>The append only directory is not in a state that could be loaded without losing something.</summary>
/// <remarks>The message names the path and what a person can do.</remarks>
public sealed class AofDirectoryException(string message, Exception? inner = null) : Exception(message, inner);
