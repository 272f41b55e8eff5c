using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Core.Tests.Commands;

/// <summary>A change log that keeps everything, to be looked at and replayed.</summary>
internal sealed class RecordingChangeLog : IChangeLog
{
    private readonly List<(int First, int Last, byte[] Effects)> _entries = [];
    private int _taken;
    private long _length;

    public bool HasReaders { get; set; } = true;

    public bool HasReplicas { get; set; }

    public long UsedMemory => 0;

    /// <summary>Bytes of the last append.</summary>
    public int LastLength { get; private set; }

    /// <summary>How many large arguments were logged from where they lie.</summary>
    public int LargeParts { get; private set; }

    /// <summary>What of the last append is for replicas alone.</summary>
    public LogRange[] LastForReplicas { get; private set; } = [];

    public long Append(
        int firstDatabase, int lastDatabase, ReadOnlySpan<byte> effects, ReadOnlySpan<LogRange> forReplicas,
        ReadOnlySpan<LargePart> parts)
    {
        var whole = new List<byte>();
        var from = 0;
        foreach (var part in parts)
        {
            whole.AddRange(effects[from..part.At]);
            whole.AddRange(part.Memory.Span);
            from = part.At;
            LargeParts++;
        }

        whole.AddRange(effects[from..]);
        _entries.Add((firstDatabase, lastDatabase, [.. whole]));
        LastForReplicas = forReplicas.ToArray();
        LastLength = whole.Count;
        return _length += whole.Count;
    }

    /// <summary>The commands logged since the last call, as <c>SET k v ; DEL x</c>.</summary>
    public string Take()
    {
        var commands = new List<string>();
        foreach (var (_, _, effects) in _entries.Skip(_taken))
        {
            var requests = Parse(effects);
            for (var i = 0; i < requests.Count; i++)
                commands.Add(Show(requests[i]));
        }

        _taken = _entries.Count;
        return string.Join(" ; ", commands);
    }

    /// <summary>Applies everything that was ever logged.</summary>
    public void ReplayInto(CommandHarness target)
    {
        var client = target.NewClient();
        var session = new ClientSession(0, client, target.Services.NowMs) { Origin = SessionOrigin.Replay };
        using var reply = new ReplyWriter();
        foreach (var (first, last, effects) in _entries)
        {
            session.Database = first;
            var requests = Parse(effects);
            for (var i = 0; i < requests.Count; i++)
                Assert.True(
                    target.Executor.Replay(requests[i], session, reply), $"'{Show(requests[i])}' was logged but fails");
            Assert.Equal(last, session.Database);
        }
    }

    private static RequestBatch Parse(byte[] effects)
    {
        var requests = new RequestBatch();
        var result = new RequestParser(new ProtocolLimits()).Parse(effects, requests, int.MaxValue);
        Assert.Equal(effects.Length, result.Consumed);
        return requests;
    }

    private static string Show(in Arguments args)
    {
        var words = new List<string>();
        for (var i = 0; i < args.Count; i++)
            words.Add(CommandHarness.Show(args[i]));
        return string.Join(' ', words);
    }
}
