using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Replication.Slots;

/// <summary>
/// Deletes, a little at a time, the keys of slots that went to another node, or did not come after all.
/// </summary>
/// <remarks>
/// Nobody sees these keys meanwhile. A stripe is held for some keys, and a core used for a share of the time. Deletions
/// are logged as such, so that files and replicas follow; only when the file has them are the slots forgotten: else a
/// restart could bring keys back that nobody knows to be none of this node's.
/// </remarks>
internal sealed class SlotClearingActor : UntypedActor, IWithTimers
{
    private const int KeysPerVisit = 100;

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(3);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly SlotMoveContext _context;
    private readonly CommandServices _services;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ReplyWriter _effect = new() { Format = ReplyFormat.Resp2 };
    private readonly List<byte[]> _keys = [];
    private SlotSet _slots = SlotSet.Empty;
    private Queue<int> _stripes = [];
    private uint _position;
    private bool _isBusy;

    public SlotClearingActor(SlotMoveContext context)
    {
        _context = context;
        _services = context.Replication.Services;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(SlotMoveContext context) =>
        Akka.Actor.Props.Create(() => new SlotClearingActor(context)).WithDispatcher("redislite.dispatchers.executor");

    protected override void PostStop() => _effect.Dispose();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Look when !_isBusy:
                Begin();
                break;
            case Look:
                break;
            case Step:
                RunTurn();
                break;
            case Written:
                Forget();
                break;
            case Forgotten { Error: { } error }:
                _log.Warning("Slots that are cleared could not be forgotten: {0}", error);
                _isBusy = false;
                Timers.StartSingleTimer(nameof(Look), Look.Instance, RetryInterval);
                break;
            case Forgotten:
                _isBusy = false;
                Context.Parent.Tell(Cleared.Instance);
                Begin();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Begin()
    {
        var slots = _context.Node.Leaving;
        if (slots.IsEmpty || _services.Role != ServerRole.Primary)
            return;
        _isBusy = true;
        _slots = slots;
        _position = 0;
        _stripes = new Queue<int>(slots.Slots
            .Where(slot => _services.Databases[0].HasKeysInSlot(slot))
            .Select(_services.Databases.StripeOfSlot).Distinct());
        RunTurn();
    }

    private void RunTurn()
    {
        var started = Stopwatch.GetTimestamp();
        while (_stripes.TryPeek(out var stripe))
        {
            if (Stopwatch.GetElapsedTime(started) >= Turn)
            {
                Timers.StartSingleTimer(nameof(Step), Step.Instance, Rest);
                return;
            }

            if (!Visit(stripe))
                _stripes.Dequeue();
        }

        var self = Self;
        _services.Persistence.WhenSynced(_context.Log.End, () => self.Tell(Written.Instance));
    }

    /// <returns>Whether the stripe may have more.</returns>
    private bool Visit(int stripe)
    {
        _keys.Clear();
        var databases = _services.Databases;
        var plan = databases.CreatePlan();
        plan.Add(databases.HashOfStripe(stripe), exclusive: true);
        using var turn = _services.Tracking.BeginTurn();
        plan.Enter();
        try
        {
            // A slot may have come back meanwhile.
            var slots = _context.Node.Leaving;
            databases[0].CollectKeys(stripe, slots, KeysPerVisit, ref _position, _keys);
            foreach (var key in _keys)
                databases[0].Remove(databases.MakeKey(key));
            Log();
        }
        finally
        {
            plan.Exit();
        }

        return _position != 0;
    }

    private void Log()
    {
        if (_keys.Count == 0 || !_services.ChangeLog.HasReaders || _services.Role != ServerRole.Primary)
            return;
        _effect.Clear();
        _effect.Array(1 + _keys.Count);
        _effect.Bulk("DEL"u8);
        foreach (var key in _keys)
            _effect.Bulk(key);
        _services.ChangeLog.Append(0, 0, _effect.Written);
    }

    private void Forget()
    {
        var (node, slots) = (_context.Node, _slots);
        Task.Run(() => new Forgotten(node.EndLeaving(slots))).PipeTo(Self);
    }

    /// <summary>There may be something to do.</summary>
    public sealed record Look : IDeadLetterSuppression
    {
        private Look()
        {
        }

        public static Look Instance { get; } = new();
    }

    /// <summary>Some slots have no key left.</summary>
    public sealed record Cleared : IDeadLetterSuppression
    {
        private Cleared()
        {
        }

        public static Cleared Instance { get; } = new();
    }

    private sealed record Forgotten(string? Error) : IDeadLetterSuppression;

    private sealed record Step : IDeadLetterSuppression
    {
        private Step()
        {
        }

        public static Step Instance { get; } = new();
    }

    private sealed record Written : IDeadLetterSuppression
    {
        private Written()
        {
        }

        public static Written Instance { get; } = new();
    }
}
