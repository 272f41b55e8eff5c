using System.Text;
using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Core.Tests.Commands;

/// <summary>A client of a <see cref="CommandHarness"/>, with its own session.</summary>
internal sealed class TestClient : IClientConnection, IDisposable
{
    private static readonly byte[] LineEnd = "\r\n"u8.ToArray();

    private readonly CommandHarness _harness;
    private readonly CommandBatch _batch;
    private readonly RequestParser _parser = new(
        new ProtocolLimits())
    { LargeArgumentLength = Keyspace.LargeStringLength };

    internal TestClient(CommandHarness harness, SessionOrigin origin)
    {
        _harness = harness;
        Session = new ClientSession(harness.Services.Clients.NextId(), this, harness.Services.NowMs)
        {
            HasSpokenResp = true,
            Origin = origin,
            User = origin == SessionOrigin.Client ? harness.Services.Access.Users.Default : null,
            IsAuthenticated = harness.Services.Access.Users.Default.IsOpen,
        };
        harness.Services.Clients.Add(Session);
        _batch = new CommandBatch(Session, harness.Services);
    }

    public ClientSession Session { get; }

    public string RemoteAddress { get; set; } = "127.0.0.1:50000";

    public string LocalAddress => "127.0.0.1:6379";

    public long QueryBufferLength { get; set; }

    public long OutputBufferLength => 0;

    /// <summary>What was sent to it outside replies, shown as replies are.</summary>
    public List<string> Pushes { get; } = [];

    public bool IsClosed { get; private set; }

    /// <summary>How the last run ended.</summary>
    public BatchOutcome Outcome { get; private set; }

    /// <summary>What the last run waits for, if it is parked.</summary>
    public ParkedCommand? Parked => Outcome == BatchOutcome.Parked ? _batch.Parked : null;

    /// <summary>Waits that somebody ended.</summary>
    public List<ParkedCommand> Resumed { get; } = [];

    /// <summary>Called in place of noting <see cref="Resumed"/>, on whatever thread ends the wait.</summary>
    public Action? OnResume { get; set; }

    /// <summary>Runs a command as one would type it.</summary>
    public string Run(string command) => Show(RunRaw([.. Encoding.Latin1.GetBytes(command), .. LineEnd]));

    /// <summary>Runs commands that arrive together.</summary>
    public string RunMany(params string[] commands) =>
        Show(RunRaw(Encoding.Latin1.GetBytes(string.Join("\r\n", commands) + "\r\n")));

    /// <summary>Runs a command of any bytes.</summary>
    public string Run(params byte[][] args)
    {
        using var request = new ReplyWriter();
        request.Array(args.Length);
        foreach (var arg in args)
            request.Bulk(arg);
        return Show(RunRaw(request.ToArray()));
    }

    /// <summary>Runs whole requests as they come over the wire, and returns the replies so.</summary>
    public byte[] RunRaw(byte[] input)
    {
        Prepare(input);
        return RunOn(_harness.Executor, []);
    }

    /// <summary>Runs a command whose large arguments arrive in native memory, as a connection receives them.</summary>
    public string RunReceived(params byte[][] args) => Show(RunReceivedRaw(args));

    /// <inheritdoc cref="RunReceived"/>
    public byte[] RunReceivedRaw(params byte[][] args)
    {
        var input = new List<byte>(Encoding.ASCII.GetBytes($"*{args.Length}\r\n"));
        foreach (var arg in args)
        {
            input.AddRange(Encoding.ASCII.GetBytes($"${arg.Length}\r\n"));
            if (arg.Length >= Keyspace.LargeStringLength)
                Receive(input, arg);
            else
                input.AddRange(arg);
            input.AddRange(LineEnd);
        }

        Prepare([.. input]);
        return RunOn(_harness.Executor, []);
    }

    /// <summary>Does what a connection does when the wait of its command has ended; nothing while it has not.</summary>
    /// <param name="executor">Runs what is left; null for the harness's.</param>
    /// <returns>The replies that come of it.</returns>
    public string TakeUp(CommandExecutor? executor = null)
    {
        if (Parked is not { End: not ParkedEnd.None })
            return "";
        _batch.Reply.Clear();
        _batch.TakeUp();
        return Show(RunOn(executor ?? _harness.Executor, [.. _batch.Reply.ToArray()]));
    }

