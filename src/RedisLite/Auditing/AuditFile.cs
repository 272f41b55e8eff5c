namespace RedisLite.Auditing;

/// <summary>The file of the audit trail, and the older ones beside it.</summary>
/// <remarks>
/// <code>
///   audit.jsonl      grows up to the limit, then becomes
///   audit.jsonl.1    which was, until then, pushed on to
///   audit.jsonl.2    and so on; the last one is deleted
/// </code>
/// New files are readable and writable by their owner alone; one that is there already keeps its mode. A record is
/// written whole or not at all: what a full disk has cut off is taken back. One thread at a time.
/// </remarks>
internal sealed class AuditFile : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly long _limit;
    private readonly int _older;
    private FileStream? _stream;
    private long _length;

    /// <param name="path">Where it is.</param>
    /// <param name="limit">Bytes at which another file is begun; 0 for no limit.</param>
    /// <param name="older">How many are kept beside it.</param>
    public AuditFile(string path, long limit, int older)
    {
        _path = path;
        _limit = limit;
        _older = older;
    }

    public string Path => _path;

    /// <summary>Opens the file, which is made if there is none.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">As before.</exception>
    public void Open()
    {
        if (_stream is not null)
            return;
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        var stream = new FileStream(_path, options);
        try
        {
            _length = stream.Seek(0, SeekOrigin.End);
            EndCutLine(stream);
            _stream = stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Appends whole lines, and begins other files where they do not fit.</summary>
    /// <param name="lines">What is left of them, when something fails, begins with the first that is not in a
    /// file.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">As before.</exception>
    public void Append(ref ReadOnlySpan<byte> lines)
    {
        while (!lines.IsEmpty)
        {
            Open();
            var end = EndOfWhatFits(lines);
            if (end == 0)
            {
                Rotate();
                continue;
            }

            Write(lines[..end]);
            lines = lines[end..];
        }
    }

    /// <summary>Somebody has moved the file away: the next record makes a new one.</summary>
    public void Reopen()
    {
        _stream?.Dispose();
        _stream = null;
    }

    public void Dispose() => Reopen();

    /// <summary>So many lines that the file keeps within its limit; one that alone is longer gets a file of its
    /// own.</summary>
    private int EndOfWhatFits(ReadOnlySpan<byte> lines)
    {
        if (_limit == 0 || _length + lines.Length <= _limit)
            return lines.Length;
        var end = lines[..(int)Math.Clamp(_limit - _length, 0, lines.Length)].LastIndexOf((byte)'\n') + 1;
        return end == 0 && _length == 0 ? lines.IndexOf((byte)'\n') + 1 : end;
    }

    private void Write(ReadOnlySpan<byte> lines)
    {
        try
        {
            _stream!.Write(lines);
            _length += lines.Length;
        }
        catch (Exception e) when (e is IOException or ArgumentOutOfRangeException)
        {
            TakeBack();
            throw e as IOException ?? new IOException("The file may not grow", e);
        }
    }

    private void TakeBack()
    {
        try
        {
            _stream!.SetLength(_length);
            _stream.Seek(0, SeekOrigin.End);
        }
        catch (IOException)
        {
            // A line that is cut is ended when the file is opened again.
            Reopen();
        }
    }

    private void Rotate()
    {
        Reopen();
        for (var i = _older; i > 0; i--)
        {
            var from = i == 1 ? _path : Numbered(i - 1);
            if (File.Exists(from))
                File.Move(from, Numbered(i), overwrite: true);
        }

        if (_older == 0)
            File.Delete(_path);
        Open();
    }

    private string Numbered(int number) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{_path}.{number}");

    /// <summary>A crash may have left half a line, which must not become part of the next.</summary>
    private void EndCutLine(FileStream stream)
    {
        if (_length == 0)
            return;
        stream.Seek(-1, SeekOrigin.End);
        if (stream.ReadByte() == '\n')
            return;
        stream.WriteByte((byte)'\n');
        _length++;
    }
}
