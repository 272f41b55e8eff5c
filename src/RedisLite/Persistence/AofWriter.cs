using RedisLite.Log;
using RedisLite.Persistence.Aof;
using RedisLite.Persistence.Files;

namespace RedisLite.Persistence;

/// <summary>
/// Moves the change log to the increment in use, and from one increment to the next. Belongs to the aof actor, but for
/// <see cref="TryWriteTo"/>, which is any thread's.
/// </summary>
/// <remarks>
/// Steps that fail throw <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> and may be tried again.
/// What they leave is <see cref="Health"/>, the one place that says so:
/// <code>
///   Working --write fails--> Retrying --all written and synced: TrySettle--> Working
///      \           \-fsync fails-v                 ^
///       \-------fsync fails--> Broken              |
///                               | ^ \              |
///                        Switch | |  Abandon,      |
///                               v |  fsync fails   |
///                             Recovering --Complete+
/// </code>
/// Working: what is written and synced may be acknowledged. Retrying: the same, and something waits in memory for the
/// disk to work again. Broken: an fsync has failed and it is unknown what the file lacks, or a primary's copy has taken
/// the place of the data (<see cref="AofQueue.CutOff"/>), and only a rewrite into other files helps. Recovering: the
/// new increment counts only together with a base that is not complete yet. While broken or recovering nothing that was
/// appended since the last good fsync may be acknowledged.
/// LOCK: the gate is held for every step but the fsync itself, beside which the file is written to. Under it the
/// queue's and the log's are taken.
/// </remarks>
internal sealed class AofWriter : IDisposable
{
    // Another thread's write takes some microseconds, and mostly has what this one wants written as well.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(1);

    private readonly AofQueue _queue;
    private readonly AofDirectory _directory;
    private readonly AofFigures _figures;
    private readonly List<ReadOnlyMemory<byte>> _buffers = [];
    private readonly AofNotes _notes = new();
    private readonly Lock _gate = new();
    private AofIncrement _file;
    private AofHealth _health = AofHealth.Working;
    private ReadOnlyMemory<byte> _select;
    private long _closedLength;
    private bool _isSyncing;
    private bool _isSwitching;
    private bool _isDisposed;

    /// <param name="queue">Read here alone.</param>
    /// <param name="directory">Owned from now on; loaded.</param>
    /// <param name="file">The directory's last increment, owned from now on.</param>
    /// <param name="figures">Told of the size.</param>
    public AofWriter(AofQueue queue, AofDirectory directory, AofIncrement file, AofFigures figures)
    {
        _queue = queue;
        _directory = directory;
        _figures = figures;
        _file = file;
        MeasureFiles(isNewBase: true);
    }

    /// <summary>The name of the increment in use.</summary>
    public string FileName => _file.Name;

    /// <summary>What the last steps have left.</summary>
    public AofHealth Health => IsBroken ? AofHealth.Broken : _health;

    private bool IsBroken => _file.IsBroken || _queue.IsCutOff;

    /// <summary>Whether anything was appended that no fsync covers.</summary>
    public bool NeedsSync => _file.SyncedLength < _file.Length || _queue.Synced < _queue.Written;

    /// <summary>Moves what waits in memory to the operating system, unless the file is broken.</summary>
    /// <param name="limit">Up to this position, or everything.</param>
    /// <returns>Whether there was anything.</returns>
    public bool Write(long limit = long.MaxValue)
    {
        lock (_gate)
            return WriteLocked(limit);
    }

