namespace RedisLite.Benchmark.Load;

/// <summary>Gives a worker the bytes of its next requests.</summary>
/// <remarks>
/// A mix of one template is kept encoded as often as it may be needed at once, and only keys are patched: a 64 KiB
/// value is then never copied by this program. Other mixes are put together from their templates. Not thread-safe;
/// what <see cref="Next"/> returned is valid until its next call.
/// </remarks>
internal sealed class RequestSource
{
    private const int ChunkBytes = 256 * 1024;

    private readonly RequestMix _mix;
    private readonly KeyPicker _keys;
    private readonly SeededRandom _random;
    private readonly byte[] _chunk;
    private readonly RequestTemplate? _only;
    private readonly int _onlyCapacity;
    private readonly double[] _cumulativeWeights;
    private RequestTemplate? _chosen;

    /// <param name="mix">What to send.</param>
    /// <param name="keys">Chooses the keys.</param>
    /// <param name="random">Chooses among the templates.</param>
    /// <param name="pipeline">The most requests that one call will ask for.</param>
    public RequestSource(RequestMix mix, KeyPicker keys, SeededRandom random, int pipeline)
    {
        _mix = mix;
        _keys = keys;
        _random = random;
        var longest = mix.Requests.Max(request => request.Template.Length);
        if (mix.Requests.Count == 1)
        {
            _only = mix.Requests[0].Template;
            _onlyCapacity = Math.Clamp(ChunkBytes / longest, 1, pipeline);
            _chunk = new byte[_onlyCapacity * longest];
            for (var i = 0; i < _onlyCapacity; i++)
                _only.Bytes.CopyTo(_chunk.AsSpan(i * longest));
        }
        else
            _chunk = new byte[Math.Max(ChunkBytes, longest)];

        var sum = 0.0;
        _cumulativeWeights = [.. mix.Requests.Select(request => sum += request.Weight)];
    }

    /// <summary>Encodes requests: at least one, at most <paramref name="wanted"/>, as many as fit the chunk.</summary>
    /// <param name="wanted">Requests wanted, at least 1.</param>
    /// <param name="count">Requests given.</param>
    public ReadOnlySpan<byte> Next(int wanted, out int count)
    {
        if (_only is null)
            return Assemble(wanted, out count);
        count = Math.Min(wanted, _onlyCapacity);
        var length = _only.Length;
        foreach (var offset in _only.KeyOffsets)
        {
            for (var i = 0; i < count; i++)
                RequestTemplate.PatchKey(_chunk, (i * length) + offset, _keys.Next());
        }

        return _chunk.AsSpan(0, count * length);
    }

    private ReadOnlySpan<byte> Assemble(int wanted, out int count)
    {
        var used = 0;
        for (count = 0; count < wanted; count++)
        {
            // One that does not fit is kept for the next call: dropping it would send fewer of the long ones.
            var template = _chosen ?? Choose();
            _chosen = null;
            if (used + template.Length > _chunk.Length)
            {
                _chosen = template;
                break;
            }

            var request = _chunk.AsSpan(used, template.Length);
            template.Bytes.CopyTo(request);
            foreach (var offset in template.KeyOffsets)
                RequestTemplate.PatchKey(request, offset, _keys.Next());
            used += template.Length;
        }

        return _chunk.AsSpan(0, used);
    }

    private RequestTemplate Choose()
    {
        var point = _random.NextDouble() * _cumulativeWeights[^1];
        var index = 0;
        while (index < _cumulativeWeights.Length - 1 && point >= _cumulativeWeights[index])
            index++;
        return _mix.Requests[index].Template;
    }
}
