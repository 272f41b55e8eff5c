using System.Buffers;
using System.Runtime.InteropServices;
using Akka.Event;
using RedisLite.Commands;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Replication;
using RedisLite.Log;

namespace RedisLite.Replication;

/// <summary>Puts what the primary has sent, once it is executed, into the own log.</summary>
internal sealed class FollowedStream(ChangeLog log, ILoggingAdapter logger) : PrimaryStream
{
    private readonly ArrayBufferWriter<byte> _held = new();
    private readonly List<LogRange> _forReplicas = [];
    private bool _hasReported;

    /// <summary>Nothing of it is executed from now on. LOCK: all stripes exclusively.</summary>
    public void Cut() => IsCut = true;

    /// <summary>The link broke, perhaps inside a transaction, whose beginning will come again.</summary>
    public void Rewind()
    {
        _held.ResetWrittenCount();
        _forReplicas.Clear();
        _hasReported = false;
    }

    /// <inheritdoc/>
    public override void Take(ReadOnlySpan<byte> bytes, int database, bool isForFiles, bool isInTransaction)
    {
        if (!isInTransaction && _held.WrittenCount == 0)
        {
            var range = new LogRange(0, bytes.Length);
            log.AppendStream(bytes, database, isForFiles ? default : new ReadOnlySpan<LogRange>(in range));
            return;
        }

        if (!isForFiles)
            _forReplicas.Add(new LogRange(_held.WrittenCount, _held.WrittenCount + bytes.Length));
        _held.Write(bytes);
        if (isInTransaction)
            return;
        log.AppendStream(_held.WrittenSpan, database, CollectionsMarshal.AsSpan(_forReplicas));
        _held.ResetWrittenCount();
        _forReplicas.Clear();
    }

    /// <inheritdoc/>
    public override void ReportError(Command? command, ReadOnlySpan<byte> error)
    {
        // The first says that something is wrong; a million more would only fill the disk.
        if (_hasReported)
            return;
        _hasReported = true;
        logger.Error(
            "A command of the primary's stream failed: {0}: {1}. This replica may differ from its primary",
            command?.Name ?? "unknown", System.Text.Encoding.Latin1.GetString(error).TrimEnd());
    }
}
