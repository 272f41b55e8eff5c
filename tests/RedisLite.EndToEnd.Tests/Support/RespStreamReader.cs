using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace RedisLite.EndToEnd.Tests.Support;

/// <summary>Reads RESP2 and RESP3 replies from a stream. One reader at a time.</summary>
/// <remarks>
/// Written apart from RedisLite's own parser on purpose: a test that used the code under test to read its replies would
/// agree with its mistakes. Framing is checked strictly (CRLF everywhere); anything else is a
/// <see cref="FormatException"/>.
/// </remarks>
internal sealed class RespStreamReader(Stream stream)
{
    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    /// <summary>The next whole reply.</summary>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    /// <exception cref="FormatException">What arrived is no RESP.</exception>
    public async ValueTask<RespValue> ReadAsync(CancellationToken cancellationToken)
    {
        var line = await ReadLineAsync(cancellationToken);
        if (line.Length == 0)
            throw new FormatException("An empty line where a reply should start.");
        var rest = line[1..];
        switch (line[0])
        {
            case (byte)'+': return new RespValue(RespKind.SimpleString, rest);
            case (byte)'-': return new RespValue(RespKind.Error, rest);
            case (byte)':': return new RespValue(RespKind.Integer, rest);
            case (byte)',': return new RespValue(RespKind.Double, rest);
            case (byte)'#': return new RespValue(RespKind.Boolean, rest);
            case (byte)'(': return new RespValue(RespKind.BigNumber, rest);
            case (byte)'_' when rest.Length == 0: return new RespValue(RespKind.Null, rest);
            case (byte)'$': return await ReadBulkAsync(RespKind.Bulk, rest, cancellationToken);
            case (byte)'=': return await ReadBulkAsync(RespKind.Verbatim, rest, cancellationToken);
            case (byte)'!': return await ReadBulkAsync(RespKind.BulkError, rest, cancellationToken);
            case (byte)'*': return await ReadItemsAsync(RespKind.Array, rest, 1, cancellationToken);
            case (byte)'~': return await ReadItemsAsync(RespKind.Set, rest, 1, cancellationToken);
            case (byte)'>': return await ReadItemsAsync(RespKind.Push, rest, 1, cancellationToken);
            case (byte)'%': return await ReadItemsAsync(RespKind.Map, rest, 2, cancellationToken);
            case (byte)'|':
                // Attributes describe the reply that follows; no command tested here sends them.
                await ReadItemsAsync(RespKind.Map, rest, 2, cancellationToken);
                return await ReadAsync(cancellationToken);
            default:
                throw new FormatException($"No reply starts so: {Encoding.Latin1.GetString(line)}");
        }
    }

    /// <summary>One line without its line end, which may be CRLF or LF alone: plain replies are lines.</summary>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    public async ValueTask<string> ReadTextLineAsync(CancellationToken cancellationToken)
    {
        var length = await FindAsync((byte)'\n', cancellationToken);
        var line = Encoding.UTF8.GetString(_buffer, _start, length);
        _start += length + 1;
        return line.TrimEnd('\r');
    }

    /// <summary>Everything up to the end of the stream, whatever it is; a reset is an end as well.</summary>
    public async ValueTask<byte[]> ReadToEndAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await FillAsync(cancellationToken))
            {
            }
        }
        catch (IOException e) when (
            e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            // The other side closed while bytes of ours were still on their way to it.
        }

        var rest = _buffer.AsSpan(_start, _end - _start).ToArray();
        _start = _end;
        return rest;
    }

    /// <summary>Exactly <paramref name="count"/> bytes.</summary>
    /// <exception cref="EndOfStreamException">The server closed the connection before.</exception>
    public async ValueTask<byte[]> ReadBytesAsync(int count, CancellationToken cancellationToken)
    {
        while (_end - _start < count)
        {
            if (!await FillAsync(cancellationToken))
                throw Closed();
        }

        var bytes = _buffer.AsSpan(_start, count).ToArray();
        _start += count;
        return bytes;
    }

    private async ValueTask<RespValue> ReadBulkAsync(RespKind kind, byte[] header, CancellationToken cancellationToken)
    {
        var length = ParseLength(header);
        if (length < 0)
            return RespValue.Empty(RespKind.NullBulk);
        var bytes = await ReadBytesAsync(length + 2, cancellationToken);
        if (bytes[^2] != '\r' || bytes[^1] != '\n')
            throw new FormatException($"A bulk of {length} bytes does not end with CRLF.");
        return new RespValue(kind, bytes[..^2]);
    }

    private async ValueTask<RespValue> ReadItemsAsync(
        RespKind kind, byte[] header, int itemsPerEntry, CancellationToken cancellationToken)
    {
        var length = ParseLength(header);
        if (length < 0)
            return RespValue.Empty(RespKind.NullArray);
        var items = new RespValue[length * itemsPerEntry];
        for (var i = 0; i < items.Length; i++)
            items[i] = await ReadAsync(cancellationToken);
        return new RespValue(kind, items);
    }

    private static int ParseLength(byte[] header)
    {
        var text = Encoding.Latin1.GetString(header);
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var length)
            || length < -1)
        {
            throw new FormatException($"No length: {text}");
        }

        return length;
    }

    private async ValueTask<byte[]> ReadLineAsync(CancellationToken cancellationToken)
    {
        var length = await FindAsync((byte)'\n', cancellationToken);
        var line = _buffer.AsSpan(_start, length).ToArray();
        _start += length + 1;
        if (line.Length == 0 || line[^1] != '\r')
            throw new FormatException($"A line without CR: {Encoding.Latin1.GetString(line)}");
        return line[..^1];
    }

    private async ValueTask<int> FindAsync(byte wanted, CancellationToken cancellationToken)
    {
        var searched = 0;
        while (true)
        {
            var found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf(wanted);
            if (found >= 0)
                return searched + found;
            searched = _end - _start;
            if (!await FillAsync(cancellationToken))
                throw Closed();
        }
    }

    private EndOfStreamException Closed() => new(
        $"The server closed the connection; unread: '{Encoding.Latin1.GetString(_buffer, _start, _end - _start)}'");

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start == _end)
            _start = _end = 0;
        if (_end == _buffer.Length)
        {
            var target = _start > _buffer.Length / 2 ? _buffer : new byte[_buffer.Length * 2];
            _buffer.AsSpan(_start, _end - _start).CopyTo(target);
            (_buffer, _end, _start) = (target, _end - _start, 0);
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        return read > 0;
    }
}
