using RedisLite.Protocol;

namespace RedisLite.Connections;

/// <summary>Replies with large strings among them, read from front to back as the client takes them.</summary>
/// <remarks>
/// <code>
///   buffer   $5000000 CR LF | CR LF : 1 CR LF $70000 CR LF | CR LF
///                           ^ part                         ^ part       read where they lie, held until they are read
/// </code>
/// Belongs to one connection actor.
/// </remarks>
internal sealed class LargeReplies : IDisposable
{
    private readonly ReplyBuffer _replies;
    private int _part;
    private int _at;
    private int _readOfPart;

    public LargeReplies(ReplyBuffer replies)
    {
        _replies = replies;
        Remaining = replies.Length;
        foreach (var part in replies.Parts)
            Remaining += part.Length;
    }

    /// <summary>Bytes not read.</summary>
    public long Remaining { get; private set; }

    public bool IsAtEnd => Remaining == 0;

    /// <summary>Copies what comes next.</summary>
    /// <returns>How many bytes: all that there is room for, as long as there are any.</returns>
    public int Read(Span<byte> target)
    {
        var read = 0;
        while (read < target.Length && Remaining > 0)
        {
            var next = Next();
            var count = Math.Min(next.Length, target.Length - read);
            next[..count].CopyTo(target[read..]);
            read += count;
            Advance(count);
        }

        return read;
    }

    public void Dispose()
    {
        for (; _part < _replies.Parts.Count; _part++)
            _replies.Parts[_part].Owner.Dispose();
        _replies.Return();
        Remaining = 0;
    }

    private bool IsInPart => _part < _replies.Parts.Count && _replies.Parts[_part].At == _at;

    private ReadOnlySpan<byte> Next()
    {
        if (IsInPart)
            return _replies.Parts[_part].Memory.Span[_readOfPart..];
        var end = _part < _replies.Parts.Count ? _replies.Parts[_part].At : _replies.Length;
        return _replies.Array.AsSpan(_at, end - _at);
    }

    private void Advance(int count)
    {
        Remaining -= count;
        if (!IsInPart)
        {
            _at += count;
            return;
        }

        _readOfPart += count;
        if (_readOfPart < _replies.Parts[_part].Length)
            return;
        _replies.Parts[_part++].Owner.Dispose();
        _readOfPart = 0;
    }
}
