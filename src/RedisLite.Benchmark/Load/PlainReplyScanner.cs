namespace RedisLite.Benchmark.Load;

/// <summary>
/// Counts the plain text replies that RedisLite gives to inline requests: a line each, n lines for n keys.
/// </summary>
/// <remarks>
/// A line is an error when its first word is one of the error codes below; the values that this program writes never
/// begin with one. Only the first bytes of a line are kept, and only while the line is not whole.
/// </remarks>
internal sealed class PlainReplyScanner : ReplyScanner
{
    private const int HeadLength = 12;

    private readonly int _linesPerReply;
    private readonly byte[] _head = new byte[HeadLength];
    private int _headLength;
    private int _linesTaken;
    private bool _midLine;
    private bool _inError;

    /// <param name="linesPerReply">Lines of a reply that is not an error, at least 1.</param>
    public PlainReplyScanner(int linesPerReply)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(linesPerReply, 1);
        _linesPerReply = linesPerReply;
    }

    /// <inheritdoc/>
    public override bool IsMidReply => _midLine || _linesTaken != 0;

    private ReadOnlySpan<byte> Head => _head.AsSpan(0, _headLength);

    /// <inheritdoc/>
    public override int Scan(ReadOnlySpan<byte> data)
    {
        var replies = 0;
        while (!data.IsEmpty)
        {
            var end = data.IndexOf((byte)'\n');
            var piece = end < 0 ? data : data[..end];
            data = end < 0 ? default : data[(end + 1)..];
            TakePiece(piece);
            if (end < 0)
                break;
            replies += EndLine();
        }

        return replies;
    }

    private void TakePiece(ReadOnlySpan<byte> piece)
    {
        _midLine = true;
        if (_inError)
        {
            AppendErrorText(piece);
            return;
        }

        var room = Math.Min(HeadLength - _headLength, piece.Length);
        piece[..room].CopyTo(_head.AsSpan(_headLength));
        _headLength += room;
        if (_headLength <= 3 || !IsErrorHead(Head))
            return;
        _inError = true;
        Errors++;
        AppendErrorText(Head);
        AppendErrorText(piece[room..]);
    }

    private int EndLine()
    {
        var head = Head.TrimEnd((byte)'\r');
        if (head.SequenceEqual("(nil)"u8))
            Nils++;
        _linesTaken = _inError ? _linesPerReply : _linesTaken + 1; // an error is one line, whatever was asked
        _inError = false;
        _midLine = false;
        _headLength = 0;
        if (_linesTaken < _linesPerReply)
            return 0;
        _linesTaken = 0;
        return 1;
    }

    private static bool IsErrorHead(ReadOnlySpan<byte> head) =>
        head.StartsWith("ERR "u8) || head.StartsWith("WRONGTYPE "u8) || head.StartsWith("NOAUTH "u8)
        || head.StartsWith("OOM "u8) || head.StartsWith("LOADING "u8) || head.StartsWith("MISCONF "u8)
        || head.StartsWith("READONLY "u8) || head.StartsWith("BUSY "u8) || head.StartsWith("NOPERM "u8);
}
