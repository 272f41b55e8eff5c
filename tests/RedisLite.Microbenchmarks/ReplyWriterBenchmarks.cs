using BenchmarkDotNet.Attributes;
using RedisLite.Protocol;

namespace RedisLite.Microbenchmarks;

/// <summary>Replies into the buffer that goes to the socket; the time is that of one reply.</summary>
[MemoryDiagnoser]
public class ReplyWriterBenchmarks
{
    private const int Replies = 128;
    private const int Elements = 100;

    private readonly byte[] _value = new byte[Requests.ValueLength];
    private ReplyWriter _writer = new();

    /// <summary>The form of the replies.</summary>
    [Params(ReplyFormat.Plain, ReplyFormat.Resp2, ReplyFormat.Resp3)]
    public ReplyFormat Format { get; set; }

    [GlobalSetup]
    public void Open() => _writer = new ReplyWriter(Format);

    [GlobalCleanup]
    public void Close() => _writer.Dispose();

    [Benchmark(OperationsPerInvoke = Replies)]
    public int Ok()
    {
        for (var i = 0; i < Replies; i++)
            _writer.Ok();
        return Take();
    }

    [Benchmark(OperationsPerInvoke = Replies)]
    public int Integer()
    {
        for (var i = 0; i < Replies; i++)
            _writer.Integer(i * 1_000L);
        return Take();
    }

    [Benchmark(OperationsPerInvoke = Replies)]
    public int BulkOf32()
    {
        for (var i = 0; i < Replies; i++)
            _writer.Bulk(_value);
        return Take();
    }

    [Benchmark(OperationsPerInvoke = Replies)]
    public int Null()
    {
        for (var i = 0; i < Replies; i++)
            _writer.Null();
        return Take();
    }

    /// <summary>The reply to an MGET of a hundred keys.</summary>
    [Benchmark]
    public int ArrayOf100()
    {
        _writer.Array(Elements);
        for (var i = 0; i < Elements; i++)
            _writer.Bulk(_value);
        return Take();
    }

    private int Take()
    {
        var length = _writer.Length;
        _writer.Clear();
        return length;
    }
}
