using RedisLite.Protocol;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Execution;

/// <summary>
/// A request with its own copy of its arguments and keys, for what outlives the buffer it came in: MULTI's queue, a
/// wait. Arguments that were received into memory of their own are shared, until <see cref="Dispose"/>.
/// </summary>
public sealed class OwnedRequest : IDisposable
{
    private readonly byte[] _bytes;
    private readonly SharedArguments? _large;
    private readonly ArgumentSlice[] _slices;
    private readonly RequestKey[] _keys;
    private readonly KeyspaceUse _keyspace;

    public OwnedRequest(Command command, in Arguments args, RequestKeys keys = default)
    {
        Command = command;
        var total = 0;
        var large = 0;
        for (var i = 0; i < args.Count; i++)
        {
            if (args.LargeAt(i) is null)
                total += args[i].Length;
            else
                large++;
        }

        _bytes = new byte[total];
        _slices = new ArgumentSlice[args.Count];
        _large = large == 0 ? null : new SharedArguments(large);
        var offset = 0;
        for (var i = 0; i < args.Count; i++)
        {
            if (args.LargeAt(i) is HeldString argument)
            {
                _slices[i] = new ArgumentSlice(~_large!.Add(argument), ~argument.Length);
                continue;
            }

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
    public Arguments Arguments => new(_bytes, _slices, default, _large?.Strings);

    /// <summary>The keys as they were found when the request came.</summary>
    public RequestKeys Keys => new(_keys, _keyspace);

    /// <summary>Bytes held, for the memory figures of CLIENT LIST.</summary>
    public long Size => OwnSize + (_large?.Bytes ?? 0);

    /// <summary>The same, without what is shared, and counted elsewhere.</summary>
    public long OwnSize => _bytes.Length + (_slices.Length * 8) + (_keys.Length * 16) + 64;

    /// <summary>
    /// Nobody reads the request any more. Whoever cannot say when that is leaves it to the garbage collector.
    /// </summary>
    public void Dispose() => _large?.Dispose();

    /// <summary>References of large arguments.</summary>
    private sealed class SharedArguments(int count) : IDisposable
    {
        private int _count;
        private bool _isDisposed;

        ~SharedArguments() => Release();

        public HeldString[] Strings { get; } = new HeldString[count];

        public long Bytes { get; private set; }

        /// <returns>Its index.</returns>
        public int Add(HeldString argument)
        {
            Bytes += argument.Length;
            Strings[_count] = argument.Share();
            return _count++;
        }

        public void Dispose()
        {
            Release();
            GC.SuppressFinalize(this);
        }

        private void Release()
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            for (var i = 0; i < _count; i++)
                ((IDisposable)Strings[i]).Dispose();
        }
    }
}
