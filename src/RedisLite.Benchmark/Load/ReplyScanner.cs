using System.Text;

namespace RedisLite.Benchmark.Load;

/// <summary>Counts the whole replies in a stream of bytes that arrives in arbitrary pieces.</summary>
/// <remarks>
/// A load generator needs to know how many replies came, how many were errors and how many said "no such key"; it
/// does not need their content. So a scanner keeps a few numbers between two reads and never a byte of the stream,
/// except the text of the first error, which explains a failed run. One connection owns one scanner; not thread-safe.
/// </remarks>
internal abstract class ReplyScanner
{
    private const int MaxErrorText = 200;

    /// <summary>Replies that were errors, since the scanner was made.</summary>
    public long Errors { get; protected set; }

    /// <summary>Replies, or elements of array replies, that were nil: reads of keys that do not exist.</summary>
    public long Nils { get; protected set; }

    /// <summary>The text of the first error reply, cut at 200 bytes; null while there was none.</summary>
    public string? FirstError { get; private set; }

    /// <summary>True when the bytes so far end in the middle of a reply.</summary>
    public abstract bool IsMidReply { get; }

    /// <summary>Takes the next bytes of the stream.</summary>
    /// <returns>How many replies ended in them.</returns>
    /// <exception cref="LoadException">The bytes cannot be a reply of this protocol.</exception>
    public abstract int Scan(ReadOnlySpan<byte> data);

    /// <summary>Notes (part of) an error line; several calls for one line, when a read ended inside it.</summary>
    protected void AppendErrorText(ReadOnlySpan<byte> text)
    {
        if (Errors > 1 || FirstError?.Length >= MaxErrorText)
            return;
        var room = MaxErrorText - (FirstError?.Length ?? 0);
        FirstError += Encoding.Latin1.GetString(text[..Math.Min(room, text.Length)]).TrimEnd('\r');
    }
}
