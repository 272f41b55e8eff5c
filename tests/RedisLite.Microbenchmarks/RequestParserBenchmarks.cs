using BenchmarkDotNet.Attributes;
using RedisLite.Protocol;

namespace RedisLite.Microbenchmarks;

/// <summary>From received bytes to requests: the time is that of a whole batch.</summary>
[MemoryDiagnoser]
public class RequestParserBenchmarks
{
    private readonly RequestParser _parser = new(ProtocolLimits.Default);
    private readonly RequestBatch _batch = new();
    private byte[] _gets = [];
    private byte[] _sets = [];
    private byte[] _lines = [];

    /// <summary>Requests that arrived together.</summary>
    [Params(1, 16, 128)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Encode()
    {
        var keys = new KeySet(1_000);
        _gets = Requests.Gets(Batch, keys);
        _sets = Requests.Sets(Batch, keys);
        _lines = Requests.InlineGets(Batch, keys);
    }

    [Benchmark]
    public int Get() => Parse(_gets);

    [Benchmark]
    public int Set() => Parse(_sets);

    [Benchmark]
    public int InlineGet() => Parse(_lines);

    private int Parse(byte[] input)
    {
        _parser.Parse(input, _batch, int.MaxValue);
        return _batch.Count;
    }
}