    /// <summary>
    /// Moves what waits in memory to the operating system on the calling thread, where that is sure to be quick.
    /// </summary>
    /// <param name="position">What the caller needs to be written.</param>
    /// <param name="most">Bytes that may wait, for it to be quick.</param>
    /// <returns>
    /// Whether it is written. If not, the aof actor has to do it: another thread is at the file for long, an fsync runs
    /// (the system may hold a write until it is over), a rewrite begins, too much waits, or the file does not work.
    /// </returns>
    public bool TryWriteTo(long position, long most)
    {
        if (!_gate.TryEnter(LongestWait))
            return false;
        try
        {
            if (_isDisposed || Health != AofHealth.Working)
                return false;
            if (_queue.Written >= position)
                return true;
            if (_isSyncing || _isSwitching || _queue.Pending > most)
                return false;
            WriteLocked(long.MaxValue);
            return _queue.Written >= position;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The aof actor finds the same when it tries, and tells of it.
            return false;
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>
    /// Has the file say how far it goes, where that is farther than its last bytes: what came after them was for
    /// replicas alone. Not each time that something was, but before the server ends.
    /// </summary>
    public void NoteEnd()
    {
        lock (_gate)
            if (!IsBroken && _queue.WrittenCut is { Stream: { } stream } end && !_notes.Says(stream, end.Position))
                Append([], stream, end.Position);
    }

    /// <summary>Forces what was written to the disk.</summary>
    /// <returns>Whether all that was written is durable now; not while recovering.</returns>
    public bool Sync()
    {
        if (BeginSync(isBesideWrites: false) is not { } sync)
            return false;
        try
        {
            sync.Run();
        }
        catch
        {
            EndSync(sync, succeeded: false);
            throw;
        }

        return EndSync(sync, succeeded: true);
    }

    /// <summary>
    /// Begins an fsync: <see cref="AofSync.Run"/> on any thread, beside which the file may be written to, then
    /// <see cref="EndSync"/>. One at a time, and no other step but writes meanwhile.
    /// </summary>
    /// <param name="isBesideWrites">Whether the aof actor writes meanwhile, and others should leave that to it.</param>
    /// <returns>Null for a file that is broken.</returns>
    public AofSync? BeginSync(bool isBesideWrites)
    {
        lock (_gate)
        {
            if (IsBroken)
                return null;
            _isSyncing = isBesideWrites;

            // What was for replicas alone has moved the position, and there is nothing of it to wait for.
            return new AofSync(_file, _file.Length, _queue.Written, _file.SyncedLength < _file.Length);
        }
    }

    /// <summary>An fsync has ended.</summary>
    /// <returns>Whether what was written before it is durable now; not while recovering.</returns>
    public bool EndSync(AofSync sync, bool succeeded)
    {
        lock (_gate)
        {
            _isSyncing = false;
            if (!succeeded)
                sync.File.GiveUp();
            else if (sync.IsNeeded)
                sync.File.NoteSynced(sync.Length);
            if (IsBroken || _health == AofHealth.Recovering)
                return false;
            _queue.MarkSynced(sync.Position);
            return true;
        }
    }

    /// <summary>Everything has been written and synced after all.</summary>
    /// <returns>Whether the file works.</returns>
    public bool TrySettle()
    {
        lock (_gate)
        {
            if (Health == AofHealth.Retrying)
                _health = AofHealth.Working;
            return Health == AofHealth.Working;
        }
    }

    /// <summary>
    /// Begins a rewrite: what comes after the cut goes to a new increment, what came before is durable.
    /// </summary>
    /// <param name="takeCut">
    /// Takes the snapshot: where the log stands then, and the queue's epoch at the same moment. Nobody writes from
    /// before it until the new increment is there: an effect after the cut that went to the old increment would be
    /// lost with it.
    /// </param>
    /// <returns>The file that is to become the base; disposing it gives it up.</returns>
    public AtomicFile Switch(Func<(LogCut Cut, int Epoch)> takeCut)
    {
        SetSwitching(true);
        try
        {
            // Not under the gate: it waits for everybody who holds a stripe.
            var (cut, epoch) = takeCut();
            lock (_gate)
            {
                if (IsBroken)
                    SwitchToUnlisted(cut.Position, epoch);
                else
                    SwitchToNext(cut.Position);

                // A file is loaded with database 0 selected, wherever the stream stands.
                _select = cut.Database < 0
                    ? default
                    : SelectCommand.Encode(cut.Database, stackalloc byte[SelectCommand.MaxLength]).ToArray();
                _notes.BeginFile();
                MeasureFiles(isNewBase: false);

                // What is before it is in the base. It may be lost as any append: nothing is known of the stream then.
                if (cut.Stream is not null)
                    Append([], cut.Stream, cut.Position);
                return _directory.CreateBase();
            }
        }
        finally
        {
            SetSwitching(false);
        }
    }

    /// <summary>The base is written: from now on it counts, and what it replaces does not.</summary>
    public void Complete(AtomicFile newBase, bool isRdb)
    {
        _directory.CompleteRewrite(newBase, isRdb, _file);
        lock (_gate)
        {
            if (_health == AofHealth.Recovering)
                _health = AofHealth.Retrying;
            MeasureFiles(isNewBase: true);
        }
    }

    /// <summary>Deletes what the last rewrite has replaced.</summary>
    public void DeleteHistory() => _directory.DeleteHistory();

    /// <summary>
    /// The rewrite came to nothing: what was appended since the cut counts only if its increment does.
    /// </summary>
    public void Abandon()
    {
        lock (_gate)
        {
            if (_health == AofHealth.Recovering)
                _file.GiveUp();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _file.Dispose();
        }
    }

    private void SetSwitching(bool isSwitching)
    {
        lock (_gate)
            _isSwitching = isSwitching;
    }

    private bool WriteLocked(long limit)
    {
        if (IsBroken)
            return false;
        using var lease = _queue.Take(limit);
        if (lease is null)
            return false;
        if (lease.Slices.Count > 0)
            Append(lease.Slices, lease.Stream, lease.End);
        _queue.MarkWritten(lease.End);
        _figures.SetSize(_closedLength + _file.Length, isNewBase: false);
        return true;
    }

    private void Append(List<ReadOnlyMemory<byte>> slices, LogStream? stream, long end)
    {
        _buffers.Clear();
        if (!_select.IsEmpty)
            _buffers.Add(_select);
        _buffers.AddRange(slices);
        if (stream is not null)
        {
            var at = _file.Length;
            foreach (var buffer in _buffers)
                at += buffer.Length;
            _buffers.Add(_notes.Of(stream, end, at));
        }

        try
        {
            _file.Append(_buffers);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_health == AofHealth.Working)
                _health = AofHealth.Retrying;
            throw;
        }

        _select = default;
        _notes.Wrote(stream, end);
    }

    private void SwitchToNext(long cut)
    {
        WriteLocked(cut);
        Replace(_directory.StartIncrement(_file));
        _queue.MarkSynced(cut);
    }

    /// <summary>
    /// What was not written before the cut, or is not known to be durable, is in memory and so in the base.
    /// </summary>
    private void SwitchToUnlisted(long cut, int epoch)
    {
        Replace(_directory.CreateIncrement());
        _health = AofHealth.Recovering;
        _queue.MarkWritten(cut);
        _queue.Reopen(epoch);
    }

    private void Replace(AofIncrement next)
    {
        _file.Dispose();
        _file = next;
    }

    /// <summary>Asks the disk, so not for every write.</summary>
    private void MeasureFiles(bool isNewBase)
    {
        _closedLength = _directory.GetClosedLength(_file);
        _figures.SetSize(_closedLength + _file.Length, isNewBase);
    }
}

/// <summary>An fsync of the append only file that runs beside writes to it.</summary>
/// <param name="File">What is forced to the disk.</param>
/// <param name="Length">What was appended to it before.</param>
/// <param name="Position">Of the log, up to which it had been written.</param>
/// <param name="IsNeeded">Whether there is anything that is not on the disk.</param>
internal sealed record AofSync(AofIncrement File, long Length, long Position, bool IsNeeded)
{
    public void Run()
    {
        if (IsNeeded)
            File.Force();
    }
}

/// <summary>Whether the append only file can be written: see <see cref="AofWriter"/>.</summary>
internal enum AofHealth
{
    Working,
    Retrying,
    Broken,
    Recovering,
}
