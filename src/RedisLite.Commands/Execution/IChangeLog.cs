using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>
/// Takes every effect on the data, in execution order: what the append only file and the replicas read.
/// </summary>
/// <remarks>
/// Declared here because commands must not know files or sockets. Implementations are called by every executor at
/// once and never wait: an effect is copied to memory and the call returns.
/// </remarks>
public interface IChangeLog
{
    /// <summary>Whether the log has a reader of any kind; when not, nothing is encoded for it.</summary>
    bool HasReaders { get; }

    /// <summary>Whether one of the readers is a replica; when not, nothing is encoded for replicas alone.</summary>
    bool HasReplicas { get; }

    /// <summary>Bytes that wait for readers.</summary>
    long UsedMemory { get; }

    /// <summary>Appends encoded commands.</summary>
    /// <remarks>
    /// LOCK: called while the stripes of every key in <paramref name="effects"/> are held exclusively, so that two
    /// writers of one key reach the log in the order in which they changed the table.
    /// </remarks>
    /// <param name="firstDatabase">
    /// The database that the first of the effects applies to; -1 when none depends on one.
    /// </param>
    /// <param name="lastDatabase">The database selected when all of them have been replayed.</param>
    /// <param name="effects">Whole commands as RESP arrays of bulk strings; copied.</param>
    /// <param name="forReplicas">Which ranges of them are for replicas alone: whole commands, in order.</param>
    /// <param name="parts">
    /// Large arguments, which stand between the bytes of <paramref name="effects"/>: the log takes references of its
    /// own.
    /// </param>
    /// <returns>The log's length in bytes after the effects: what a durable reply has to wait for.</returns>
    long Append(
        int firstDatabase, int lastDatabase, ReadOnlySpan<byte> effects, ReadOnlySpan<LogRange> forReplicas = default,
        ReadOnlySpan<LargePart> parts = default);
}

/// <summary>Who has to learn of an effect.</summary>
public enum LogAudience
{
    /// <summary>Every reader: it changes what a restart must find again.</summary>
    All,

    /// <summary>Replicas alone: it has no trace in the data (PUBLISH), so no file needs it.</summary>
    Replicas,
}

/// <summary>A part of what is appended at once.</summary>
/// <param name="Start">Its first byte.</param>
/// <param name="End">The byte after its last.</param>
public readonly record struct LogRange(long Start, long End);

/// <summary>The log of a server that keeps its data in memory only.</summary>
public sealed class NoChangeLog : IChangeLog
{
    public static NoChangeLog Instance { get; } = new();

    public bool HasReaders => false;

    public bool HasReplicas => false;

    public long UsedMemory => 0;

    public long Append(
        int firstDatabase, int lastDatabase, ReadOnlySpan<byte> effects, ReadOnlySpan<LogRange> forReplicas,
        ReadOnlySpan<LargePart> parts) => 0;
}
