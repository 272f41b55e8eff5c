using System.Text;
using RedisLite.Commands.Server;

namespace RedisLite.Core.Tests.Commands;

/// <summary>Files on a disk that does not work.</summary>
internal sealed class RefusingPersistence(string refusal) : IPersistence
{
    public bool AofEnabled => true;

    public bool HoldsWriters => false;

    public Action? WritersReleased { get; set; }

    public byte[]? WriteRefusal { get; } = Encoding.UTF8.GetBytes(refusal);

    public PersistenceReport Report() => new() { AofEnabled = true, LastWriteSucceeded = false };

    public BackgroundJobStart StartSnapshot(bool schedule) => BackgroundJobStart.Started;

    public BackgroundJobStart StartRewrite() => BackgroundJobStart.Started;

    public void Save(Action<string?> done) => done(refusal);

    public void SaveFlushed(Action done) => done();

    public void SaveAtEnd(bool snapshot, Action<string?> done) => done(refusal);

    public long SyncedPosition => 0;

    public void CutOff()
    {
    }

    public void WhenSynced(long position, Action callback)
    {
    }
}
