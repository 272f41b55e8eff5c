using RedisLite.Commands.Execution;
using RedisLite.Log;

namespace RedisLite.Persistence;

/// <summary>
/// The append only file's reader of the change log, and its policy: how much may wait for the disk, and how long.
/// </summary>
/// <remarks>
/// <code>
///   change log    ...SET a 1 | SET b 2 | SET c 3 | SET d 4
///                            ^ Synced  ^ Written           ^ Appended
///                            on the    with the operating  in memory; more than the limit of it has writers wait
///                            disk      system
/// </code>
/// The aof actor reads and moves the positions; any thread asks for them. <see cref="IsFull"/> becomes true when it is
/// asked, and <see cref="RoomAgain"/> follows exactly once for each time that it has: who has been told to wait and
/// then puts itself on a list has to ask once more, since the call may have come in between. It reads for as long as
/// the server lives: if the aof actor fails, effects pile up and their replies wait, rather than being given without a
/// file.
/// </remarks>
internal sealed class AofQueue(ChangeLog log, long limit)
{
    // So much waits before the aof actor's next tick does not do any more: more than what a thread executes before it
    // writes that itself (AofCommits).
    private const long WakeAt = 8 * LogChunk.Size;

    private readonly Lock _gate = new();
    private LogReader? _reader;
    private long _synced;
    private bool _isHeld;
    private bool _wasFull;

    // Nothing from here on is for the file in use; long.MaxValue: everything is.
    private long _end = long.MaxValue;
    private int _epoch;
    private long _fullCount;

    /// <summary>Whether there is an append only file.</summary>
    public bool IsOpen => Volatile.Read(ref _reader) is not null;

    /// <summary>Bytes that may wait to be written before writers do.</summary>
    public long Limit => limit;

    /// <summary>The position up to which effects have been appended.</summary>
    public long Appended => log.End;

    /// <summary>The position up to which everything has been written.</summary>
    public long Written => Volatile.Read(ref _reader)?.Position ?? log.End;

    /// <summary>
    /// The position up to which everything is known to be on the disk; without a file nothing is behind, whoever else
    /// reads.
    /// </summary>
    public long Synced => Volatile.Read(ref _reader) is null ? log.End : Volatile.Read(ref _synced);

    /// <summary>Bytes that wait to be written.</summary>
    public long Pending => Volatile.Read(ref _reader)?.Lag ?? 0;

    /// <summary>How often writers have had to wait: <see cref="IsFull"/> has become true.</summary>
    public long FullCount => Volatile.Read(ref _fullCount);

    /// <summary>Called when writers that were told to wait may go on; from any thread, and it must not wait.</summary>
    public Action? RoomAgain { get; set; }

    /// <summary>
    /// Called, by a thread that appends, when so much waits that the aof actor should not sleep any longer, and for the
    /// first change after <see cref="TrySleep"/>.
    /// </summary>
    public Action? Wake
    {
        set
        {
            if (_reader is not null)
                _reader.Wake = value;
        }
    }

    /// <summary>Whether writers must wait before they begin, because the disk is too far behind. Any thread.</summary>
    public bool IsFull
    {
        get
        {
            if (!IsTooFarBehind)
                return false;
            lock (_gate)
            {
                var isFull = IsTooFarBehind;
                if (isFull && !_wasFull)
                {
                    _wasFull = true;
                    _fullCount++;
                }

                return isFull;
            }
        }
    }

    private bool IsTooFarBehind => Pending > limit || Volatile.Read(ref _isHeld);

    /// <summary>
    /// Begins to read: everything appended from now on goes to the file. LOCK: all stripes exclusively, or no client is
    /// served yet.
    /// </summary>
    public void Open()
    {
        var reader = log.AddReader("aof", new LogReaderOptions { Audience = LogAudience.All, WakeAt = WakeAt });
        Volatile.Write(ref _synced, reader.Position);
        Volatile.Write(ref _reader, reader);
    }

    /// <summary>
    /// Has writers wait although there is room, because what they have written is not durable in time; or lets them go
    /// on.
    /// </summary>
    public void HoldWriters(bool isHeld)
    {
        if (isHeld == Volatile.Read(ref _isHeld))
            return;
        Volatile.Write(ref _isHeld, isHeld);
        TellIfRoom();
    }

    /// <summary>Whether the file in use is not to get what is appended now: see <see cref="CutOff"/>.</summary>
    public bool IsCutOff => Volatile.Read(ref _end) != long.MaxValue;

    /// <summary>How often the file was cut off. Asked with a cut, it tells whether that was before or after.</summary>
    public int Epoch => Volatile.Read(ref _epoch);

    /// <summary>
    /// Other data is in memory than what the file has led to, so it gets nothing more; until a rewrite, whose cut is
    /// taken later, has other files. LOCK: all stripes exclusively.
    /// </summary>
    public void CutOff()
    {
        lock (_gate)
        {
            if (!IsOpen)
                return;
            Volatile.Write(ref _end, Math.Min(_end, log.End));
            _epoch++;
        }
    }

    /// <summary>A rewrite has new files, unless they were cut off since its cut.</summary>
    public void Reopen(int epoch)
    {
        lock (_gate)
        {
            if (epoch == _epoch)
                Volatile.Write(ref _end, long.MaxValue);
        }
    }

    /// <summary>Where the log stands. LOCK: all stripes are held exclusively.</summary>
    public LogCut Cut() => log.Cut();

    /// <summary>Where the log ends; the default while the file is cut off, or something of it is not written.</summary>
    public LogCut WrittenCut
    {
        get
        {
            lock (_gate)
            {
                var cut = log.Cut();
                return IsCutOff || cut.Position != Written ? default : cut;
            }
        }
    }

    /// <summary>Shows what is to be written next; null when there is nothing.</summary>
    /// <param name="end">A position to stop at.</param>
    public LogLease? Take(long end)
    {
        // Under the gate: what is appended after a cut-off must not come in between.
        lock (_gate)
        {
            var lease = _reader?.Take(Math.Min(end, _end));
            if (lease is not null && IsCutOff)
                lease.Stream = null;
            return lease;
        }
    }

    /// <summary>Has the next change call <see cref="Wake"/>, if there is nothing to be written.</summary>
    /// <returns>Whether the aof actor may sleep until then.</returns>
    public bool TrySleep() => _reader?.TrySleep() ?? true;

    /// <summary>Everything up to a position has been written, or needs no writing any more.</summary>
    public void MarkWritten(long position)
    {
        _reader?.Advance(position);
        TellIfRoom();
    }

    /// <summary>Everything written up to a position is on the disk.</summary>
    public void MarkSynced(long position) => Volatile.Write(ref _synced, Math.Max(_synced, position));

    private void TellIfRoom()
    {
        lock (_gate)
        {
            if (!_wasFull || IsTooFarBehind)
                return;
            _wasFull = false;
        }

        RoomAgain?.Invoke();
    }
}
