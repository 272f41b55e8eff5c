using Akka.Event;

namespace RedisLite.Replication;

/// <content>What the actor is told.</content>
internal sealed partial class PrimaryActor
{
    /// <summary>This server has another role, or another primary: the link ends.</summary>
    public sealed record Stop : IDeadLetterSuppression
    {
        private Stop()
        {
        }

        public static Stop Instance { get; } = new();
    }

    /// <summary>CLIENT KILL: the link ends, and begins anew.</summary>
    public sealed record Kill : IDeadLetterSuppression
    {
        private Kill()
        {
        }

        public static Kill Instance { get; } = new();
    }

    /// <summary>The server's clock was moved on.</summary>
    public sealed record ClockAdvanced : IDeadLetterSuppression
    {
        private ClockAdvanced()
        {
        }

        public static ClockAdvanced Instance { get; } = new();
    }

    /// <summary>What held the link up is over.</summary>
    public sealed record GoOn : IDeadLetterSuppression
    {
        private GoOn()
        {
        }

        public static GoOn Instance { get; } = new();
    }

    private sealed record LoadFailed(Exception Cause) : IDeadLetterSuppression;

    private sealed record TimedOut : IDeadLetterSuppression
    {
        private TimedOut()
        {
        }

        public static TimedOut Instance { get; } = new();
    }

    private sealed record TryAgain : IDeadLetterSuppression
    {
        private TryAgain()
        {
        }

        public static TryAgain Instance { get; } = new();
    }

    private sealed record Look : IDeadLetterSuppression
    {
        private Look()
        {
        }

        public static Look Instance { get; } = new();
    }
}
