using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RedisLite.Protocol;

/// <summary>Encodes replies, in any of the three formats, into one growing buffer from the shared pool.</summary>
/// <remarks>
/// <para>One thread at a time. No reply allocates: only growth takes a larger buffer from the shared pool (beyond 1 MiB
/// from the heap), and <see cref="Clear"/> gives a buffer back that has become larger than the writer may keep. A
/// writer that nothing has been written to holds no buffer.</para>
/// <para>A large string may be written by reference (<see cref="TakesParts"/>): then it stands between two bytes of the
/// buffer, and whoever sends or logs what was written takes it from where it lies.</para>
/// <para>How a type is sent in each format:</para>
/// <code>
///                 Plain                RESP2           RESP3
///     Integer     7                    :7              :7
///     Bulk        raw bytes            $3 abc          $3 abc
///     Null        (nil)                $-1             _
///     NullArray   (nil)                *-1             _
///     Array       a line an element    *n              *n
///     Map         key line, value line *2n             %n
///     Set, Push   a line an element    *n              ~n, >n
///     Double      text                 $n text         ,text
///     Boolean     1 or 0               :1 or :0        #t or #f
///     Verbatim    text                 $n text         =n fmt:text
/// </code>
/// </remarks>
public sealed class ReplyWriter : IBufferWriter<byte>, IDisposable
{
    private const int MinBuffer = 512;

    // From this length on a string gets memory of its own, if there is a source of it.
    private const int LargeString = 32 * 1024;

    // The longest header: a type byte, 20 characters of a number, CR LF.
    private const int MaxHeader = 23;

    // The longest part that can be moved before another.
    private const int MaxMoved = 64;

    private readonly int _maxRetained;
    private byte[] _buffer = [];
    private List<LargePart>? _parts;
    private long _partsLength;

    /// <param name="format">See <see cref="Format"/>.</param>
    /// <param name="maxRetained">The largest buffer in bytes that <see cref="Clear"/> keeps.</param>
    public ReplyWriter(ReplyFormat format = ReplyFormat.Resp2, int maxRetained = 64 * 1024)
    {
        Format = format;
        _maxRetained = maxRetained;
    }

    /// <summary>The encoding of what is written from now on; may change between replies.</summary>
    public ReplyFormat Format { get; set; }

    /// <summary>
    /// Makes memory for a large string that is copied, outside the buffer; null if strings are not to stand outside it,
    /// so that <see cref="Written"/> is all.
    /// </summary>
    public Func<int, IMemoryOwner<byte>>? PartSource { get; init; }

    /// <summary>Whether large strings may stay where they are.</summary>
    public bool TakesParts => PartSource is not null;

    /// <summary>
    /// Bytes in the buffer, which are all that were written since the last <see cref="Clear"/> but the
    /// <see cref="Parts"/>.
    /// </summary>
    public int Length { get; private set; }

    /// <summary>Bytes written, parts included.</summary>
    public long TotalLength => Length + _partsLength;

    /// <summary>What was written by reference, in order; the writer's.</summary>
    public ReadOnlySpan<LargePart> Parts => CollectionsMarshal.AsSpan(_parts);

    /// <summary>
    /// Errors ever written to this writer: a caller compares before and after to learn whether one was.
    /// </summary>
    public long ErrorCount { get; private set; }

    /// <summary>Bytes that the writer holds, written or not.</summary>
    public int Capacity => _buffer.Length;

    /// <summary>What has been written; valid until the next change of the writer.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    /// <summary>What has been written, over an array; valid until the next change of the writer.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, Length);

