using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Core.Tests.Storage;

/// <summary>Writes down what it hears, one line an event.</summary>
internal sealed class RecordingObserver : IKeyspaceObserver
{
    public List<string> Events { get; } = [];

    public void Changed(int database, in Key key) => Events.Add($"changed {database} {TestStore.Text(key.Bytes)}");

    public void Expired(int database, in Key key) => Events.Add($"expired {database} {TestStore.Text(key.Bytes)}");

    public void FieldsExpired(int database, in Key key, FieldNames fields, bool isDeleted)
    {
        var names = string.Join(' ', Enumerable.Range(0, fields.Count).Select(i => TestStore.Text(fields[i])));
        Events.Add(
            $"fields of {TestStore.Text(key.Bytes)} expired {database} {names}{(isDeleted ? ", the last ones" : "")}");
    }

    public void Evicted(int database, in Key key) => Events.Add($"evicted {database} {TestStore.Text(key.Bytes)}");

    public void Flushed(int database, FormerKeys former) => Events.Add($"flushed {database}");
}
