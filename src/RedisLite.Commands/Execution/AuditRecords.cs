namespace RedisLite.Commands.Execution;

/// <summary>What a run has to record, kept until it has ended: a script may be taken back, and run anew.</summary>
/// <remarks>
/// One per executor. Of a run that changes very much the first records are kept and the others counted: a transaction
/// of a million writes must not need memory for a million lines.
/// </remarks>
internal sealed class AuditRecords
{
    private const int LongestRun = 1024 * 1024;
    private const int Retained = 16 * 1024;

    private AuditLine? _line;
    private byte[] _lines = [];
    private int _length;
    private int _count;
    private int _omitted;

    /// <summary>The position that <see cref="Rewind"/> goes back to.</summary>
    public AuditMark Mark() => new(_length, _count, _omitted);

    /// <summary>What was recorded since has not happened.</summary>
    public void Rewind(in AuditMark mark) => (_length, _count, _omitted) = (mark.Length, mark.Count, mark.Omitted);

    /// <summary>Nothing has happened yet.</summary>
    public void Clear() => (_length, _count, _omitted) = (0, 0, 0);

    /// <summary>The run has ended.</summary>
    public void Flush(AuditLog audit, long nowMs)
    {
        if (_count == 0)
            return;
        if (_omitted > 0)
            Append(AuditLog.Omitted(_line!, _omitted, nowMs));
        audit.Add(_lines.AsSpan(0, _length), _count);
        Clear();
        if (_lines.Length > Retained)
            _lines = [];
    }

    /// <summary>Records a command that has run, if that is wanted.</summary>
    public void Note(AuditLog audit, in CommandContext request)
    {
        if (!audit.Wants(request))
            return;
        if (_length >= LongestRun)
            _omitted++;
        else
            Append(AuditLog.Command(_line ??= new AuditLine(), request));
    }

    private void Append(ReadOnlySpan<byte> line)
    {
        if (_lines.Length - _length < line.Length)
            Array.Resize(ref _lines, Math.Max(_length + line.Length, _lines.Length * 2));
        line.CopyTo(_lines.AsSpan(_length));
        _length += line.Length;
        _count++;
    }
}

/// <summary>A place in <see cref="AuditRecords"/>.</summary>
internal readonly record struct AuditMark(int Length, int Count, int Omitted);