    /// <summary>Takes back what was written beyond a length that <see cref="Length"/> had.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)Length, nameof(length));
        Length = length;
        if (_partsLength != 0)
            TruncateParts(length);
    }

    /// <summary>Forgets what was written and gives an overly large buffer back.</summary>
    public void Clear()
    {
        Length = 0;
        if (_partsLength != 0)
            TruncateParts(0);
        if (_buffer.Length > _maxRetained)
            Dispose();
    }

    /// <summary>Gives the buffer back. The writer is empty afterwards and may be used again.</summary>
    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        Length = 0;
        PooledArray.Return(buffer);
        if (_partsLength != 0)
            TruncateParts(0);
    }

    /// <summary>A copy of what has been written, parts included.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[TotalLength];
        var (from, to) = (0, 0);
        foreach (var part in Parts)
        {
            Written[from..part.At].CopyTo(bytes.AsSpan(to));
            to += part.At - from;
            from = part.At;
            part.Memory.Span.CopyTo(bytes.AsSpan(to));
            to += part.Length;
        }

        Written[from..].CopyTo(bytes.AsSpan(to));
        return bytes;
    }

    /// <summary>
    /// Gives what has been written away, with the buffer that it stands in; the writer is empty afterwards.
    /// </summary>
    public ReplyBuffer Detach()
    {
        var detached = new ReplyBuffer(_buffer, Length, _parts ?? []);
        _buffer = [];
        Length = 0;
        _parts = null;
        _partsLength = 0;
        return detached;
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_buffer.Length - Length), nameof(count));
        Length += count;
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsSpan(Length);
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(Length);
    }

    /// <summary>The status <c>OK</c>.</summary>
    public void Ok() => Raw(Format == ReplyFormat.Plain ? "OK\n"u8 : "+OK\r\n"u8);

    /// <summary>A status; line ends within become spaces.</summary>
    public void SimpleString(ReadOnlySpan<byte> text) => Line((byte)'+', default, text);

    /// <summary>An error; line ends within become spaces.</summary>
    /// <param name="message">Its code first: <c>ERR syntax error</c>; no <c>-</c> before it.</param>
    public void Error(ReadOnlySpan<byte> message)
    {
        ErrorCount++;
        Line((byte)'-', default, message);
    }

    /// <summary>The last reply on a connection whose input breaks the protocol.</summary>
    /// <param name="error"><see cref="ParseResult.Error"/>.</param>
    public void ProtocolError(ReadOnlySpan<byte> error)
    {
        ErrorCount++;
        Line((byte)'-', "ERR Protocol error: "u8, error);
    }

    /// <summary>An integer.</summary>
    public void Integer(long value) => Header((byte)':', value);

    /// <summary>A string of bytes.</summary>
    public void Bulk(ReadOnlySpan<byte> value)
    {
        if (value.Length >= LargeString && PartSource is { } source)
        {
            var part = source(value.Length);
            value.CopyTo(part.Memory.Span);
            Bulk(part, 0, value.Length);
            return;
        }

        var destination = Reserve(value.Length + MaxHeader + 2L);
        var at = 0;
        if (Format != ReplyFormat.Plain)
            at = PutHeader(destination, (byte)'$', value.Length);
        value.CopyTo(destination[at..]);
        Length += PutLineEnd(destination, at + value.Length);
    }

    /// <summary>Begins a string of bytes that the caller sends himself, and the line end after it.</summary>
    public void BulkHeader(int length) => Header((byte)'$', length);

    /// <summary>A large string, from where it lies.</summary>
    /// <param name="value">Handed over: disposed when it is not needed any more.</param>
    /// <param name="start">The first byte of it to write.</param>
    /// <param name="length">How many.</param>
    public void Bulk(IMemoryOwner<byte> value, int start, int length)
    {
        if (!TakesParts)
        {
            using (value)
                Bulk(value.Memory.Span.Slice(start, length));
            return;
        }

        if (Format != ReplyFormat.Plain)
            Header((byte)'$', length);

        // INVARIANT: at least a byte follows, so that where a part stands tells whether it was written before a mark.
        (_parts ??= []).Add(new LargePart(Length, value, start, length));
        _partsLength += length;
        Length += PutLineEnd(Reserve(2), 0);
    }

    /// <summary>A string of bytes that is the text of a number.</summary>
    public void BulkInteger(long value)
    {
        Span<byte> digits = stackalloc byte[RedisNumbers.MaxInt64Length];
        Bulk(digits[..RedisNumbers.FormatInt64(digits, value)]);
    }

    /// <summary>No value where there could be one.</summary>
    public void Null() => Raw(Format switch
    {
        ReplyFormat.Plain => "(nil)\n"u8,
        ReplyFormat.Resp2 => "$-1\r\n"u8,
        _ => "_\r\n"u8,
    });

    /// <summary>No array where there could be one.</summary>
    public void NullArray() => Raw(Format switch
    {
        ReplyFormat.Plain => "(nil)\n"u8,
        ReplyFormat.Resp2 => "*-1\r\n"u8,
        _ => "_\r\n"u8,
    });

    /// <summary>Starts an array; that many elements must follow.</summary>
    public void Array(int count) => AggregateHeader((byte)'*', count);

    /// <summary>Starts a map; that many keys, each followed by its value, must follow.</summary>
    public void Map(int pairs)
    {
        if (Format == ReplyFormat.Resp3)
            Header((byte)'%', pairs);
        else
            AggregateHeader((byte)'*', 2L * pairs);
    }

    /// <summary>Starts a set; that many elements must follow.</summary>
    public void Set(int count) => AggregateHeader(Format == ReplyFormat.Resp3 ? (byte)'~' : (byte)'*', count);

    /// <summary>Starts what is sent without having been asked for; that many elements must follow.</summary>
    public void Push(int count) => AggregateHeader(Format == ReplyFormat.Resp3 ? (byte)'>' : (byte)'*', count);

    /// <summary>
    /// Starts facts about the reply that follows them; that many names with their values must follow. RESP3 only.
    /// </summary>
    public void Attribute(int pairs) => Header((byte)'|', pairs);

    /// <summary>A floating-point number, with the 17 significant digits that Redis 7.0 sends.</summary>
    public void Double(double value)
    {
        Span<byte> text = stackalloc byte[RedisNumbers.MaxDoubleLength];
        text = text[..RedisNumbers.FormatDouble(text, value)];
        if (Format == ReplyFormat.Resp3)
            Line((byte)',', default, text);
        else
            Bulk(text);
    }

    /// <summary>True or false.</summary>
    public void Boolean(bool value)
    {
        if (Format == ReplyFormat.Resp3)
            Raw(value ? "#t\r\n"u8 : "#f\r\n"u8);
        else
            Integer(value ? 1 : 0);
    }

    /// <summary>An integer of any size, as decimal text.</summary>
    public void BigNumber(ReadOnlySpan<byte> digits)
    {
        if (Format == ReplyFormat.Resp3)
            Line((byte)'(', default, digits);
        else
            Bulk(digits);
    }

    /// <summary>Text for people, which a client should show as it is.</summary>
    /// <param name="format">Three bytes that name the text's kind: <c>txt</c>, <c>mkd</c>.</param>
    /// <param name="text">The text; may have several lines.</param>
    public void Verbatim(ReadOnlySpan<byte> format, ReadOnlySpan<byte> text)
    {
        if (Format != ReplyFormat.Resp3)
        {
            Bulk(text);
            return;
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(format.Length, 3, nameof(format));
        var destination = Reserve(text.Length + MaxHeader + 4 + 2L);
        var at = PutHeader(destination, (byte)'=', text.Length + 4);
        format.CopyTo(destination[at..]);
        destination[at + 3] = (byte)':';
        text.CopyTo(destination[(at + 4)..]);
        Length += PutLineEnd(destination, at + 4 + text.Length);
    }

    /// <summary>A reply, or part of one, that is encoded already, in the format of this writer.</summary>
    public void Raw(ReadOnlySpan<byte> encodedReply)
    {
        encodedReply.CopyTo(Reserve(encodedReply.Length));
        Length += encodedReply.Length;
    }

    /// <summary>Remembers where an aggregate begins whose number of elements is not known yet.</summary>
    /// <returns>A mark for the <c>End</c> method that must follow once the elements are written.</returns>
    public int BeginAggregate() => Length;

    /// <summary>Makes what was written since the mark an array; moves it once.</summary>
    public void EndArray(int mark, int count)
    {
        var end = Length;
        Array(count);
        MoveBefore(mark, end);
    }

    /// <summary>Makes what was written since the mark a map; moves it once.</summary>
    public void EndMap(int mark, int pairs)
    {
        var end = Length;
        Map(pairs);
        MoveBefore(mark, end);
    }

    /// <summary>Makes what was written since the mark a set; moves it once.</summary>
    public void EndSet(int mark, int count)
    {
        var end = Length;
        Set(count);
        MoveBefore(mark, end);
    }

    /// <summary>
    /// Moves what was written last to where something else begins: a header, or what is known only afterwards.
    /// </summary>
    /// <param name="mark">From <see cref="BeginAggregate"/>: what stands here moves behind.</param>
    /// <param name="from">Where the part to move begins, which is at most 64 bytes long.</param>
    public void MoveBefore(int mark, int from)
    {
        Span<byte> head = stackalloc byte[MaxMoved];
        head = head[..(Length - from)];
        _buffer.AsSpan(from, head.Length).CopyTo(head);
        _buffer.AsSpan(mark, from - mark).CopyTo(_buffer.AsSpan(mark + head.Length));
        head.CopyTo(_buffer.AsSpan(mark));
        foreach (ref var part in CollectionsMarshal.AsSpan(_parts))
        {
            if (part.At >= mark)
                part = part with { At = part.At + head.Length };
        }
    }

    /// <summary>Puts another reply in the place of one that was not known when it was written.</summary>
    /// <param name="start">Where it begins: what <see cref="Length"/> was then.</param>
    /// <param name="end">Where it ends. It has no part outside the buffer.</param>
    /// <param name="reply">What stands there from now on; no memory of this writer.</param>
    public void Replace(int start, int end, ReadOnlySpan<byte> reply)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)end, (uint)Length, nameof(end));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)start, (uint)end, nameof(start));
        var growth = reply.Length - (end - start);
        if (growth > 0)
            Reserve(growth);
        _buffer.AsSpan(end, Length - end).CopyTo(_buffer.AsSpan(end + growth));
        reply.CopyTo(_buffer.AsSpan(start));
        Length += growth;
        foreach (ref var part in CollectionsMarshal.AsSpan(_parts))
        {
            if (part.At >= end)
                part = part with { At = part.At + growth };
        }
    }

    private void TruncateParts(int length)
    {
        while (_parts is [.., var last] && last.At >= length)
        {
            _partsLength -= last.Length;
            last.Owner.Dispose();
            _parts.RemoveAt(_parts.Count - 1);
        }
    }

    private void AggregateHeader(byte type, long count)
    {
        if (Format != ReplyFormat.Plain)
            Header(type, count);
        else if (count == 0)
            Raw("(empty array)\n"u8);
    }

    /// <summary>A line that is a number, after its type unless the format is plain.</summary>
    private void Header(byte type, long value)
    {
        var destination = Reserve(MaxHeader);
        Length += Format == ReplyFormat.Plain
            ? PutLineEnd(destination, RedisNumbers.FormatInt64(destination, value))
            : PutHeader(destination, type, value);
    }

    private void Line(byte type, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> text)
    {
        var destination = Reserve((long)prefix.Length + text.Length + 3);
        var at = 0;
        if (Format != ReplyFormat.Plain)
            destination[at++] = type;
        prefix.CopyTo(destination[at..]);
        at += prefix.Length;
        var line = destination.Slice(at, text.Length);
        text.CopyTo(line);
        if (line.IndexOfAny((byte)'\r', (byte)'\n') >= 0)
        {
            line.Replace((byte)'\r', (byte)' ');
            line.Replace((byte)'\n', (byte)' ');
        }

        Length += PutLineEnd(destination, at + text.Length);
    }

    private static int PutHeader(Span<byte> destination, byte type, long value)
    {
        destination[0] = type;
        var length = 1 + RedisNumbers.FormatInt64(destination[1..], value);
        destination[length] = (byte)'\r';
        destination[length + 1] = (byte)'\n';
        return length + 2;
    }

    /// <returns>The offset after the line end.</returns>
    private int PutLineEnd(Span<byte> destination, int at)
    {
        if (Format != ReplyFormat.Plain)
            destination[at++] = (byte)'\r';
        destination[at++] = (byte)'\n';
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<byte> Reserve(long size)
    {
        if (_buffer.Length - Length < size)
            Grow(size);
        return _buffer.AsSpan(Length);
    }

    private void Grow(long size)
    {
        var needed = Length + size;
        if (needed > System.Array.MaxLength)
            throw new InvalidOperationException("The replies do not fit into one buffer.");

        var capacity = Math.Min(Math.Max(Math.Max(needed, 2L * _buffer.Length), MinBuffer), System.Array.MaxLength);
        var larger = PooledArray.Rent<byte>((int)capacity);
        Written.CopyTo(larger);
        PooledArray.Return(_buffer);
        _buffer = larger;
    }
}
