using System.Buffers;
using System.Runtime.CompilerServices;

namespace RedisLite.Protocol;

/// <summary>Finds whole requests in what one connection has received, without copying a byte of them.</summary>
/// <remarks>
/// <para>One for each connection, used by one thread at a time. Idle it is a handful of fields; the arguments of a
/// request cut by the input's end are remembered in an array from the shared pool, until the request is
/// complete.</para>
/// <para>Resumable: the work done on a cut request is kept as offsets from the request's first byte, so each byte is
/// looked at once however the input was cut (a header line of at most twelve bytes aside).</para>
/// <para>Grammar and limits are Redis's, and as generous: a count is ended by CR and any byte, an argument by any two
/// bytes. Two things are stricter, and only ever end a wait that could not end well: a wrong byte where <c>$</c> must
/// stand, and a zero byte in an inline request, are errors as soon as they are seen.</para>
/// <code>
///     *3\r\n  $3\r\n SET\r\n  $1\r\n k\r\n  $5\r\n hel            (cut here)
///                                           |      |
///                    _found: SET, k    _position   _bulkLength = 5, _remaining = 1
/// </code>
/// <para>An argument of <see cref="LargeArgumentLength"/> that is cut can be received elsewhere: whoever feeds the
/// parser takes its bytes out of the input, to the last, and gives the whole of it back.</para>
/// <code>
///     Parse --> CutLength, CutPresent --Divert--> (the argument's bytes go elsewhere) --Supply--> Parse: goes on at
///     its line end
/// </code>
/// </remarks>
public sealed class RequestParser : IDisposable
{
    // A bulk string is at least "$0", CR LF, CR LF.
    private const int MinBulkSize = 6;
    private const int LineEnd = 2;
    private const int UnknownLength = -1;
    private const int DivertedLength = -2;

    // More digits than any count or length that fits a buffer.
    private const int MaxCountDigits = 10;

    // The request cut by the input's end, in offsets from its first byte; all zero (and -1) between requests.
    private ArgumentSlice[] _found = [];
    private int _foundCount;
    private int _remaining;
    private int _position;
    private int _scanned;
    private int _bulkLength = UnknownLength;

    private IMemoryOwner<byte>[]? _large;

    // Where they would stand in the request.
    private LargePart[]? _parts;
    private byte[]? _error;

    /// <param name="limits">Shared by all connections; see <see cref="Limits"/>.</param>
    public RequestParser(ProtocolLimits limits) => Limits = limits;

    private enum Outcome
    {
        Complete,
        Skipped,
        Incomplete,
        Failed,
    }

    /// <summary>The limits for what is parsed from now on; lengths already accepted stay so.</summary>
    public ProtocolLimits Limits { get; set; }

    /// <summary>Whether the client has yet to authenticate, which limits the size of its requests.</summary>
    /// <remarks>
    /// While it is set, parse one request at a time: the one parsed may be the <c>AUTH</c> that lifts it.
    /// </remarks>
    public bool Unauthenticated { get; set; }

    /// <summary>From which length on an argument is to be received elsewhere if it is cut; none by default.</summary>
    public int LargeArgumentLength { get; init; } = int.MaxValue;

    /// <summary>The length of a large argument that the last input ended in; 0 if it did not.</summary>
    public int CutLength { get; private set; }

    /// <summary>How many bytes at the end of that input are the beginning of this argument.</summary>
    public int CutPresent { get; private set; }

    /// <summary>Whether the last input ended within a request.</summary>
    public bool IsMidRequest { get; private set; }

    /// <summary>Fills a batch with the whole requests at the start of some input.</summary>
    /// <param name="input">
    /// What has been received and not been consumed: it starts at the first byte of the request that the previous input
    /// was cut in, if any. The batch refers to it.
    /// </param>
    /// <param name="batch">
    /// Its earlier content is discarded. After an error it holds the requests before the error.
    /// </param>
    /// <param name="maxRequests">At least 1.</param>
    /// <returns>After an error once returned, the same error for any input.</returns>
    public ParseResult Parse(ReadOnlyMemory<byte> input, RequestBatch batch, int maxRequests)
    {
        batch.Start(input);
        if (_error != null)
            return new ParseResult(0, ParseStatus.ProtocolError, _error, 0);

        var bytes = input.Span;
        var start = 0;
        while (start < bytes.Length)
        {
            if (batch.Count >= maxRequests)
                return Return(start, ParseStatus.BatchFull);

            int end;
            var outcome = bytes[start] == '*'
                ? ReadMultibulk(bytes, start, batch, out end)
                : ReadInline(bytes, start, batch, out end);
            if (outcome == Outcome.Incomplete)
                return Return(start, ParseStatus.NeedMore, bytes.Length);
            if (outcome == Outcome.Failed)
                return Return(start, ParseStatus.ProtocolError);
            start = end;
        }

        return Return(start, ParseStatus.NeedMore);
    }

