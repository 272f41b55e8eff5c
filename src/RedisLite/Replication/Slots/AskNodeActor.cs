using System.Text;
using Akka.Actor;
using Akka.Event;
using RedisLite.Configuration;
using RedisLite.Connections;

namespace RedisLite.Replication.Slots;

/// <summary>Asks another node one question, tells its parent the answer, and stops.</summary>
internal sealed class AskNodeActor : UntypedActor, IWithTimers
{
    private const int LongestLine = 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly SlotMoveContext _context;
    private readonly NodePlace _place;
    private readonly Handshake _handshake;
    private readonly StringBuilder _line = new();
    private StreamSocket? _socket;

    public AskNodeActor(SlotMoveContext context, NodePlace place, IReadOnlyList<string> question)
    {
        (_context, _place) = (context, place);
        _handshake = new Handshake(context.Replication.Services.Options.Replication, question);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="context">What it needs of the server.</param>
    /// <param name="place">Where the node is.</param>
    /// <param name="question">A request whose answer is one line.</param>
    public static Props Props(SlotMoveContext context, NodePlace place, IReadOnlyList<string> question) =>
        Akka.Actor.Props.Create(() => new AskNodeActor(context, place, question))
            .WithDispatcher("redislite.dispatchers.executor");

    protected override void PreStart()
    {
        var replication = _context.Replication;
        var tls = replication.Tls is { Credentials.ForReplication: true } ? replication.Tls : null;
        StreamSocket.Connect(replication.Tcp, Context, _place.Host, _place.Port, Patience, tls);
        Timers.StartSingleTimer(nameof(TimedOut), TimedOut.Instance, Patience);
    }

    protected override void PostStop() => _socket?.Abort(Self);

    protected override void OnReceive(object message)
    {
        switch (StreamSocket.EventOf(message, Sender, Self) ?? message)
        {
            case StreamSocket.Opened opened:
                _socket = opened.Socket;
                _socket.Send(_handshake.Request, Self);
                _socket.Read();
                break;
            case StreamSocket.Arrived arrived:
                Take(arrived.ToArray());
                break;
            case StreamSocket.Closed closed:
                End(new Answered(null, closed.Reason));
                break;
            case TimedOut:
                End(new Answered(null, "it does not answer"));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Take(byte[] bytes)
    {
        foreach (var c in bytes)
        {
            if (c != '\n')
            {
                _line.Append((char)c);
                if (_line.Length <= LongestLine)
                    continue;
                End(new Answered(null, "what it sends is no answer"));
                return;
            }

            var line = _line.ToString().TrimEnd('\r');
            _line.Clear();
            if (_handshake.Take(line) is { } refusal)
            {
                End(new Answered(null, refusal) { IsRefusal = true });
                return;
            }

            if (_handshake.Line is { } answer)
            {
                End(new Answered(answer, ""));
                return;
            }

            _socket!.Send(_handshake.Request, Self);
        }

        _socket!.Read();
    }

    private void End(Answered answered)
    {
        Context.Parent.Tell(answered);
        Context.Stop(Self);
    }

    /// <summary>The node has answered, or not.</summary>
    /// <param name="Line">The answer; null for none.</param>
    /// <param name="Error">Why there is none.</param>
    public sealed record Answered(string? Line, string Error) : IDeadLetterSuppression
    {
        /// <summary>Whether it was there, and refused.</summary>
        public bool IsRefusal { get; init; }
    }

    private sealed record TimedOut : IDeadLetterSuppression
    {
        private TimedOut()
        {
        }

        public static TimedOut Instance { get; } = new();
    }
}
