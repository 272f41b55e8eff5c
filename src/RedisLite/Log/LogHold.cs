using RedisLite.Commands.Execution;

namespace RedisLite.Log;

/// <summary>
/// Something that keeps a part of the log in memory: a reader, or the backlog for replicas that come back.
/// </summary>
/// <param name="log">The log.</param>
/// <param name="name">For the server's log and for figures.</param>
/// <param name="audience">Which effects it is for.</param>
internal abstract class LogHold(ChangeLog log, string name, LogAudience audience) : IDisposable
{
    public string Name { get; } = name;

    public LogAudience Audience { get; } = audience;

    protected ChangeLog Log { get; } = log;

    /// <summary>The first position that must stay in memory. LOCK: the log's gate.</summary>
    /// <param name="end">The log's end.</param>
    public abstract long HeldFrom(long end);

    /// <summary>Something was appended. LOCK: the log's gate.</summary>
    /// <param name="end">The log's new end.</param>
    /// <returns>Whether <see cref="AfterAppend"/> is to be called.</returns>
    public virtual bool NoteAppend(long end) => false;

    /// <summary>Called outside the gate when <see cref="NoteAppend"/> has asked for it.</summary>
    public virtual void AfterAppend()
    {
    }

    /// <summary>Gives up its part. What was leased stays until the leases end.</summary>
    public void Dispose() => Log.Remove(this);
}
