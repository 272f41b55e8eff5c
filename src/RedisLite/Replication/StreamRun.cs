using Akka.Actor;
using RedisLite.Commands.Execution;
using RedisLite.Connections;
using RedisLite.Execution;

namespace RedisLite.Replication;

/// <summary>Has the commands that come on a socket executed, in order: a primary's stream, or another node's.</summary>
/// <remarks>
/// Through the same executors as clients' requests, one batch at a time. It reads on as long as not too much waits;
/// while the disk is behind nothing is executed, and what the other sends waits in the kernel. Used by one actor, the
/// <paramref name="owner"/>, which gets <see cref="ExecutorActor.Executed"/>.
/// </remarks>
/// <param name="context">What it needs of the server.</param>
/// <param name="socket">Where it reads on.</param>
/// <param name="session">Whose commands they are.</param>
/// <param name="owner">The actor.</param>
/// <param name="blanks">
/// Gets bytes that are no command, where they count in the stream; not while a batch runs.
/// </param>
internal sealed class StreamRun(
    ReplicationContext context, StreamSocket socket, ClientSession session, IActorRef owner,
    Action<ReadOnlySpan<byte>>? blanks = null) : IDisposable
{
    private const long InputHighWater = 1024 * 1024;

    private readonly StreamInput _input = new(context.Services.Databases);
    private readonly CommandBatch _batch = new(session, context.Services);
    private ExecutorActor.Execute? _execute;

    // What is there is the beginning of a command.
    private bool _isCut;
    private bool _isReading;

    public ClientSession Session => session;

    /// <summary>Bytes that have come and are not executed.</summary>
    public long Unexecuted => _input.Length;

    /// <summary>Bytes that are executed.</summary>
    public long Executed { get; private set; }

    /// <summary>Why nothing more can be read; null as long as it is a stream.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Whether an executor has the batch.</summary>
    public bool IsExecuting { get; private set; }

    /// <summary>Takes bytes that came before the stream was one.</summary>
    public void Add(byte[] rest)
    {
        if (rest.Length > 0)
            _input.Add(rest);
    }

    /// <summary>Takes what has arrived.</summary>
    /// <returns>False when nothing more can be read: see <see cref="Refusal"/>.</returns>
    public bool Take(StreamSocket.Arrived arrived)
    {
        _isReading = false;
        _input.Add(arrived);
        return Next();
    }

    /// <summary>Has what is there executed, and reads on as long as not too much waits.</summary>
    /// <returns>False when nothing more can be read: see <see cref="Refusal"/>.</returns>
    public bool Next()
    {
        if (!IsExecuting && _input.Length > 0 && !Dispatch())
            return false;

        // Of a command that is longer than the limit nothing can be executed until all of it is there.
        if (_isReading || (_input.Length >= InputHighWater && !_isCut))
            return true;
        _isReading = true;
        socket.Read();
        return true;
    }

    /// <summary>The executor has given the batch back; if it was not done with it, it has it again.</summary>
    public StreamStep EndRun()
    {
        IsExecuting = false;
        if (session.CloseAfterReply)
            return StreamStep.Cut;
        _batch.Reply.Clear();
        if (_batch.Next < _batch.Count)
        {
            IsExecuting = true;
            context.Pool.Tell(_execute!, owner);
            return StreamStep.Running;
        }

        _batch.Clear();
        Consume();
        return StreamStep.Done;
    }

    /// <summary>The link has ended while a batch ran, and it is back.</summary>
    public void NoteBack() => IsExecuting = false;

    public void Dispose()
    {
        // An executor may still have the batch when the whole server stops: then both are left to the collector.
        if (IsExecuting)
            return;
        _batch.Dispose();
        _input.Dispose();
    }

    private bool Dispatch()
    {
        _isCut = false;

        // Nobody waits for a reply, but what is executed has to go to the file.
        if (context.Services.Writers.ParkIfHeld(context.Services.Persistence, session.Connection) is not null)
            return true;
        Refusal = _input.TryParse(_batch, context.MaxRequestsPerBatch, context.PoolArgumentThreshold);
        if (Refusal is not null)
            return false;
        _isCut = _batch.Count == 0;
        if (_isCut)
        {
            Consume();
            return true;
        }

        IsExecuting = true;
        _execute ??= new ExecutorActor.Execute(_batch);
        (_batch.NeedsPool ? context.Pool : context.Fast).Tell(_execute, owner);
        return true;
    }

    private void Consume()
    {
        if (_input.Blanks is { IsEmpty: false } bytes)
            blanks?.Invoke(bytes);
        Executed += _input.Consume();
    }
}

/// <summary>What came of a run.</summary>
internal enum StreamStep
{
    /// <summary>All that was parsed is executed.</summary>
    Done,

    /// <summary>The executor goes on with it.</summary>
    Running,

    /// <summary>The stream is not followed any more.</summary>
    Cut,
}
