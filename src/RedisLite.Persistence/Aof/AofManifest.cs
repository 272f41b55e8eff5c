using System.Collections.Immutable;
using System.Text;

namespace RedisLite.Persistence.Aof;

/// <summary>
/// Which files make up the append only file, and in which order: the content of <c>appendonly.aof.manifest</c>.
/// </summary>
/// <remarks>
/// The format of Redis 7: a line for each file, first the base, then what may be deleted, then the increments.
///
/// <code>
///   file appendonly.aof.2.base.rdb seq 2 type b
///   file appendonly.aof.1.incr.aof seq 1 type h
///   file appendonly.aof.2.incr.aof seq 2 type i
/// </code>
///
/// Names are quoted as in inline commands if they need it; lines that start with # are comments; unknown pairs of words
/// are ignored. A manifest without files is written as a comment, since Redis takes an empty one for damaged.
/// Immutable: a change gives a new manifest, which counts once it has replaced the file.
/// </remarks>
public sealed class AofManifest
{
    /// <summary>Longer lines are an error, as in Redis.</summary>
    private const int MaxLineLength = 1024;

    private AofManifest(
        AofFileInfo? baseFile, ImmutableArray<AofFileInfo> history, ImmutableArray<AofFileInfo> increments)
    {
        Base = baseFile;
        History = history;
        Increments = increments;
    }

    /// <summary>A manifest without files.</summary>
    public static AofManifest Empty { get; } = new(null, [], []);

    /// <summary>The data set that the increments start from, or null if they start from nothing.</summary>
    public AofFileInfo? Base { get; }

    /// <summary>Files that may be deleted.</summary>
    public ImmutableArray<AofFileInfo> History { get; }

    /// <summary>Commands since the base, oldest first; the last one is appended to.</summary>
    public ImmutableArray<AofFileInfo> Increments { get; }

    /// <summary>Whether there is nothing to load.</summary>
    public bool IsEmpty => Base is null && Increments.IsEmpty;

    /// <summary>Base and increments in the order in which they are loaded.</summary>
    public IEnumerable<AofFileInfo> LoadOrder => Base is null ? Increments : Increments.Prepend(Base);

    /// <summary>
    /// The file that was last appended to, the only one whose tail may be torn. Empty increments may
    /// follow it: a switch to a new increment that failed after the manifest was replaced leaves one that nobody used.
    /// </summary>
    /// <param name="lengthOf">The length of a file in bytes.</param>
    public AofFileInfo? FindLastWritten(Func<AofFileInfo, long> lengthOf) =>
        Increments.LastOrDefault(file => lengthOf(file) > 0) ?? LoadOrder.LastOrDefault();

    /// <summary>The lowest number that the next base may have.</summary>
    public long NextBaseSequence => (Base?.Sequence ?? 0) + 1;

    /// <summary>The lowest number that the next increment may have.</summary>
    public long NextIncrementSequence => Increments.IsEmpty ? 1 : Increments[^1].Sequence + 1;

    /// <summary>Reads a manifest's bytes.</summary>
    /// <exception cref="AofManifestException">With Redis's words for what is wrong.</exception>
    public static AofManifest Parse(ReadOnlySpan<byte> content)
    {
        AofFileInfo? baseFile = null;
        var history = ImmutableArray.CreateBuilder<AofFileInfo>();
        var increments = ImmutableArray.CreateBuilder<AofFileInfo>();
        if (content.IsEmpty)
            throw new AofManifestException(0, "Found an empty AOF manifest");

        for (var line = 1; !content.IsEmpty; line++)
        {
            var end = content.IndexOf((byte)'\n');
            var text = end < 0 ? content : content[..end];
            content = end < 0 ? default : content[(end + 1)..];
            if (text.StartsWith("#"u8))
                continue;
            if (end < 0 || text.Length + 1 >= MaxLineLength)
                throw new AofManifestException(line, "The AOF manifest file contains too long line");

            var file = ParseLine(text, line);
            switch (file.Type)
            {
                case AofFileType.Base when baseFile is not null:
                    throw new AofManifestException(line, "Found duplicate base file information");
                case AofFileType.Base:
                    baseFile = file;
                    break;
                case AofFileType.History:
                    history.Add(file);
                    break;
                case AofFileType.Increment when increments.Count > 0 && file.Sequence <= increments[^1].Sequence:
                    throw new AofManifestException(line, "Found a non-monotonic sequence number");
                default:
                    increments.Add(file);
                    break;
            }
        }

        return new AofManifest(baseFile, history.ToImmutable(), increments.ToImmutable());
    }

