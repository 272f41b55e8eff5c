using RedisLite.Persistence.Files;
using RedisLite.Protocol;

namespace RedisLite.Persistence.Aof;

/// <summary>What <see cref="AofCommandParser.MoveNext"/> found.</summary>
internal enum AofParseStatus
{
    /// <summary>A whole command.</summary>
    Command,

    /// <summary>The file ends here, behind a whole command.</summary>
    End,

    /// <summary>The file ends within what may be the start of a command.</summary>
    Cut,
}

/// <summary>Finds one command after the other in a file.</summary>
/// <remarks>
/// The grammar of files is a narrow one: a command is <c>*count</c> and so many <c>$length</c> with their bytes, every
/// line ended by CR LF, all numbers plain digits. After a cut the input stands at the command's start.
/// <paramref name="position"/> is told of notes.
/// </remarks>
internal sealed class AofCommandParser(BufferedInput input, AofStreamPosition? position = null)
{
    /// <summary>A note may be as long as in Redis, a line end included.</summary>
    private const int MaxNoteLength = 1024;

    /// <summary>The digits of the largest count or length that there can be, 2^31 - 1.</summary>
    private const int MaxDigits = 10;

    private const int LineEnd = 2;
    private const int KeptSlices = 4096;

    private ArgumentSlice[] _slices = new ArgumentSlice[16];
    private int _count;

    /// <summary>The current command; valid until the next move.</summary>
    public Arguments Command => new(input.Unread[..CommandSize], _slices.AsSpan(0, _count));

    /// <summary>How many bytes the current command takes; 0 if there is none.</summary>
    public int CommandSize { get; private set; }

    /// <summary>What is missing, after a cut.</summary>
    public string Problem { get; private set; } = "";

    /// <summary>
    /// Whether a cut only took the line end of an argument: its length is confirmed by where the file ends.
    /// </summary>
    public bool EndsWithArgument { get; private set; }

    /// <summary>Moves past the current command to the next one, past notes too.</summary>
    /// <exception cref="DamagedFileException">Neither a command nor a note stands there.</exception>
    public AofParseStatus MoveNext()
    {
        input.Consume(CommandSize);
        CommandSize = 0;
        _count = 0;
        if (_slices.Length > KeptSlices)
            _slices = new ArgumentSlice[16];
        while (input.TryFill(1))
        {
            if (input.Unread[0] != '#')
                return TryParse() ? AofParseStatus.Command : AofParseStatus.Cut;
            if (!TrySkipNote())
                return AofParseStatus.Cut;
        }

        return AofParseStatus.End;
    }

    private bool TrySkipNote()
    {
        while (true)
        {
            var unread = input.Unread;
            var end = unread[..Math.Min(unread.Length, MaxNoteLength)].IndexOf((byte)'\n');
            if (end >= 0)
            {
                position?.TakeNote(unread[..end].TrimEnd((byte)'\r'), input.Offset);
                input.Consume(end + 1);
                return true;
            }

            if (unread.Length >= MaxNoteLength)
                throw new DamagedFileException(input.Offset, $"a note is longer than {MaxNoteLength} bytes");
            if (!input.TryFill(unread.Length + 1))
                return Cut("a note has no end");
        }
    }

    private bool TryParse()
    {
        var position = 0;
        if (!TryReadNumber(ref position, (byte)'*', out var count))
            return false;
        if (count == 0)
            throw new DamagedFileException(input.Offset, "expected a number of arguments above 0, found 0");
        for (; _count < count; _count++)
        {
            if (!TryReadNumber(ref position, (byte)'$', out var length))
                return false;

            // Offsets within a command are ints; nothing that could be sent to a server is as long.
            if (length > Array.MaxLength - position - LineEnd)
                throw new DamagedFileException(input.Offset, "a command is longer than two gigabytes");
            if (!input.TryFill(position + (long)length + LineEnd))
            {
                EndsWithArgument = input.TryFill(position + (long)length);
                return Cut($"argument {_count + 1} of {count} has {length} bytes, more than follow");
            }

            if (_count == _slices.Length)
                Array.Resize(ref _slices, _slices.Length * 2);
            _slices[_count] = new ArgumentSlice(position, length);
            position += length;
            ExpectLineEnd(position);
            position += LineEnd;
        }

        CommandSize = position;
        return true;
    }

    private void ExpectLineEnd(int position)
    {
        var found = input.Unread.Slice(position, LineEnd);
        if (!found.SequenceEqual("\r\n"u8))
        {
            var wrong = position + (found[0] == '\r' ? 1 : 0);
            throw new DamagedFileException(
                input.Offset + wrong, $"expected CR LF after an argument, found bytes {found[0]:x2} {found[1]:x2}");
        }
    }

    /// <summary>Reads a line that is a mark and a number. False if the file ends in it.</summary>
    private bool TryReadNumber(ref int position, byte mark, out int number)
    {
        number = 0;
        long value = 0;
        var unread = input.Unread;
        for (var i = position; ; i++)
        {
            if (i >= unread.Length)
            {
                if (!input.TryFill(i + 1L))
                    return Cut(mark == '*' ? "a command is cut" : "an argument is missing");
                unread = input.Unread;
            }

            var found = unread[i];
            var digits = i - position - 1;
            if (digits < 0)
            {
                if (found != mark)
                    throw Unexpected(i, $"'{(char)mark}'", found);
            }
            else if (found is >= (byte)'0' and <= (byte)'9' && digits < MaxDigits)
            {
                value = (value * 10) + (found - '0');
            }
            else if (found == '\r' && digits > 0 && value <= Array.MaxLength)
            {
                number = (int)value;
                position = i + LineEnd;
                return TryReadLineFeed(i + 1);
            }
            else
            {
                throw Unexpected(i, digits == 0 ? "a digit" : "a number up to 2^31 and CR LF", found);
            }
        }
    }

    private bool TryReadLineFeed(int position)
    {
        if (!input.TryFill(position + 1L))
            return Cut("a line has no end");
        return input.Unread[position] == '\n' ? true : throw Unexpected(position, "LF", input.Unread[position]);
    }

    private bool Cut(string problem)
    {
        Problem = problem;
        return false;
    }

    private DamagedFileException Unexpected(int position, string expected, byte found) =>
        new(input.Offset + position, $"expected {expected}, found byte {found:x2}");
}
