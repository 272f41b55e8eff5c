namespace RedisLite.Storage.Serialization;

/// <summary>A collection that lies in a file or payload and has not been decoded yet.</summary>
public interface ISerializedValue
{
    /// <summary>Its serialized type.</summary>
    RdbType Type { get; }

    /// <summary>Decodes it. Once; whoever does not want it leaves it.</summary>
    /// <returns>False if it has no elements and is no stream: no such key can be.</returns>
    bool ReadInto(IValueSink sink);
}
