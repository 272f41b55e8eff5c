using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;

namespace RedisLite.Persistence;

/// <summary>Puts slow writes and fsyncs of the append only file into LATENCY, named as in Redis.</summary>
/// <remarks>
/// In Redis every client waits for what is measured here; in this server those whose replies wait for an fsync
/// (<c>appendfsync always</c>), and nobody else.
/// </remarks>
internal sealed class AofLatency(CommandServices services, PersistenceStatus status)
{
    public void NoteWrite(TimeSpan elapsed)
    {
        Note("aof-write", elapsed);
        Note(status.IsIdle ? "aof-write-alone" : "aof-write-active-child", elapsed);
    }

    public void NoteSync(TimeSpan elapsed)
    {
        if (services.Options.AppendFsync == AppendFsync.Always)
            Note("aof-fsync-always", elapsed);
    }

    private void Note(string name, TimeSpan elapsed) => services.NoteLatency(name, services.NowMs, elapsed);
}
