namespace RedisLite;

/// <summary>
/// A configuration that cannot be used. The message is one line for the operator: the name, where it stood, what was
/// expected and, for an unknown name, the nearest known one.
/// </summary>
public sealed class SettingsException(string message) : Exception(message);
