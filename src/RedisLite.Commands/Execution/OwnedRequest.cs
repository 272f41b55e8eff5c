using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>A command with its own copy of its arguments, for what outlives the buffer it came in: MULTI's queue.</summary>
public sealed class OwnedRequest
{
    private readonly byte[] _bytes;
    private readonly ArgumentSlice[] _slices;

    public OwnedRequest(Command command, in Arguments args)
    {
        Command = command;
        var total = 0;
        for (var i = 0; i < args.Count; i++)
            total += args[i].Length;
        _bytes = new byte[total];
        _slices = new ArgumentSlice[args.Count];
        var offset = 0;
        for (var i = 0; i < args.Count; i++)
        {
            args[i].CopyTo(_bytes.AsSpan(offset));
            _slices[i] = new ArgumentSlice(offset, args[i].Length);
            offset += args[i].Length;
        }
    }

    public Command Command { get; }

    /// <summary>A view, valid as long as this object.</summary>
    public Arguments Arguments => new(_bytes, _slices);

    /// <summary>Bytes held, for the memory figures of CLIENT LIST.</summary>
    public int Size => _bytes.Length + _slices.Length * 8 + 64;
}
