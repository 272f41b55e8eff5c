using RedisLite.Storage;

namespace RedisLite.Core.Tests.Storage;

/// <summary>Writes down what it hears, one line an event.</summary>
internal sealed class RecordingObserver : IKeyspaceObserver
{
    public List<string> Events { get; } = [];

    public void Changed(int database, in Key key) => Events.Add($"changed {database} {TestStore.Text(key.Bytes)}");

    public void Expired(int database, in Key key) => Events.Add($"expired {database} {TestStore.Text(key.Bytes)}");

    public void Evicted(int database, in Key key) => Events.Add($"evicted {database} {TestStore.Text(key.Bytes)}");

    public void Flushed(int database, FormerKeys former) => Events.Add($"flushed {database}");
}
