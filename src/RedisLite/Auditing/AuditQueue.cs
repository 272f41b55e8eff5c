using System.Text;
using Akka.Actor;
using RedisLite.Commands.Execution;
using RedisLite.Configuration;

namespace RedisLite.Auditing;

/// <summary>
/// Records of the audit trail on their way to its file, and the policy for when that cannot be written.
/// </summary>
/// <remarks>
/// <code>
///   executors --Add--> [ waiting ] --Take--> actor --> file
///                        full, or the file cannot be written:
///                          drop     what comes is lost, and counted
///                          refuse   writes are refused; what has run already is kept
/// </code>
/// Any thread adds; one actor takes. LOCK: one of its own, held for a copy. The actor is told once when something waits
/// and not again before it has taken it.
/// </remarks>
internal sealed class AuditQueue : IAuditTrail
{
    private static readonly byte[] Refusal = Encoding.ASCII.GetBytes(
        "MISCONF The audit trail cannot be written, and writes are refused until it can (audit-on-failure refuse). "
            + "See the log");

    private readonly Lock _gate = new();
    private readonly long _limit;
    private readonly bool _refuses;
    private readonly AuditEvents _events;
    private byte[] _waiting = new byte[4096];
    private byte[] _spare = new byte[4096];
    private int _length;
    private int _count;
    private bool _isTold;
    private IActorRef _actor = ActorRefs.Nobody;
    private volatile bool _isFailing;
    private volatile bool _isFull;
    private long _added;
    private long _dropped;
    private long _untold;

    /// <param name="settings">Validated.</param>
    public AuditQueue(AuditSettings settings)
    {
        _limit = settings.QueueLimit;
        _refuses = settings.OnFailure == AuditFailure.Refuse;
        _events = AuditEventNames.Parse(settings.Events);
    }

    public AuditEvents Events => _events;

    /// <inheritdoc/>
    public byte[]? WriteRefusal => _refuses && (_isFailing || _isFull) ? Refusal : null;

    /// <summary>Records that have been taken in.</summary>
    public long Added => Volatile.Read(ref _added);

    /// <summary>Records that are lost.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Whether the file cannot be written.</summary>
    public bool IsFailing
    {
        get => _isFailing;
        set => _isFailing = value;
    }

    /// <summary>Bytes that wait.</summary>
    public long Waiting
    {
        get
        {
            lock (_gate)
                return _length;
        }
    }

    /// <summary>The actor that writes; it is told <see cref="AuditActor.Write"/>.</summary>
    public void Attach(IActorRef actor)
    {
        lock (_gate)
        {
            _actor = actor;
            _isTold = _length > 0;
        }

        if (_isTold)
            actor.Tell(AuditActor.Write.Instance);
    }

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<byte> lines, int count)
    {
        IActorRef? told = null;
        lock (_gate)
        {
            // Writes that have passed the gate are kept all the same where none may be lost; but not without end, for
            // logins and administration go on.
            if (_length + lines.Length > (_refuses ? 2 * _limit : _limit))
            {
                Lose(count);
                _isFull = true;
                return;
            }

            Append(lines);
            _count += count;
            Volatile.Write(ref _added, _added + count);
            _isFull = _length >= _limit;
            if (!_isTold && !_actor.IsNobody())
                (told, _isTold) = (_actor, true);
        }

        told?.Tell(AuditActor.Write.Instance);
    }

    /// <summary>Takes all that waits.</summary>
    /// <param name="count">How many records.</param>
    /// <returns>Valid until the next call.</returns>
    public ReadOnlyMemory<byte> Take(out int count)
    {
        lock (_gate)
        {
            var taken = _waiting.AsMemory(0, _length);
            (_waiting, _spare) = (_spare, _waiting);
            count = _count;
            (_length, _count, _isTold, _isFull) = (0, 0, false, false);
            return taken;
        }
    }

    /// <summary>Records are lost.</summary>
    public void Drop(int count)
    {
        lock (_gate)
            Lose(count);
    }

    /// <summary>Records that were lost since the last call: the trail says so itself.</summary>
    public long TakeUntold()
    {
        lock (_gate)
        {
            var untold = _untold;
            _untold = 0;
            return untold;
        }
    }

    private void Lose(int count)
    {
        Volatile.Write(ref _dropped, _dropped + count);
        _untold += count;
    }

    private void Append(ReadOnlySpan<byte> lines)
    {
        if (_waiting.Length - _length < lines.Length)
            Array.Resize(ref _waiting, Math.Max(_length + lines.Length, _waiting.Length * 2));
        lines.CopyTo(_waiting.AsSpan(_length));
        _length += lines.Length;
    }
}
