using RedisLite.Core.Tests.Persistence.Serialization;
using RedisLite.Persistence.Aof;
using RedisLite.Persistence.Loading;
using RedisLite.Persistence.Rdb;
using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Serialization;

namespace RedisLite.EndToEnd.Tests.Interchange;

/// <summary>Collects the collections of a snapshot, and writes them again.</summary>
internal sealed class ModelCollector : IReplayTarget
{
    private readonly List<(byte[] Key, ModelValue Value)> _keys = [];

    public void WriteTo(RdbWriter writer)
    {
        foreach (var (key, value) in _keys)
        {
            var (elements, stream) = (value, value.Stream);
            if (value.Type == EntryType.Stream)
                writer.WriteStream(key, ref stream, -1);
            else
                writer.WriteCollection(key, value.Type, ref elements, -1);
        }
    }

    public void WriteTo(AofBaseWriter writer)
    {
        foreach (var (key, value) in _keys)
        {
            var (elements, stream) = (value, value.Stream);
            if (value.Type == EntryType.Stream)
                writer.WriteStream(0, key, ref stream, -1);
            else
                writer.WriteCollection(0, key, value.Type, ref elements, -1);
        }
    }

    public void BeginFile(string name, LoadedFile kind)
    {
    }

    public void ExpectKeys(int database, long keys)
    {
    }

    public string? LoadString(int database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expireAtMs) =>
        "a string";

    public string? LoadCollection(int database, ReadOnlySpan<byte> key, ISerializedValue value, long expireAtMs)
    {
        var model = new ModelValue();
        Assert.True(value.ReadInto(model));
        _keys.Add((key.ToArray(), model));
        return null;
    }

    public string? Execute(Arguments command) => "a command";

    public void AbandonTransaction()
    {
    }

    public void ReportProgress(long loadedBytes, long totalBytes)
    {
    }
}
