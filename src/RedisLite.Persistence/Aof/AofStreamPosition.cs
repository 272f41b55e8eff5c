using System.Buffers.Text;
using System.Text;

namespace RedisLite.Persistence.Aof;

/// <summary>Where in which stream of a primary an append only file ends: as notes in it say.</summary>
/// <remarks>
/// <code>
///   SELECT 5   #REPL:id 100 23     a new increment: what is before it is in the base. The note is at byte 23
///   SET a 1    #REPL:127 115       an append
///   SET b 2    #REPL:168 157       14 bytes more than that of the stream were for replicas alone
///   SET c 3                        whoever wrote this knows nothing of notes: from here on it is of no stream
/// </code>
/// Redis passes over lines that begin with #, and so do earlier versions of this server. Commands after the last note
/// may be those of a server that went on with the file, or of an append of which the end was lost; so they end what is
/// known. So does a note that is not where it says: somebody has taken a command out of the file, or put one in. Not
/// thread-safe.
/// </remarks>
public sealed class AofStreamPosition
{
    /// <summary>What such a note begins with.</summary>
    public const string Mark = "#REPL:";

    private const int IdLength = 40;

    private string? _id;
    private bool _isNoted;

    /// <summary>The stream; null for none.</summary>
    public string? Id => _isNoted ? _id : null;

    /// <summary>How many bytes of the stream have been read.</summary>
    public long Offset { get; private set; }

    /// <summary>
    /// The next file begins. What the one before says counts no more: a reader begins each in database 0, and only what
    /// is in this one tells where the stream stands.
    /// </summary>
    public void BeginFile() => (_id, _isNoted) = (null, false);

    /// <summary>A command of the file.</summary>
    public void TakeCommand() => _isNoted = false;

    /// <summary>Takes a note, of any kind.</summary>
    /// <param name="line">Without its line end.</param>
    /// <param name="at">Where in its file it begins.</param>
    public void TakeNote(ReadOnlySpan<byte> line, long at)
    {
        if (line.Length < Mark.Length || !Ascii.Equals(line[..Mark.Length], Mark))
            return;
        line = line[Mark.Length..];
        if (line.Length > IdLength && line[IdLength] == ' ')
        {
            _id = Encoding.Latin1.GetString(line[..IdLength]);
            line = line[(IdLength + 1)..];
        }

        _isNoted = TryTakeNumber(ref line, out var offset) && TryTakeNumber(ref line, out var place) && place == at
            && line.IsEmpty;
        Offset = offset;
    }

    private static bool TryTakeNumber(ref ReadOnlySpan<byte> line, out long number)
    {
        if (!Utf8Parser.TryParse(line, out number, out var digits) || number < 0)
            return false;
        line = line[digits..];
        if (line is [(byte)' ', _, ..])
            line = line[1..];
        return true;
    }
}