    /// <summary>
    /// The bytes of the large argument that the input was cut in are taken out of the input by whoever calls, those
    /// that are still to come as well. Until they are all there, do not parse.
    /// </summary>
    public void Divert()
    {
        if (CutLength == 0)
            throw new InvalidOperationException("No large argument is cut.");
        CutLength = 0;
        _bulkLength = DivertedLength;
    }

    /// <summary>Hands over the whole argument that was received elsewhere.</summary>
    public void Supply(IMemoryOwner<byte> argument) => _large = [.. _large ?? [], argument];

    /// <summary>The connection ends: gives back what a cut request has.</summary>
    public void Dispose() => Forget();

    private ParseResult Return(int consumed, ParseStatus status, int available = 0)
    {
        IsMidRequest = available > consumed;
        CutLength = 0;
        if (_bulkLength >= LargeArgumentLength && status == ParseStatus.NeedMore)
        {
            // Cut in its line end, it is all there, and is read where it stands.
            CutPresent = available - consumed - _position;
            CutLength = CutPresent < _bulkLength ? _bulkLength : 0;
        }

        var missing = _bulkLength < 0 ? 0 : _bulkLength + LineEnd - (available - consumed - _position);
        return new ParseResult(consumed, status, _error, missing);
    }

    private Outcome ReadMultibulk(ReadOnlySpan<byte> bytes, int start, RequestBatch batch, out int end)
    {
        end = start;
        if (_remaining > 0)
            return ResumeMultibulk(bytes, start, batch, out end);

        var position = start;
        var outcome = ReadCount(bytes, start, ref position, out var count);
        if (outcome != Outcome.Complete)
            return outcome;
        if (count <= 0)
        {
            end = position;
            return Outcome.Skipped;
        }

        var slices = batch.ReserveSlices(Math.Min(count, MostBulksIn(bytes.Length - position)));
        outcome = ReadBulks(bytes, start, ref position, slices, out var found);
        if (found == count)
        {
            batch.Add(count, position, RequestForm.Multibulk);
            end = position;
            return Outcome.Complete;
        }

        if (outcome == Outcome.Incomplete)
            Suspend(slices[..found], start, position, count - found);
        return outcome;
    }

    /// <summary>
    /// Goes on with a request that an earlier input was cut in; its first byte is at <paramref name="start"/>.
    /// </summary>
    private Outcome ResumeMultibulk(ReadOnlySpan<byte> bytes, int start, RequestBatch batch, out int end)
    {
        end = start;
        var position = start + _position;
        var room = Math.Min(_remaining, MostBulksIn(bytes.Length - position));
        var slices = ReserveFound(room);
        var outcome = ReadBulks(bytes, start, ref position, slices, out var found);
        if (outcome == Outcome.Failed)
            return outcome;

        _foundCount += found;
        _remaining -= found;
        _position = position - start;
        if (outcome == Outcome.Incomplete)
            return outcome;

        _found.AsSpan(0, _foundCount).CopyTo(batch.ReserveSlices(_foundCount));
        batch.Add(_foundCount, position, RequestForm.Multibulk);
        batch.TakeLarge(_large, _parts);
        _large = null;
        _parts = null;
        end = position;
        Forget();
        return Outcome.Complete;
    }

    /// <summary>
    /// One more than can be complete, so that the reader always finds out why it has to stop; and one, because the
    /// header of the first may have been in an earlier input.
    /// </summary>
    private static int MostBulksIn(int length) => Math.Max(length, 0) / MinBulkSize + 2;

