using Akka.Event;
using RedisLite.Commands.Execution;

namespace RedisLite.Connections;

/// <content>What others tell it; the rest comes from Akka.IO and the executors.</content>
internal sealed partial class ConnectionActor
{
    /// <summary>Answer what was read, then close: the server is stopping.</summary>
    public sealed record Drain : IDeadLetterSuppression
    {
        private Drain()
        {
        }

        public static Drain Instance { get; } = new();
    }

    /// <summary>Close this connection; CLIENT KILL, timeouts.</summary>
    public sealed record Close(bool RepliesFirst) : IDeadLetterSuppression
    {
        public static Close AtOnce { get; } = new(RepliesFirst: false);

        public static Close AfterReplies { get; } = new(RepliesFirst: true);
    }

    /// <summary>Send a message between replies. The memory belongs to the connection from here on.</summary>
    public sealed record Push(ReadOnlyMemory<byte> Message) : IDeadLetterSuppression;

    /// <summary>The time of a parked command is over.</summary>
    public sealed record WaitTimedOut(ParkedCommand Parked) : IDeadLetterSuppression;

    /// <summary>The wait of a parked command has ended.</summary>
    public sealed record Resume(ParkedCommand Parked) : IDeadLetterSuppression;
}