    /// <summary>The time of its command is over, if it still waits.</summary>
    public string TimeOut()
    {
        Parked!.TryEnd(ParkedEnd.TimedOut);
        return TakeUp();
    }

    /// <summary>The client closes its connection.</summary>
    public void Disconnect() => _batch.Abandon();

    /// <summary>Has another executor run its next commands.</summary>
    public string RunWith(CommandExecutor executor, string command, bool settles = true)
    {
        Prepare([.. Encoding.Latin1.GetBytes(command), .. LineEnd]);
        return Show(RunOn(executor, [], settles));
    }

    /// <summary>
    /// Runs commands that arrive together on a thread that must not be kept, as one that reads sockets is.
    /// </summary>
    /// <returns>What was replied; <see cref="Outcome"/> says whether that was all, and <see cref="GoOn"/> does the
    /// rest.</returns>
    public string RunShort(params string[] commands)
    {
        Prepare(Encoding.Latin1.GetBytes(string.Join("\r\n", commands) + "\r\n"));
        Outcome = _harness.Executor.Run(_batch, mayWait: false);
        return Show(_batch.Reply.Written);
    }

    /// <summary>Has an executor that may wait run what is left of a batch.</summary>
    /// <param name="executor">One of the pool's.</param>
    public string GoOn(CommandExecutor executor) => Show(RunOn(executor, []));

    /// <summary>The connection has the batch back: for commands run without that.</summary>
    public void Settle()
    {
        Session.Parked = _batch.Parked;
        _batch.Parked?.Settle();
    }

    /// <summary>Runs whole requests and forgets the replies.</summary>
    public void RunOnly(byte[] input)
    {
        _batch.Reply.Clear();
        _parser.Parse(input, _batch.Requests, int.MaxValue);
        _batch.Resolve(input.Length, poolThreshold: int.MaxValue);
        Outcome = _harness.Executor.Run(_batch, mayWait: true);
    }

    public void Dispose()
    {
        _batch.Abandon();
        Session.Watched?.Clear();
        Session.Transaction = null;
        _parser.Dispose();
        Session.Extensions.Dispose();
        _harness.Services.Clients.Remove(Session);
        _batch.Dispose();
    }

    void IClientConnection.Push(ReadOnlyMemory<byte> message) => Pushes.Add(Show(message.Span));

    void IClientConnection.Close(bool afterReplies) => IsClosed = true;

    void IClientConnection.Resume(ParkedCommand parked)
    {
        if (OnResume is { } onResume)
            onResume();
        else
            Resumed.Add(parked);
    }

    private void Receive(List<byte> input, byte[] argument)
    {
        _parser.Parse(input.ToArray(), _batch.Requests, 1);
        Assert.Equal(argument.Length, _parser.CutLength);
        _parser.Divert();
        using var intake = _harness.Databases.BeginString(argument.Length);
        intake.Add(argument.AsSpan(0, 10));
        intake.Add(argument.AsSpan(10));
        _parser.Supply(intake.Complete());
    }

    private void Prepare(byte[] input)
    {
        _batch.Reply.Clear();
        var result = _parser.Parse(input, _batch.Requests, int.MaxValue);
        Assert.Equal(input.Length, result.Consumed);
        _batch.Resolve(input.Length, poolThreshold: int.MaxValue);
    }

    private byte[] RunOn(CommandExecutor executor, List<byte> replies, bool settles = true)
    {
        do
        {
            _batch.Reply.Clear();
            Outcome = executor.Run(_batch, mayWait: true);
            replies.AddRange(_batch.Reply.ToArray());
        }
        while (Outcome == BatchOutcome.ReplyFull);
        _batch.Reply.Clear();
        if (Outcome == BatchOutcome.Parked && settles)
            Settle();
        return [.. replies];
    }

    private static string Show(ReadOnlySpan<byte> reply)
    {
        var text = new StringBuilder();
        while (!reply.IsEmpty)
        {
            var end = reply.IndexOf(LineEnd);
            if (text.Length > 0)
                text.Append(' ');
            text.Append(CommandHarness.Show(end < 0 ? reply : reply[..end]));
            reply = end < 0 ? default : reply[(end + LineEnd.Length)..];
        }

        return text.ToString();
    }
}
