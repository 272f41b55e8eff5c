namespace RedisLite.Benchmark.Load;

/// <summary>Counts RESP2 replies.</summary>
/// <remarks>
/// <code>
///   Type --'+' '-' ':'--> Line ---------'\n'--> element ends
///     |  --'$' '*'------> Header --'\n'--> $-1, *-1, *0: element ends
///     |                                    $n: Body (skip n + 2 bytes), then element ends
///     +------------------------------------*n: n more elements to come
/// </code>
/// Nesting needs no stack: the elements still to come of all open arrays are one number, and the reply ends when it
/// is zero. RESP3 types are not read, since this program never sends HELLO 3.
/// </remarks>
internal sealed class RespReplyScanner : ReplyScanner
{
    private const long MaxBulkLength = 512L * 1024 * 1024;
    private const long MaxElements = 1024 * 1024 * 1024;

    private State _state;
    private byte _type;
    private bool _negative;
    private long _number;
    private long _skip;
    private long _elementsToCome;

    private enum State : byte
    {
        Type,
        Line,
        Header,
        Body,
    }

    /// <inheritdoc/>
    public override bool IsMidReply => _state != State.Type || _elementsToCome != 0;

    /// <inheritdoc/>
    public override int Scan(ReadOnlySpan<byte> data)
    {
        var replies = 0;
        while (!data.IsEmpty)
        {
            var ended = _state switch
            {
                State.Type => TakeType(ref data),
                State.Line => TakeLine(ref data),
                State.Header => TakeHeader(ref data),
                _ => TakeBody(ref data),
            };
            if (!ended)
                continue;
            _state = State.Type;
            if (--_elementsToCome == 0)
                replies++;
        }

        return replies;
    }

    private bool TakeType(ref ReadOnlySpan<byte> data)
    {
        if (_elementsToCome == 0)
            _elementsToCome = 1; // a new reply: an element of nothing

        // Nearly every reply to a SET; one compare instead of two trips through the machine.
        if (data.StartsWith("+OK\r\n"u8))
        {
            data = data[5..];
            return true;
        }

        _type = data[0];
        data = data[1..];
        switch (_type)
        {
            case (byte)'+' or (byte)':':
                _state = State.Line;
                return TakeLine(ref data);
            case (byte)'-':
                Errors++;
                _state = State.Line;
                return TakeLine(ref data);
            case (byte)'$' or (byte)'*':
                _number = 0;
                _negative = false;
                _state = State.Header;
                return TakeHeader(ref data);
            default:
                throw new LoadException($"The server sent byte 0x{_type:x2} where a RESP reply begins.");
        }
    }

    private bool TakeLine(ref ReadOnlySpan<byte> data)
    {
        var end = data.IndexOf((byte)'\n');
        if (_type == '-')
            AppendErrorText(end < 0 ? data : data[..end]);
        data = end < 0 ? default : data[(end + 1)..];
        return end >= 0;
    }

    private bool TakeHeader(ref ReadOnlySpan<byte> data)
    {
        for (var i = 0; i < data.Length; i++)
        {
            var b = data[i];
            if (b == '\n')
            {
                data = data[(i + 1)..];
                return EndHeader(ref data);
            }

            if ((uint)(b - '0') <= 9)
                _number = (_number * 10) + (b - '0');
            else if (b == '-')
                _negative = true;
            else if (b != '\r')
                throw new LoadException($"The server sent byte 0x{b:x2} in the length of a RESP reply.");
            if (_number > MaxElements)
                throw new LoadException($"The server sent a RESP reply of length {_number} or more.");
        }

        data = default;
        return false;
    }

    private bool EndHeader(ref ReadOnlySpan<byte> data)
    {
        if (_negative)
        {
            Nils++;
            return true;
        }

        if (_type == '*')
        {
            _state = State.Type;
            _elementsToCome += _number;
            return true; // the array itself was one of the elements awaited
        }

        if (_number > MaxBulkLength)
            throw new LoadException($"The server sent a bulk string of {_number} bytes.");
        _skip = _number + 2;
        _state = State.Body;
        return TakeBody(ref data);
    }

    private bool TakeBody(ref ReadOnlySpan<byte> data)
    {
        var taken = (int)Math.Min(_skip, data.Length);
        _skip -= taken;
        data = data[taken..];
        return _skip == 0;
    }
}
