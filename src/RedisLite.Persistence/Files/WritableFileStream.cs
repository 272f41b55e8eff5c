namespace RedisLite.Persistence.Files;

/// <summary>Writes a new file front to back, and has the disk do its work on the way.</summary>
public sealed class WritableFileStream(IWritableFile file) : Stream
{
    /// <summary>
    /// An fsync each time so much was written, as Redis does (<c>rdb-save-incremental-fsync</c>): one at the end of a
    /// large file would hold up every other write to the disk, those of the append only file among them.
    /// </summary>
    private const long SyncInterval = 4 * 1024 * 1024;

    private long _length;
    private long _synced;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        file.Write(buffer, _length);
        _length += buffer.Length;
        if (_length - _synced >= SyncInterval)
            Sync();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Returns when all is on the disk.</summary>
    public void Sync()
    {
        file.Sync();
        _synced = _length;
    }

    /// <summary>Does nothing: there is no buffer here, and the disk is a matter of <see cref="Sync"/>.</summary>
    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }
}