    /// <summary>Reads bulk strings until the slices are full or the input ends.</summary>
    /// <remarks>On return <paramref name="position"/> is after the last header or string that was read whole.</remarks>
    private Outcome ReadBulks(
        ReadOnlySpan<byte> bytes, int start, ref int position, Span<ArgumentSlice> slices, out int found)
    {
        var maxLength = MaxBulkLength;
        var at = position;
        var length = _bulkLength;
        var outcome = Outcome.Complete;
        found = 0;
        if (length == DivertedLength)
        {
            if (bytes.Length - at < LineEnd)
                return Outcome.Incomplete;
            var argument = _large![^1];
            var size = argument.Memory.Length;
            slices[found++] = new ArgumentSlice(~(_large.Length - 1), ~size);
            _parts = [.. _parts ?? [], new LargePart(at - start, argument, 0, size)];
            at += LineEnd;
            length = UnknownLength;
        }

        for (; found < slices.Length; found++)
        {
            if (length == UnknownLength)
            {
                var size = TryReadNumber(bytes, at, (byte)'$', out var number);
                if (size > 0 && number <= maxLength)
                {
                    length = (int)number;
                    at += size;
                }
                else if ((outcome = ReadBulkLength(bytes, start, ref at, out length)) != Outcome.Complete)
                {
                    break;
                }
            }

            if (bytes.Length - at - LineEnd < length)
            {
                outcome = Outcome.Incomplete;
                break;
            }

            slices[found] = new ArgumentSlice(at, length);
            at += length + LineEnd;
            length = UnknownLength;
        }

        _bulkLength = length;
        position = at;
        return outcome;
    }

    private long MaxBulkLength => Math.Min(
        Unauthenticated ? Math.Min(Limits.MaxBulkLength, Limits.MaxBulkLengthUnauthenticated) : Limits.MaxBulkLength,
        Array.MaxLength - LineEnd);

    /// <summary>Reads a marker, canonical digits, CR and one byte: what all well-formed headers look like.</summary>
    /// <returns>
    /// The header's size, or zero for whatever else, be it cut, negative or wrong: the caller has to find out.
    /// </returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int TryReadNumber(ReadOnlySpan<byte> bytes, int start, byte marker, out long number)
    {
        number = 0;

        // One digit and four bytes are what most headers have; a shorter header is one that is cut.
        if (start + 3 >= bytes.Length || bytes[start] != marker)
            return 0;
        var digit = (uint)(bytes[start + 1] - '0');
        if (digit > 9)
            return 0;
        number = digit;
        return bytes[start + 2] == '\r' ? 4 : ReadMoreDigits(bytes[(start + 2)..], ref number);
    }

    private static int ReadMoreDigits(ReadOnlySpan<byte> line, ref long number)
    {
        // Not "007": a zero stands alone.
        if (number == 0)
            return 0;
        for (var i = 0; i < line.Length && i < MaxCountDigits; i++)
        {
            var digit = (uint)(line[i] - '0');
            if (digit > 9)
                return line[i] == '\r' && i + 1 < line.Length ? i + 2 + LineEnd : 0;
            number = number * 10 + digit;
        }

        return 0;
    }

    private Outcome ReadCount(ReadOnlySpan<byte> bytes, int start, ref int position, out int count)
    {
        count = 0;
        var size = TryReadNumber(bytes, position, (byte)'*', out var number);
        if (size == 0)
        {
            var outcome = ReadLine(bytes, start, position, ProtocolErrors.TooBigMultibulkCount, out var line);
            if (outcome != Outcome.Complete)
                return outcome;
            if (!RedisNumbers.TryParseInt64(line[1..], out number))
                return Fail(ProtocolErrors.InvalidMultibulkLength);
            size = line.Length + LineEnd;
        }

        if (number > Limits.MaxArguments)
            return Fail(ProtocolErrors.InvalidMultibulkLength);
        if (Unauthenticated && number > Limits.MaxArgumentsUnauthenticated)
            return Fail(ProtocolErrors.UnauthenticatedMultibulkLength);
        count = (int)Math.Max(number, 0);
        position += size;
        _scanned = 0;
        return Outcome.Complete;
    }

