using System.Globalization;
using System.Text;

namespace RedisLite.Replication;

/// <summary>
/// Finds a full copy in what the primary sends: its head, its bytes, its end, and what follows it; pure.
/// </summary>
/// <remarks>
/// <code>
///   \n \n  $EOF:(40 bytes)\r\n  ...copy... (the same 40 bytes)  what follows
///   \n     $1234\r\n            ...copy, 1234 bytes...          what follows
/// </code>
/// Used by one actor.
/// </remarks>
internal sealed class CopyReceiver
{
    private const int MarkLength = 40;
    private const int LongestHead = 128;

    private readonly List<byte> _head = [];
    private byte[]? _mark;
    private ReadOnlyMemory<byte> _tail;
    private long _left = -1;

    /// <summary>Length of the copy; 0 when it is not known.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes of the copy so far.</summary>
    public long Received { get; private set; }

    /// <summary>Whether all of it has come.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>What came after it.</summary>
    public byte[] Rest { get; private set; } = [];

    /// <summary>Takes what has arrived.</summary>
    /// <param name="bytes">Not changed any more.</param>
    /// <param name="copy">Gets the copy's part of it.</param>
    /// <returns>Null, or what is wrong.</returns>
    public string? Take(ReadOnlyMemory<byte> bytes, Action<ReadOnlyMemory<byte>> copy)
    {
        if (_mark is null && _left < 0 && ReadHead(ref bytes) is { } refusal)
            return refusal;
        if (bytes.IsEmpty || IsComplete)
            return null;
        if (_mark is null)
            TakeCounted(bytes, copy);
        else if (_left < 0)
            TakeMarked(bytes, copy);
        return null;
    }

    private string? ReadHead(ref ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var next = bytes.Span[0];
            bytes = bytes[1..];
            if (next != '\n')
            {
                _head.Add(next);
                if (_head.Count > LongestHead)
                    return "what it sends is no copy";
                continue;
            }

            var line = Encoding.Latin1.GetString([.. _head]).TrimEnd('\r');
            _head.Clear();
            if (line.Length > 0)
                return ReadHead(line);
        }

        return null;
    }

    private string? ReadHead(string line)
    {
        if (line.StartsWith("$EOF:", StringComparison.Ordinal) && line.Length == 5 + MarkLength)
        {
            _mark = Encoding.Latin1.GetBytes(line[5..]);
            return null;
        }

        if (line[0] == '$' && long.TryParse(
            line.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length > 0)
        {
            Length = _left = length;
            return null;
        }

        return line[0] == '-' ? $"it could not make a copy: {line}" : "what it sends is no copy";
    }

    private void TakeCounted(ReadOnlyMemory<byte> bytes, Action<ReadOnlyMemory<byte>> copy)
    {
        var count = (int)Math.Min(bytes.Length, _left);
        copy(bytes[..count]);
        Received += count;
        _left -= count;
        if (_left == 0)
            End(bytes[count..]);
    }

    /// <summary>
    /// The mark may be cut by the end of a read: as many bytes as it could begin with wait for the next.
    /// </summary>
    private void TakeMarked(ReadOnlyMemory<byte> bytes, Action<ReadOnlyMemory<byte>> copy)
    {
        // The few bytes around the seam of two reads are looked at together, the rest where it stands.
        var kept = MarkLength - 1;
        ReadOnlyMemory<byte> seam = (byte[])[.. _tail.Span, .. bytes.Span[..Math.Min(kept, bytes.Length)]];
        var at = seam.Span.IndexOf(_mark);
        if (at >= 0)
        {
            Give(seam[..at], copy);
            End(bytes[(at + MarkLength - _tail.Length)..]);
            return;
        }

        at = bytes.Span.IndexOf(_mark);
        if (at < 0 && bytes.Length < kept)
        {
            // All of it is in the seam.
            var sure = Math.Max(0, seam.Length - kept);
            Give(seam[..sure], copy);
            _tail = seam[sure..];
            return;
        }

        Give(_tail, copy);
        Give(bytes[..(at >= 0 ? at : bytes.Length - kept)], copy);
        if (at >= 0)
            End(bytes[(at + MarkLength)..]);
        else
            _tail = bytes[^kept..];
    }

    private void Give(ReadOnlyMemory<byte> bytes, Action<ReadOnlyMemory<byte>> copy)
    {
        if (bytes.IsEmpty)
            return;
        Received += bytes.Length;
        copy(bytes);
    }

    private void End(ReadOnlyMemory<byte> rest)
    {
        IsComplete = true;
        Rest = rest.ToArray();
    }
}
