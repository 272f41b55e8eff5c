using RedisLite.Commands.Replication;

namespace RedisLite.Replication;

/// <summary>The figures of the link to the primary. Its actor writes them, any thread reads.</summary>
internal sealed class PrimaryLink(TimeProvider clock)
{
    private int _state;
    private long _lastIoMs;
    private long _downSinceMs;
    private long _unexecuted;
    private long _copyLength;
    private long _copyRead;
    private bool _isAckAsked;

    public PrimaryLinkState State
    {
        get => (PrimaryLinkState)Volatile.Read(ref _state);
        set
        {
            if (State == PrimaryLinkState.Up && value != PrimaryLinkState.Up)
                Volatile.Write(ref _downSinceMs, Now);
            Volatile.Write(ref _state, (int)value);
        }
    }

    /// <summary>Received and not executed yet.</summary>
    public long Unexecuted
    {
        get => Volatile.Read(ref _unexecuted);
        set => Volatile.Write(ref _unexecuted, value);
    }

    /// <summary>0 when it is not known.</summary>
    public long CopyLength
    {
        get => Volatile.Read(ref _copyLength);
        set => Volatile.Write(ref _copyLength, value);
    }

    public long CopyRead
    {
        get => Volatile.Read(ref _copyRead);
        set => Volatile.Write(ref _copyRead, value);
    }

    /// <summary>The primary has asked for an acknowledgement, which the link has to send.</summary>
    public bool IsAckAsked
    {
        get => Volatile.Read(ref _isAckAsked);
        set => Volatile.Write(ref _isAckAsked, value);
    }

    /// <summary>-1 before anything was heard.</summary>
    public long SecondsSinceIo => Seconds(Volatile.Read(ref _lastIoMs));

    /// <summary>-1 when it never stood.</summary>
    public long SecondsSinceDown => Seconds(Volatile.Read(ref _downSinceMs));

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Something has arrived.</summary>
    public void NoteIo() => Volatile.Write(ref _lastIoMs, Now);

    /// <summary>There is another primary.</summary>
    public void Reset()
    {
        State = PrimaryLinkState.Down;
        Volatile.Write(ref _lastIoMs, 0);
        Volatile.Write(ref _downSinceMs, 0);
        Unexecuted = 0;
        IsAckAsked = false;
    }

    private long Seconds(long sinceMs) => sinceMs == 0 ? -1 : Math.Max(0, Now - sinceMs) / 1000;
}
