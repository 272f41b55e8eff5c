using Akka.Actor;
using RedisLite.Commands.Execution;

namespace RedisLite.Execution;

/// <summary>Runs batches. A routee of one of the two executor routers; it keeps nothing between messages.</summary>
/// <remarks>
/// <code>
///   executors-fast  on the io dispatcher: never waits; a busy stripe sends the batch on to the pool
///   executors       on redislite.dispatchers.executor, a fixed-size pool: may wait for stripes
/// </code>
/// </remarks>
internal sealed class ExecutorActor : UntypedActor
{
    private readonly CommandExecutor _executor;
    private readonly IActorRef? _pool;
    private readonly ICommitQueue? _commits;

    public ExecutorActor(CommandServices services, IActorRef? pool, ICommitQueue? commits)
    {
        _executor = new CommandExecutor(services);
        _pool = pool;
        _commits = commits;
    }

    /// <param name="services">Shared by all executors.</param>
    /// <param name="pool">Where a batch goes that would have to wait; null for the pool's own executors, which
    /// wait.</param>
    /// <param name="commits">Where batches go that have to be written first; null when there are no files.</param>
    public static Props Props(CommandServices services, IActorRef? pool, ICommitQueue? commits = null) =>
        Akka.Actor.Props.Create(() => new ExecutorActor(services, pool, commits));

    protected override void OnReceive(object message)
    {
        if (message is not Execute execute)
        {
            Unhandled(message);
            return;
        }

        var outcome = _executor.Run(execute.Batch, mayWait: _pool is null);
        if (outcome == BatchOutcome.LockBusy)
            _pool!.Tell(message, Sender);
        else if (execute.Batch.LogPosition > 0 && _commits is { IsOpen: true })
        {
            execute.Batch.Session.AwaitsDisk = true;
            _commits.Add(execute.Batch.LogPosition, Sender, Executed.For(outcome));
        }
        else
            Sender.Tell(Executed.For(outcome));
    }

    protected override void PreRestart(Exception reason, object message)
    {
        // The run itself failed, beyond what a command's fault is caught at: its client must not wait for ever.
        if (message is Execute)
            Sender.Tell(Executed.Failed);
        base.PreRestart(reason, message);
    }

    protected override void PostStop() => _executor.Dispose();

    /// <summary>
    /// Asks for a run of a batch, which belongs to the executor until it answers <see cref="Executed"/>.
    /// </summary>
    public sealed record Execute(CommandBatch Batch);

    /// <summary>The batch is back with its connection; the outcome says whether it is done.</summary>
    public sealed record Executed
    {
        private static readonly Executed[] ByOutcome =
            [.. Enum.GetValues<BatchOutcome>().Select(outcome => new Executed { Outcome = outcome })];

        private Executed()
        {
        }

        /// <summary>
        /// The run broke off by a fault of ours: the replies are not to be trusted, the connection ends.
        /// </summary>
        public static Executed Failed { get; } = For(RunFailure.Fault);

        /// <summary>
        /// The batch was run, and the disk does not take it: it must not be acknowledged, and the connection ends.
        /// </summary>
        public static Executed Undurable { get; } = For(RunFailure.Undurable);

        /// <summary>
        /// The batch was run, and the cluster may have another owner of what it wrote: it must not be acknowledged, and
        /// the connection ends.
        /// </summary>
        public static Executed Unowned { get; } = For(RunFailure.Unowned);

        public required BatchOutcome Outcome { get; init; }

        /// <summary>Why the replies are not to be sent, if they are not.</summary>
        public RunFailure Failure { get; private init; }

        public static Executed For(BatchOutcome outcome) => ByOutcome[(int)outcome];

        private static Executed For(RunFailure failure) => new() { Outcome = BatchOutcome.Close, Failure = failure };
    }
}

/// <summary>Why a batch that was run is not answered by its replies.</summary>
internal enum RunFailure
{
    None,

    /// <summary>A mistake of ours.</summary>
    Fault,

    /// <summary>The disk does not take it.</summary>
    Undurable,

    /// <summary>The cluster may have given away what it wrote.</summary>
    Unowned,
}
