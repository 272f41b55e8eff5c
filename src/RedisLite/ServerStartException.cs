namespace RedisLite;

/// <summary>The server could not start; the message is one line, made for the person who started it.</summary>
public sealed class ServerStartException(string message, Exception? cause) : Exception(message, cause);
