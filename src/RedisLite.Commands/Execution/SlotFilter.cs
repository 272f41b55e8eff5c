using System.Buffers;
using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.Execution;

/// <summary>Picks from the change log what concerns the keys of some slots.</summary>
/// <remarks>
/// <code>
///   log    MULTI | SET {a} 1 | SET {b} 2 | EXEC | PUBLISH c m        {a} is of the slots
///   out            SET {a} 1
/// </code>
/// What names no key is left out: the frame of a transaction too, since nobody sees the slots before all of it is
/// there. A command of the log has all its keys in one slot, but for deletions, which are cut down to those that count.
/// What empties everything cannot be picked: <see cref="Problem"/>. One thread at a time.
/// </remarks>
/// <param name="slots">Which.</param>
/// <param name="services">For what commands mean.</param>
public sealed class SlotFilter(SlotSet slots, CommandServices services) : IDisposable
{
    private const int RequestsAtOnce = 1024;

    private static readonly ProtocolLimits Limits = new()
    {
        MaxInlineLength = 64 * 1024,
        MaxArguments = int.MaxValue,
        MaxBulkLength = int.MaxValue,
    };

    private readonly RequestParser _parser = new(Limits);
    private readonly RequestBatch _requests = new();
    private readonly RequestKeyList _keys = new();
    private byte[] _input = [];
    private int _start;
    private int _end;

    /// <summary>Why what has come cannot be told to another node; null while it can.</summary>
    public string? Problem { get; private set; }

    /// <summary>Whether the beginning of a command waits for its rest.</summary>
    public bool IsMidCommand => _end > _start;

    /// <summary>Takes the next bytes of the log, and writes what of them concerns the slots.</summary>
    public void Add(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        Append(bytes);
        ParseStatus status;
        do
        {
            var result = _parser.Parse(_input.AsMemory(_start, _end - _start), _requests, RequestsAtOnce);
            status = result.Status;
            for (var i = 0; i < _requests.Count && Problem is null; i++)
                Pick(i, output);
            if (status == ParseStatus.ProtocolError)
                Problem = "the change log holds what is no command";
            _start += result.Consumed;
        }
        while (status == ParseStatus.BatchFull && Problem is null);
        _requests.Clear();
    }

    public void Dispose() => _parser.Dispose();

    private void Pick(int request, IBufferWriter<byte> output)
    {
        var args = _requests[request];
        if (services.Commands.ResolveLogged(args) is not { } command)
        {
            Problem = "the change log holds an unknown command";
            return;
        }

        _keys.Clear();
        var keys = _keys.View(_keys.Locate(command, args, services.Databases));
        var count = 0;
        foreach (ref readonly var key in keys)
            if (slots.Contains(KeySlot.OfHash(key.Hash)))
                count++;
        if (count > 0 && count == keys.Count)
            output.Write(_requests.RawOf(request));
        else if (count > 0)
            CutDown(args, keys, count, output);
        else if (command.IsWrite && keys.Keyspace == KeyspaceUse.Write
            && command.Declaration.Group != CommandGroup.Scripting)
            Problem = "all data was deleted";
    }

    /// <summary>A deletion of keys of several slots: everything else is refused when it is asked for.</summary>
    private void CutDown(in Arguments args, in RequestKeys keys, int count, IBufferWriter<byte> output)
    {
        if (!args.Is(0, "DEL"u8) && !args.Is(0, "UNLINK"u8))
        {
            Problem = "a command changed keys of several slots";
            return;
        }

        using var writer = new ReplyWriter { Format = ReplyFormat.Resp2 };
        writer.Array(1 + count);
        writer.Bulk(args[0]);
        foreach (ref readonly var key in keys)
            if (slots.Contains(KeySlot.OfHash(key.Hash)))
                writer.Bulk(args[key.Position]);
        output.Write(writer.Written);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        var length = _end - _start;
        if (_input.Length - _end < bytes.Length)
        {
            // Twice as much, so that a long command is not copied again with each part of it.
            var room = length + bytes.Length <= _input.Length / 2 ? _input : new byte[(length + bytes.Length) * 2];
            _input.AsSpan(_start, length).CopyTo(room);
            (_input, _start, _end) = (room, 0, length);
        }

        bytes.CopyTo(_input.AsSpan(_end));
        _end += bytes.Length;
    }
}
