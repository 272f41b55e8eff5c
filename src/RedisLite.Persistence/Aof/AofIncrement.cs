using RedisLite.Persistence.Files;

namespace RedisLite.Persistence.Aof;

/// <summary>The increment that is being appended to.</summary>
/// <remarks>
/// <code>
///   Usable --write fails--> Torn --next append cuts the torn bytes off--> Usable
///      \--fsync fails--> Broken   (for good)
/// </code>
/// After a failed write the file may end in a part of what was written; nothing more is appended before that part is
/// cut off, so that the file holds whole appends only. After a failed fsync nobody knows which of the bytes since the
/// last good one are on the disk, and no later fsync will tell: the file is not used again. What is missing must come
/// from memory, by a rewrite into new files (<see cref="AofDirectory.CreateIncrement"/>). Used by one thread at a time,
/// but for <see cref="Force"/>.
/// </remarks>
public sealed class AofIncrement : IDisposable
{
    private readonly IWritableFile _file;
    private bool _torn;

    /// <param name="name">The file's name in its directory.</param>
    /// <param name="sequence">Its number.</param>
    /// <param name="file">The file, owned from now on.</param>
    internal AofIncrement(string name, long sequence, IWritableFile file)
    {
        Name = name;
        Sequence = sequence;
        _file = file;
        Length = file.Length;
    }

    /// <summary>The file's name in its directory.</summary>
    public string Name { get; }

    /// <summary>Its number among the increments.</summary>
    public long Sequence { get; }

    /// <summary>How many bytes were appended in whole, with what the file had when it was opened.</summary>
    public long Length { get; private set; }

    /// <summary>
    /// How many of them are known to be on the disk: 0 until the first fsync, even for a file that had content.
    /// </summary>
    public long SyncedLength { get; private set; }

    /// <summary>Whether an fsync has failed, which ends the file's use.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Appends buffers, all or nothing.</summary>
    /// <exception cref="IOException">Nothing was appended; it may be tried again.</exception>
    public void Append(IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        ThrowIfBroken();
        CutTornBytes();
        _torn = true;
        try
        {
            _file.Write(buffers, Length);
        }
        catch
        {
            TryCutTornBytes();
            throw;
        }

        _torn = false;
        foreach (var buffer in buffers)
            Length += buffer.Length;
    }

    /// <summary>Returns when all that was appended is on the disk.</summary>
    /// <exception cref="IOException">The file cannot be used any more.</exception>
    public void Sync()
    {
        ThrowIfBroken();
        IsBroken = true;
        Force();
        IsBroken = false;
        NoteSynced(Length);
    }

    /// <summary>
    /// The part of <see cref="Sync"/> that takes its time, which may run on another thread beside appends.
    /// <see cref="NoteSynced"/> follows it, or <see cref="GiveUp"/> when it has failed.
    /// </summary>
    public void Force() => _file.Sync();

    /// <summary>What was appended in whole before a <see cref="Force"/> began is on the disk.</summary>
    /// <param name="length">What <see cref="Length"/> was then.</param>
    public void NoteSynced(long length) => SyncedLength = length;

    /// <summary>Treats the file as if an fsync had failed: nothing is appended to it any more.</summary>
    public void GiveUp() => IsBroken = true;

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void CutTornBytes()
    {
        if (!_torn)
            return;
        _file.Truncate(Length);
        _torn = false;
    }

    private void TryCutTornBytes()
    {
        try
        {
            CutTornBytes();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The write's own failure is the one to report; the next append tries again.
        }
    }

    private void ThrowIfBroken()
    {
        if (IsBroken)
            throw new IOException($"An fsync of {Name} failed; what it holds after byte {SyncedLength} may be lost.");
    }
}
