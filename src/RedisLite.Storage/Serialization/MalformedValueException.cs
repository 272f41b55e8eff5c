namespace RedisLite.Storage.Serialization;

/// <summary>
/// A serialized value is not what its type byte says: RESTORE answers "Bad data format", a file is damaged.
/// </summary>
/// <param name="problem">What was expected and found, as the end of a sentence.</param>
public sealed class MalformedValueException(string problem) : Exception(problem);
