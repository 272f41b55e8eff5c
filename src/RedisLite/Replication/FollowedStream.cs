using System.Buffers;
using System.Runtime.InteropServices;
using Akka.Event;
using RedisLite.Commands;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Replication;
using RedisLite.Log;
using RedisLite.Protocol;
using RedisLite.Storage.Values;

namespace RedisLite.Replication;

/// <summary>Puts what the primary has sent, once it is executed, into the own log.</summary>
internal sealed class FollowedStream(ChangeLog log, ILoggingAdapter logger) : PrimaryStream
{
    // What a transaction has made larger than this is given back after it.
    private const int KeptCapacity = 64 * 1024;

    private readonly List<LogRange> _forReplicas = [];
    private readonly List<LargePart> _parts = [];
    private ArrayBufferWriter<byte> _held = new();

    // Bytes held, with those of the parts.
    private long _heldLength;
    private bool _hasReported;

    /// <summary>Nothing of it is executed from now on. LOCK: all stripes exclusively.</summary>
    public void Cut() => IsCut = true;

    /// <summary>The link broke, perhaps inside a transaction, whose beginning will come again.</summary>
    public void Rewind()
    {
        Forget();
        _hasReported = false;
    }

    /// <summary>Bytes that are no command: they count, and go on with the next one. Not while a batch runs.</summary>
    public void TakeBlanks(ReadOnlySpan<byte> bytes) => Hold(bytes, [], isForFiles: false);

    /// <inheritdoc/>
    public override void Take(
        ReadOnlySpan<byte> bytes, ReadOnlySpan<LargePart> parts, int database, bool isForFiles, bool isInTransaction)
    {
        if (!isInTransaction && _heldLength == 0)
        {
            var range = new LogRange(0, LengthOf(bytes, parts));
            log.AppendStream(bytes, parts, database, isForFiles ? default : new ReadOnlySpan<LogRange>(in range));
            return;
        }

        Hold(bytes, parts, isForFiles);
        if (isInTransaction)
            return;
        log.AppendStream(
            _held.WrittenSpan, CollectionsMarshal.AsSpan(_parts), database, CollectionsMarshal.AsSpan(_forReplicas));
        Forget();
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

    private static long LengthOf(ReadOnlySpan<byte> bytes, ReadOnlySpan<LargePart> parts)
    {
        long length = bytes.Length;
        foreach (var part in parts)
            length += part.Length;
        return length;
    }

    private void Hold(ReadOnlySpan<byte> bytes, ReadOnlySpan<LargePart> parts, bool isForFiles)
    {
        var start = _heldLength;
        _heldLength += LengthOf(bytes, parts);
        if (!isForFiles)
            _forReplicas.Add(new LogRange(start, _heldLength));
        foreach (var part in parts)
            _parts.Add(part with { At = _held.WrittenCount + part.At, Owner = ((HeldString)part.Owner).Share() });
        _held.Write(bytes);
    }

    private void Forget()
    {
        foreach (var part in _parts)
            part.Owner.Dispose();
        _parts.Clear();
        _forReplicas.Clear();
        _heldLength = 0;
        if (_held.Capacity > KeptCapacity)
            _held = new ArrayBufferWriter<byte>();
        else
            _held.ResetWrittenCount();
    }
}
