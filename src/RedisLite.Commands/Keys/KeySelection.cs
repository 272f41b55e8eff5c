using System.Text;
using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.Keys;

/// <summary>Which keys a walk selects; writes their names to the reply and counts them.</summary>
internal ref struct KeySelection
{
    private readonly ReplyWriter _reply;
    private readonly Databases _databases;
    private readonly long _nowMs;
    private GlobPattern? _pattern;
    private ReadOnlySpan<byte> _type;
    private bool _hasType;

    public KeySelection(scoped ref CommandContext ctx)
    {
        _reply = ctx.Reply;
        _databases = ctx.Databases;
        _nowMs = ctx.NowMs;
    }

    /// <summary>Keys written so far.</summary>
    public int Count { get; private set; }

    /// <summary>The stripes in which selected keys had expired, each once; null for none.</summary>
    public List<int>? ExpiredIn { get; private set; }

    /// <summary>
    /// Selects by a glob pattern; a single star is no pattern at all, as it must match the empty key too.
    /// </summary>
    public void Match(ReadOnlySpan<byte> pattern) =>
        _pattern = Glob.MatchesEverything(pattern) ? null : new GlobPattern(pattern);

    /// <summary>Selects by a type's name, in any letter case; no key has a type that does not exist.</summary>
    public void OnlyType(ReadOnlySpan<byte> name)
    {
        _hasType = true;
        _type = name;
    }

    /// <summary>The visitor of the walk.</summary>
    public static void Add(in Entry entry, ref KeySelection selection)
    {
        if (selection._pattern?.IsMatch(entry.Key) == false)
            return;
        if (entry.IsExpired(selection._nowMs))
        {
            selection.NoteExpired(entry.Key);
            return;
        }

        if (selection._hasType && !Ascii.EqualsIgnoreCase(selection._type, entry.Type.Name()))
            return;
        selection._reply.Bulk(entry.Key);
        selection.Count++;
    }

    private void NoteExpired(ReadOnlySpan<byte> key)
    {
        // Walks go through stripe after stripe, so a stripe noted before is the last one noted.
        var stripe = _databases.StripeOf(_databases.MakeKey(key).Hash);
        ExpiredIn ??= [];
        if (ExpiredIn.Count == 0 || ExpiredIn[^1] != stripe)
            ExpiredIn.Add(stripe);
    }
}
