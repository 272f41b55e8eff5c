using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>
/// A request with its own copy of its arguments and keys, for what outlives the buffer it came in: MULTI's queue, a wait.
/// </summary>
public sealed class OwnedRequest
{
    private readonly byte[] _bytes;
    private readonly ArgumentSlice[] _slices;
    private readonly RequestKey[] _keys;
    private readonly KeyspaceUse _keyspace;

    public OwnedRequest(Command command, in Arguments args, RequestKeys keys = default)
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

        _keyspace = keys.Keyspace;
        _keys = keys.Count == 0 ? [] : new RequestKey[keys.Count];
        for (var i = 0; i < keys.Count; i++)
            _keys[i] = keys[i];
    }

    public Command Command { get; }

    /// <summary>A view, valid as long as this object.</summary>
    public Arguments Arguments => new(_bytes, _slices);

    /// <summary>The keys as they were found when the request came.</summary>
    public RequestKeys Keys => new(_keys, _keyspace);

    /// <summary>Bytes held, for the memory figures of CLIENT LIST.</summary>
    public int Size => _bytes.Length + (_slices.Length * 8) + (_keys.Length * 16) + 64;
}
