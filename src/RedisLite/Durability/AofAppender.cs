using RedisLite.Persistence.Aof;
using RedisLite.Persistence.Files;

namespace RedisLite.Durability;

/// <summary>Moves the change log to the increment in use, and from one increment to the next. Belongs to the aof actor.</summary>
/// <remarks>
/// Steps that fail throw <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> and may be tried again:
/// <code>
///   appending --write fails--> appending                   nothing was appended, all of it is still in memory
///       \------fsync fails---> broken --Switch--> recovering --Complete--> appending
///                                 ^                   | Abandon
///                                 +-------------------+
/// </code>
/// While broken or recovering nothing that was appended since the last good fsync may be acknowledged: the increment in
/// use counts only together with a base that is not complete yet.
/// </remarks>
internal sealed class AofAppender : IDisposable
{
    private readonly ChangeLog _changeLog;
    private readonly AofDirectory _directory;
    private readonly AofFigures _figures;
    private readonly List<ReadOnlyMemory<byte>> _chunks = [];
    private AofFile _file;
    private long _closedLength;
    private bool _isRecovering;

    /// <param name="changeLog">Read here alone.</param>
    /// <param name="directory">Owned from now on; loaded.</param>
    /// <param name="file">The directory's last increment, owned from now on.</param>
    /// <param name="figures">Told of the size.</param>
    public AofAppender(ChangeLog changeLog, AofDirectory directory, AofFile file, AofFigures figures)
    {
        _changeLog = changeLog;
        _directory = directory;
        _figures = figures;
        _file = file;
        MeasureFiles(isNewBase: true);
    }

    /// <summary>The name of the increment in use.</summary>
    public string FileName => _file.Name;

    /// <summary>Whether only a rewrite can help: an fsync has failed, and what the file lacks is in memory alone.</summary>
    public bool IsBroken => _file.IsBroken;

    /// <summary>Whether what is on the disk waits for a rewrite to count.</summary>
    public bool NeedsRewrite => _isRecovering || _file.IsBroken;

    /// <summary>Whether anything was appended that no fsync covers.</summary>
    public bool NeedsSync => _file.SyncedLength < _file.Length || _changeLog.Synced < _changeLog.Written;

    /// <summary>Moves what waits in memory to the operating system, unless the file is broken.</summary>
    /// <param name="limit">Up to this position, which <see cref="ChangeLog.Cut"/> gave; or everything.</param>
    /// <returns>Whether there was anything.</returns>
    public bool Write(long limit = long.MaxValue)
    {
        if (_file.IsBroken)
            return false;
        _changeLog.TakePending(limit, _chunks);
        if (_chunks.Count == 0)
            return false;
        _file.Append(_chunks);
        _changeLog.MarkWritten(_chunks.Count);
        _figures.SetSize(_closedLength + _file.Length, isNewBase: false);
        return true;
    }

    /// <summary>Forces what was written to the disk.</summary>
    /// <returns>Whether all that was written is durable now; not while recovering.</returns>
    public bool Sync()
    {
        if (_file.IsBroken)
            return false;
        var position = _changeLog.Written;
        _file.Sync();
        if (_isRecovering)
            return false;
        _changeLog.MarkSynced(position);
        return true;
    }

    /// <summary>Begins a rewrite: what comes after the cut goes to a new increment, what came before is durable.</summary>
    /// <param name="cut">Where the snapshot was taken.</param>
    /// <returns>The file that is to become the base; disposing it gives it up.</returns>
    public AtomicFile Switch(long cut)
    {
        if (_file.IsBroken)
            SwitchToUnlisted(cut);
        else
            SwitchToNext(cut);
        MeasureFiles(isNewBase: false);
        return _directory.CreateBase();
    }

    /// <summary>The base is written: from now on it counts, and what it replaces does not.</summary>
    public void Complete(AtomicFile newBase, bool isRdb)
    {
        _directory.CompleteRewrite(newBase, isRdb, _file);
        _isRecovering = false;
        MeasureFiles(isNewBase: true);
    }

    /// <summary>Deletes what the last rewrite has replaced.</summary>
    public void DeleteHistory() => _directory.DeleteHistory();

    /// <summary>The rewrite came to nothing: what was appended since the cut counts only if its increment does.</summary>
    public void Abandon()
    {
        if (_isRecovering)
            _file.GiveUp();
    }

    public void Dispose() => _file.Dispose();

    private void SwitchToNext(long cut)
    {
        Write(cut);
        Replace(_directory.StartIncrement(_file));
        _changeLog.MarkSynced(cut);
    }

    /// <summary>What was not written before the cut, or is not known to be durable, is in memory and so in the base.</summary>
    private void SwitchToUnlisted(long cut)
    {
        Replace(_directory.CreateIncrement());
        _isRecovering = true;
        _changeLog.TakePending(cut, _chunks);
        _changeLog.MarkWritten(_chunks.Count);
    }

    private void Replace(AofFile next)
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
