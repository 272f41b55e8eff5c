using RedisLite.Persistence.Files;

namespace RedisLite.Persistence.Aof;

/// <summary>Looks at what follows a place where a file stopped making sense.</summary>
internal static class AofTailProbe
{
    private const int BlockSize = 64 * 1024;

    /// <summary>
    /// How many places are tried. Damage is followed by real commands, so the first place or two decide; a cut value
    /// that is itself full of commands must not cost more than reading it a few times.
    /// </summary>
    private const int MaxCandidates = 64;

    /// <summary>Whether there is nothing but zeros from an offset to the end, and at least one.</summary>
    public static bool IsZeroToTheEnd(Stream file, long offset)
    {
        if (!file.CanSeek || offset >= file.Length)
            return false;
        file.Position = offset;
        var block = new byte[BlockSize];
        while (true)
        {
            var count = file.Read(block);
            if (count == 0)
                return true;
            if (block.AsSpan(0, count).ContainsAnyExcept((byte)0))
                return false;
        }
    }

    /// <summary>
    /// Looks behind the start of a command that seems to be cut for a place from which whole commands go on exactly to
    /// the file's end.
    /// </summary>
    /// <returns>
    /// The place, which means that the seeming cut is damage; null if there is none, or if the file cannot be read
    /// twice.
    /// </returns>
    public static long? FindWholeCommands(Stream file, long cutCommand)
    {
        if (!file.CanSeek)
            return null;
        var from = cutCommand + 1;
        for (var tried = 0; tried < MaxCandidates; tried++)
        {
            if (FindCandidate(file, from) is not { } candidate)
                return null;
            if (ReachesEnd(file, candidate, out var failedAt))
                return candidate;

            // Commands that stood between the candidate and the failure would fail there as well.
            from = failedAt + 1;
        }

        return null;
    }

    /// <summary>The offset of the next '*' that starts a line.</summary>
    private static long? FindCandidate(Stream file, long from)
    {
        file.Position = from;
        using var input = new BufferedInput(new Borrowed(file));
        var mark = "\r\n*"u8;
        while (input.TryFill(mark.Length))
        {
            var at = input.Unread.IndexOf(mark);
            if (at >= 0)
                return from + input.Offset + at + mark.Length - 1;
            input.Consume(input.Unread.Length - mark.Length + 1);
        }

        return null;
    }

    private static bool ReachesEnd(Stream file, long from, out long failedAt)
    {
        file.Position = from;
        using var input = new BufferedInput(new Borrowed(file));
        var parser = new AofCommandParser(input);
        AofParseStatus status;
        try
        {
            do
                status = parser.MoveNext();
            while (status == AofParseStatus.Command);
        }
        catch (DamagedFileException)
        {
            status = AofParseStatus.Cut;
        }

        failedAt = from + input.Offset;
        return status == AofParseStatus.End;
    }

    /// <summary>A stream that its reader may dispose without the file being closed.</summary>
    private sealed class Borrowed(Stream file) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => file.Length;

        public override long Position
        {
            get => file.Position;
            set => file.Position = value;
        }

        public override int Read(byte[] buffer, int offset, int count) => file.Read(buffer, offset, count);

        public override int Read(Span<byte> buffer) => file.Read(buffer);

        public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