    /// <summary>Reads a bulk string's header that is cut, too large or wrong.</summary>
    private Outcome ReadBulkLength(ReadOnlySpan<byte> bytes, int start, ref int position, out int length)
    {
        length = UnknownLength;
        if (position >= bytes.Length)
            return Outcome.Incomplete;
        if (bytes[position] != '$')
            return Fail(ProtocolErrors.ExpectedDollar(bytes[position]));

        var outcome = ReadLine(bytes, start, position, ProtocolErrors.TooBigBulkCount, out var line);
        if (outcome != Outcome.Complete)
            return outcome;
        if (!RedisNumbers.TryParseInt64(line[1..], out var number)
            || number < 0
            || number > Limits.MaxBulkLength
            || number > Array.MaxLength - LineEnd)
            return Fail(ProtocolErrors.InvalidBulkLength);
        if (number > MaxBulkLength)
            return Fail(ProtocolErrors.UnauthenticatedBulkLength);

        length = (int)number;
        position += line.Length + LineEnd;
        return Outcome.Complete;
    }

    /// <summary>Finds a header line up to its CR, which one more byte must follow.</summary>
    private Outcome ReadLine(
        ReadOnlySpan<byte> bytes, int start, int position, byte[] tooBig, out ReadOnlySpan<byte> line)
    {
        line = default;
        var from = Math.Max(position, start + _scanned);
        var found = bytes[from..].IndexOf((byte)'\r');
        var end = found < 0 ? bytes.Length : from + found;
        if (end - position > Limits.MaxInlineLength)
            return Fail(tooBig);
        if (end + LineEnd > bytes.Length)
        {
            _scanned = end - start;
            return Outcome.Incomplete;
        }

        _scanned = 0;
        line = bytes[position..end];
        return Outcome.Complete;
    }

    private Outcome ReadInline(ReadOnlySpan<byte> bytes, int start, RequestBatch batch, out int end)
    {
        end = start;
        var from = start + _scanned;
        var found = bytes[from..].IndexOfAny((byte)'\n', (byte)0);
        var newline = found < 0 ? bytes.Length : from + found;
        if (newline - start > Limits.MaxInlineLength)
            return Fail(ProtocolErrors.TooBigInlineRequest);
        if (found < 0)
        {
            _scanned = newline - start;
            return Outcome.Incomplete;
        }

        if (bytes[newline] == 0)
            return Fail(ProtocolErrors.ZeroByteInInlineRequest);

        _scanned = 0;
        end = newline + 1;
        var length = newline - start;
        if (length > 0 && bytes[newline - 1] == '\r')
            length--;
        if (InlineRequest.IsHttp(bytes.Slice(start, length)))
            return Fail(ProtocolErrors.HttpRequestText);
        var words = InlineRequest.Split(bytes.Slice(start, length), start, batch);
        if (words < 0)
            return Fail(ProtocolErrors.UnbalancedQuotes);
        if (words == 0)
            return Outcome.Skipped;
        batch.Add(words, end, RequestForm.Inline);
        return Outcome.Complete;
    }

    private Outcome Fail(byte[] error)
    {
        Forget();
        _error = error;
        return Outcome.Failed;
    }

    private void Suspend(ReadOnlySpan<ArgumentSlice> found, int start, int position, int remaining)
    {
        var kept = ReserveFound(found.Length);
        for (var i = 0; i < found.Length; i++)
            kept[i] = found[i] with { Offset = found[i].Offset - start };
        _foundCount = found.Length;
        _remaining = remaining;
        _position = position - start;
    }

    private Span<ArgumentSlice> ReserveFound(int count)
    {
        var needed = _foundCount + count;
        if (_found.Length < needed)
        {
            var larger = PooledArray.Rent<ArgumentSlice>(Math.Max(needed, 2 * _foundCount));
            _found.AsSpan(0, _foundCount).CopyTo(larger);
            PooledArray.Return(_found);
            _found = larger;
        }

        return _found.AsSpan(_foundCount, count);
    }

    private void Forget()
    {
        PooledArray.Return(_found);
        _found = [];
        foreach (var argument in _large ?? [])
            argument.Dispose();
        _large = null;
        _parts = null;
        _foundCount = 0;
        _remaining = 0;
        _position = 0;
        _scanned = 0;
        _bulkLength = UnknownLength;
    }
}
