using Akka.Event;
using BenchmarkDotNet.Attributes;
using RedisLite.Commands.Execution;
using RedisLite.Configuration;
using RedisLite.Hosting;
using RedisLite.Persistence.Files;
using RedisLite.Protocol;

namespace RedisLite.Microbenchmarks;

/// <summary>
/// What the rules of a user cost: a batch of GETs from the bytes to the replies, for users of each kind.
/// </summary>
[MemoryDiagnoser]
public class AccessBenchmarks
{
    private const int Keys = 10_000;
    private const int Batch = 16;

    private readonly RequestParser _parser = new(ProtocolLimits.Default);
    private ServerComponents _server = null!;
    private CommandExecutor _executor = null!;
    private CommandBatch _batch = null!;
    private byte[][] _gets = [];
    private int _next;

    /// <summary>The user's rules; empty for the default user.</summary>
    [Params("", "+@all ~* &a", "+@read +@write ~* &*", "+@read +@write ~key* &*")]
    public string Rules { get; set; } = "";

    [GlobalSetup]
    public void Fill()
    {
        _server = new ServerComponents(
            RedisLiteSettings.ForTests(), new ServerClock(), NoLogger.Instance, static _ => { }, DiskDevice.Instance);
        _executor = new CommandExecutor(_server.Services);
        var users = _server.Services.Access.Users;
        users.Set("limited", ["on", "nopass", .. Rules.Split(' ')], out _, out var user);
        var session = new ClientSession(1, NoConnection.Instance, _server.Services.NowMs)
        {
            HasSpokenResp = true,
            User = Rules.Length == 0 ? users.Default : user,
        };
        _batch = new CommandBatch(session, _server.Services);
        var keys = new KeySet(Keys);
        foreach (var _ in Enumerable.Range(0, Keys / Batch))
            Run(Requests.Sets(Batch, keys));
        _gets = [.. Enumerable.Range(0, Keys / Batch).Select(_ => Requests.Gets(Batch, keys))];
    }

    [GlobalCleanup]
    public void Free()
    {
        _batch.Dispose();
        _executor.Dispose();
        _server.Dispose();
    }

    [Benchmark]
    public int Get()
    {
        _next = _next + 1 < _gets.Length ? _next + 1 : 0;
        return Run(_gets[_next]);
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
