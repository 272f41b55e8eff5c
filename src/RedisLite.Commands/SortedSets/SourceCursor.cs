using System.Diagnostics.CodeAnalysis;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.SortedSets;

/// <summary>Walks over a held sorted set, in order, or over a held set, whose members all have the score 1.</summary>
internal ref struct SourceCursor
{
    private const double ScoreInSet = 1;

    private readonly bool _isSet;
    private SortedSetCursor _scored;
    private SetCursor _plain;

    public SourceCursor(ref HeldCollection source)
    {
        _isSet = source.Type == EntryType.Set;
        if (source.IsEmpty)
            return;
        if (_isSet)
            _plain = source.Set.At(0);
        else
            _scored = source.SortedSet.At(0);
    }

    public readonly bool IsValid => _isSet ? _plain.IsValid : _scored.IsValid;

    /// <summary>Valid until the cursor moves.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Member => _isSet ? _plain.Member : _scored.Member;

    public readonly double Score => _isSet ? ScoreInSet : _scored.Score;

    public bool MoveNext() => _isSet ? _plain.MoveNext() : _scored.MoveNext();

    public static long Count(ref HeldCollection source) =>
        source.IsEmpty ? 0 : source.Type == EntryType.Set ? source.Set.Count : source.SortedSet.Count;

    public static bool TryGetScore(ref HeldCollection source, ReadOnlySpan<byte> member, out double score)
    {
        score = ScoreInSet;
        if (source.IsEmpty)
            return false;
        return source.Type == EntryType.Set ? source.Set.Contains(member) : source.SortedSet.TryGetScore(
            member, out score);
    }
}
