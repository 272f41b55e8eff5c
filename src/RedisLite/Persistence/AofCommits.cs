using System.Diagnostics;
using Akka.Actor;
using RedisLite.Commands.Server;
using RedisLite.Execution;

namespace RedisLite.Persistence;

/// <summary>Answers wait here until what they acknowledge is in the append only file. Any thread.</summary>
/// <remarks>
/// <code>
///   appendfsync always      aof actor: one fsync for all that have come
///   everysec, no            the thread that has executed: one write for all that it has executed in this run,
///                           before any of them is answered
///                           aof actor: the same, while the file is not sure to take it quickly (an fsync runs, another
///                           thread writes, much waits, the last write took long, the disk fails)
/// </code>
/// So a kill of the process takes nothing that was acknowledged, whatever the policy; how much a failing machine may
/// take is what the policy says (docs/decisions/2026-11-28-written-before-it-is-answered.md).
/// </remarks>
internal sealed class AofCommits : IDisposable
{
    // A write of so much takes a part of a millisecond; what is more is left to the aof actor, and nobody else waits.
    private const long MostInPlace = 1024 * 1024;

    // After a write that took longer, writes are the aof actor's for a second: the disk is busy.
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan SlowFor = TimeSpan.FromSeconds(1);

    // What LATENCY counts in.
    private static readonly TimeSpan WorthNoting = TimeSpan.FromMilliseconds(1);

    private readonly RuntimeOptions _options;
    private readonly AofWriter _writer;
    private readonly IActorRef _aof;
    private readonly Action<TimeSpan> _noteWrite;
    private readonly ThreadLocal<Group> _groups;
    private long _slowSince;

    /// <param name="options">Its appendfsync, which may change.</param>
    /// <param name="writer">The file.</param>
    /// <param name="aof">The actor that it belongs to.</param>
    /// <param name="noteWrite">Told how long each write took.</param>
    public AofCommits(RuntimeOptions options, AofWriter writer, IActorRef aof, Action<TimeSpan> noteWrite)
    {
        _options = options;
        _writer = writer;
        _aof = aof;
        _noteWrite = noteWrite;
        _groups = new ThreadLocal<Group>(() => new Group(this));
    }

    /// <inheritdoc cref="ICommitQueue.Add"/>
    public void Add(long position, IActorRef connection, ExecutorActor.Executed executed)
    {
        var commit = new AofActor.Commit(position, connection, executed);
        if (_options.AppendFsync == AppendFsync.Always)
            _aof.Tell(commit);
        else
            _groups.Value!.Add(commit);
    }

    public void Dispose() => _groups.Dispose();

    private bool TryWriteTo(long position)
    {
        var slowSince = Volatile.Read(ref _slowSince);
        if (slowSince != 0 && Stopwatch.GetElapsedTime(slowSince) < SlowFor)
            return false;
        var started = Stopwatch.GetTimestamp();
        var isWritten = _writer.TryWriteTo(position, MostInPlace);
        var elapsed = Stopwatch.GetElapsedTime(started);
        if (elapsed > Quick)
            Volatile.Write(ref _slowSince, Stopwatch.GetTimestamp());
        if (isWritten && elapsed >= WorthNoting)
            _noteWrite(elapsed);
        return isWritten;
    }

    /// <summary>What one thread has executed since it last wrote.</summary>
    private sealed class Group(AofCommits owner) : IRunEnd
    {
        private readonly List<AofActor.Commit> _commits = [];

        public void Add(AofActor.Commit commit)
        {
            _commits.Add(commit);
            if (_commits.Count == 1 && !ThreadQueue.Current.TryAtEnd(this))
                AtEnd();
        }

        public void AtEnd()
        {
            // Another thread's effects may lie between those of this one: all up to the last are written.
            var position = 0L;
            foreach (var commit in _commits)
                position = Math.Max(position, commit.Position);
            if (owner.TryWriteTo(position))
            {
                foreach (var commit in _commits)
                    commit.Release();
            }
            else
                owner._aof.Tell(new AofActor.WriteFirst([.. _commits]));
            _commits.Clear();
        }
    }
}
