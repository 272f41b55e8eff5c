using Akka.Event;
using BenchmarkDotNet.Attributes;
using RedisLite.Commands.Execution;
using RedisLite.Configuration;
using RedisLite.Hosting;
using RedisLite.Persistence.Files;
using RedisLite.Protocol;

namespace RedisLite.Microbenchmarks;

/// <summary>
/// From a client's bytes to the bytes of the replies, without sockets and actors: parser, look-up, locks, table, log,
/// reply writer. A server's own components with its default settings; the time is that of a whole batch.
/// </summary>
[MemoryDiagnoser]
public class CommandExecutorBenchmarks
{
    private const int Keys = 100_000;

    private readonly RequestParser _parser = new(ProtocolLimits.Default);
    private ServerComponents _server = null!;
    private CommandExecutor _executor = null!;
    private CommandBatch _batch = null!;
    private byte[][] _gets = [];
    private byte[][] _sets = [];
    private int _next;

    /// <summary>Requests that arrived together.</summary>
    [Params(1, 16, 128)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _server = new ServerComponents(
            RedisLiteSettings.ForTests(), new ServerClock(), NoLogger.Instance, static _ => { }, DiskDevice.Instance);
        _executor = new CommandExecutor(_server.Services);
        var session = new ClientSession(1, NoConnection.Instance, _server.Services.NowMs) { HasSpokenResp = true };
        _batch = new CommandBatch(session, _server.Services);
        var keys = new KeySet(Keys);
        var batches = Math.Max(1, Keys / Batch);
        _sets = [.. Enumerable.Range(0, batches).Select(_ => Requests.Sets(Batch, keys))];
        _gets = [.. Enumerable.Range(0, batches).Select(_ => Requests.Gets(Batch, keys))];
        foreach (var sets in _sets)
            Run(sets);
    }

    [GlobalCleanup]
    public void Free()
    {
        _batch.Dispose();
        _executor.Dispose();
        _server.Dispose();
    }

    [Benchmark]
    public int Get() => Run(Next(_gets));

    [Benchmark]
    public int Set() => Run(Next(_sets));

    [GlobalSetup(Target = nameof(LoggedSet))]
    public void FillAndLog()
    {
        Fill();
        _server.AofQueue.Open();
    }

    /// <summary>As with an append only file whose disk costs nothing.</summary>
    [Benchmark]
    public int LoggedSet()
    {
        var replies = Run(Next(_sets));
        if (_server.AofQueue.Pending > 1024 * 1024)
        {
            using var lease = _server.AofQueue.Take(long.MaxValue);
            _server.AofQueue.MarkWritten(lease!.End);
        }

        return replies;
    }

    private byte[] Next(byte[][] batches)
    {
        _next = _next + 1 < batches.Length ? _next + 1 : 0;
        return batches[_next];
    }

    private int Run(byte[] input)
    {
        _batch.Reply.Clear();
        var parsed = _parser.Parse(input, _batch.Requests, int.MaxValue);
        _batch.Resolve(parsed.Consumed, int.MaxValue);
        if (_executor.Run(_batch, mayWait: true) != BatchOutcome.Completed)
            throw new InvalidOperationException("The batch stopped before its end.");
        return _batch.Reply.Length;
    }
}