    /// <summary>The manifest's bytes.</summary>
    public byte[] Format()
    {
        var text = new StringBuilder();
        if (IsEmpty && History.IsEmpty)
            text.Append("# no files yet\n");
        foreach (var file in new[] { Base }.OfType<AofFileInfo>().Concat(History).Concat(Increments))
        {
            var type = file.Type switch
            {
                AofFileType.Base => 'b',
                AofFileType.History => 'h',
                _ => 'i',
            };
            text.Append($"file {AofFileNames.Quote(file.Name)} seq {file.Sequence} type {type}\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Takes a file of an older Redis, one file for all, as the base.</summary>
    public static AofManifest FromSingleFile(string name) => new(new AofFileInfo(name, 1, AofFileType.Base), [], []);

    /// <summary>Adds an increment, which takes the commands from now on.</summary>
    public AofManifest AddIncrement(string name, long sequence)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, NextIncrementSequence);
        return new AofManifest(Base, History, Increments.Add(new AofFileInfo(name, sequence, AofFileType.Increment)));
    }

    /// <summary>Replaces the base and the increments that are part of the new one; they become history.</summary>
    /// <param name="name">The new base's name.</param>
    /// <param name="sequence">Its number.</param>
    /// <param name="firstKept">Number of the first increment whose commands come after the new base; it must be
    /// there.</param>
    public AofManifest ReplaceBase(string name, long sequence, long firstKept)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, NextBaseSequence);
        if (Increments.All(file => file.Sequence != firstKept))
            throw new ArgumentOutOfRangeException(nameof(firstKept), firstKept, "There is no such increment.");
        var replaced = Increments.Where(file => file.Sequence < firstKept);
        if (Base is not null)
            replaced = replaced.Prepend(Base);
        return new AofManifest(
            new AofFileInfo(name, sequence, AofFileType.Base),
            [.. History, .. replaced.Select(file => file with { Type = AofFileType.History })],
            [.. Increments.Where(file => file.Sequence >= firstKept)]);
    }

    /// <summary>Forgets the files that may be deleted.</summary>
    public AofManifest WithoutHistory() => new(Base, [], Increments);

    private static AofFileInfo ParseLine(ReadOnlySpan<byte> text, int line)
    {
        const string invalid = "Invalid AOF manifest file format";
        var words = AofFileNames.Split(text.Trim(" \t\r"u8));
        if (words is null || words.Count < 6 || words.Count % 2 != 0)
            throw new AofManifestException(line, invalid);

        string? name = null;
        long sequence = 0;
        var type = '\0';
        for (var i = 0; i < words.Count; i += 2)
        {
            switch (words[i].ToLowerInvariant())
            {
                case "file":
                    name = words[i + 1];
                    if (!AofFileNames.IsPlainName(name))
                        throw new AofManifestException(line, "File can't be a path, just a filename");
                    break;
                case "seq":
                    _ = long.TryParse(words[i + 1], out sequence);
                    break;
                case "type":
                    type = words[i + 1].Length > 0 ? words[i + 1][0] : '\0';
                    break;
            }
        }

        if (string.IsNullOrEmpty(name) || sequence == 0 || type == '\0')
            throw new AofManifestException(line, invalid);
        return type switch
        {
            'b' => new AofFileInfo(name, sequence, AofFileType.Base),
            'h' => new AofFileInfo(name, sequence, AofFileType.History),
            'i' => new AofFileInfo(name, sequence, AofFileType.Increment),
            _ => throw new AofManifestException(line, "Unknown AOF file type"),
        };
    }
}
