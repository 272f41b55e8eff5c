using System.Runtime.CompilerServices;
using RedisLite.Lua.Machine;

namespace RedisLite.Lua.Libraries;

/// <summary>Matches Lua's patterns by backtracking, as the original does, with its steps and its depth
/// counted.</summary>
internal ref struct PatternMatcher
{
    public const int MaxCaptures = 32;

    private const int Position = -2;
    private const int Unclosed = -1;
    private const int MaxDepth = 2000;
    private const byte Escape = (byte)'%';

    // So many levels take a small part of what a check of the stack finds room for.
    private const int DepthPerCheck = 16;

    // Singles are counted in runs of this length, between which the budget is asked.
    private const int Run = 1024;

    private readonly LuaCall _call;
    private readonly ReadOnlySpan<byte> _source;
    private readonly ReadOnlySpan<byte> _pattern;
    private readonly Span<int> _starts;
    private readonly Span<int> _lengths;
    private int _depth;

    /// <param name="captures">Room for twice <see cref="MaxCaptures"/>.</param>
    public PatternMatcher(LuaCall call, ReadOnlySpan<byte> source, ReadOnlySpan<byte> pattern, Span<int> captures)
    {
        _call = call;
        _source = source;
        _pattern = pattern;
        _starts = captures[..MaxCaptures];
        _lengths = captures[MaxCaptures..];
    }

    public int CaptureCount { get; private set; }

    /// <summary>Matches the pattern from one position on; the end of the match, or -1.</summary>
    public int MatchAt(int source, int pattern)
    {
        CaptureCount = 0;
        _depth = 0;
        return Match(source, pattern);
    }

    /// <summary>A capture, or the whole match where there are none and the index is 0.</summary>
    public readonly LuaValue Capture(int index, int start, int end)
    {
        if (index >= CaptureCount)
        {
            if (index != 0)
                throw _call.Error("invalid capture index");
            return LuaValue.String(_source[start..end]);
        }
        if (_lengths[index] == Position)
            return _starts[index] + 1;
        if (_lengths[index] == Unclosed)
            throw _call.Error("unfinished capture");
        return LuaValue.String(_source.Slice(_starts[index], _lengths[index]));
    }

    public readonly LuaValue Whole(int start, int end) => LuaValue.String(_source[start..end]);

    private int Match(int s, int p)
    {
        if (++_depth > MaxDepth
            || (_depth % DepthPerCheck == 1 && !RuntimeHelpers.TryEnsureSufficientExecutionStack()))
            throw _call.Error("pattern too complex");
        var end = MatchHere(s, p);
        _depth--;
        return end;
    }

    private int MatchHere(int s, int p)
    {
        while (true)
        {
            Budget.Tick(_call.State);
            if (p >= _pattern.Length)
                return s;
            switch (_pattern[p])
            {
                case (byte)'(':
                    return p + 1 < _pattern.Length && _pattern[p + 1] == ')'
                        ? StartCapture(s, p + 2, Position)
                        : StartCapture(s, p + 1, Unclosed);
                case (byte)')':
                    return EndCapture(s, p + 1);
                case Escape when p + 1 < _pattern.Length && _pattern[p + 1] == 'b':
                    s = MatchBalance(s, p + 2);
                    if (s < 0)
                        return -1;
                    p += 4;
                    continue;
                case Escape when p + 1 < _pattern.Length && _pattern[p + 1] == 'f':
                    if (!IsFrontier(s, ref p))
                        return -1;
                    continue;
                case Escape when p + 1 < _pattern.Length && _pattern[p + 1] is >= (byte)'0' and <= (byte)'9':
                    s = MatchCapture(s, _pattern[p + 1]);
                    if (s < 0)
                        return -1;
                    p += 2;
                    continue;
                case (byte)'$' when p + 1 == _pattern.Length:
                    return s == _source.Length ? s : -1;
                default:
                    var after = ClassEnd(p);
                    var suffix = after < _pattern.Length ? _pattern[after] : (byte)0;
                    if (suffix is (byte)'?' or (byte)'*' or (byte)'+' or (byte)'-')
                        return MatchRepeated(s, p, after, suffix);
                    if (!IsSingle(s, p, after))
                        return -1;
                    s++;
                    p = after;
                    continue;
            }
        }
    }

    private int MatchRepeated(int s, int p, int after, byte suffix)
    {
        switch (suffix)
        {
            case (byte)'?':
                if (IsSingle(s, p, after))
                {
                    var end = Match(s + 1, after + 1);
                    if (end >= 0)
                        return end;
                }
                return Match(s, after + 1);
            case (byte)'*':
                return MatchMost(s, p, after);
            case (byte)'+':
                return IsSingle(s, p, after) ? MatchMost(s + 1, p, after) : -1;
            default:
                return MatchLeast(s, p, after);
        }
    }

    private int MatchMost(int s, int p, int after)
    {
        var count = 0;
        int run;
        do
        {
            run = CountSingles(_source[(s + count)..], p, after);
            count += run;
            Budget.Tick(_call.State, run);
        }
        while (run == Run);
        for (; count >= 0; count--)
        {
            var end = Match(s + count, after + 1);
            if (end >= 0)
                return end;
        }
        return -1;
    }

    private int MatchLeast(int s, int p, int after)
    {
        while (true)
        {
            var end = Match(s, after + 1);
            if (end >= 0)
                return end;
            if (!IsSingle(s, p, after))
                return -1;
            s++;
        }
    }

    private int StartCapture(int s, int p, int kind)
    {
        if (CaptureCount >= MaxCaptures)
            throw _call.Error("too many captures");
        _starts[CaptureCount] = s;
        _lengths[CaptureCount] = kind;
        CaptureCount++;
        var end = Match(s, p);
        if (end < 0)
            CaptureCount--;
        return end;
    }

    private int EndCapture(int s, int p)
    {
        var index = CaptureCount - 1;
        while (index >= 0 && _lengths[index] != Unclosed)
            index--;
        if (index < 0)
            throw _call.Error("invalid pattern capture");
        _lengths[index] = s - _starts[index];
        var end = Match(s, p);
        if (end < 0)
            _lengths[index] = Unclosed;
        return end;
    }

    private readonly int MatchBalance(int s, int p)
    {
        if (p + 1 >= _pattern.Length)
            throw _call.Error("unbalanced pattern");
        if (s >= _source.Length || _source[s] != _pattern[p])
            return -1;
        var (open, close) = (_pattern[p], _pattern[p + 1]);
        var depth = 1;
        for (var at = s + 1; at < _source.Length; at++)
        {
            Budget.Tick(_call.State);
            if (_source[at] == close)
            {
                if (--depth == 0)
                    return at + 1;
            }
            else if (_source[at] == open)
            {
                depth++;
            }
        }
        return -1;
    }

    private readonly bool IsFrontier(int s, ref int p)
    {
        p += 2;
        if (p >= _pattern.Length || _pattern[p] != '[')
            throw _call.Error("missing '[' after '%f' in pattern");
        var after = ClassEnd(p);
        var before = s == 0 ? (byte)0 : _source[s - 1];
        var here = s < _source.Length ? _source[s] : (byte)0;
        var isFrontier = !IsInSet(before, p, after - 1) && IsInSet(here, p, after - 1);
        p = after;
        return isFrontier;
    }

    private readonly int MatchCapture(int s, byte digit)
    {
        var index = digit - '1';
        if (index < 0 || index >= CaptureCount || _lengths[index] == Unclosed)
            throw _call.Error("invalid capture index");
        var length = Math.Max(_lengths[index], 0);
        Budget.Tick(_call.State, length / 16);
        return _source.Length - s >= length &&
            _source.Slice(_starts[index], length).SequenceEqual(_source.Slice(s, length)) ? s + length : -1;
    }

    private readonly int ClassEnd(int p)
    {
        var first = _pattern[p++];
        if (first == Escape)
        {
            if (p >= _pattern.Length)
                throw _call.Error("malformed pattern (ends with '%')");
            return p + 1;
        }
        if (first != '[')
            return p;
        if (p < _pattern.Length && _pattern[p] == '^')
            p++;
        // A closing bracket that comes first is a member.
        do
        {
            if (p >= _pattern.Length)
                throw _call.Error("malformed pattern (missing ']')");
            if (_pattern[p++] == Escape && p < _pattern.Length)
                p++;
        }
        while (p >= _pattern.Length || _pattern[p] != ']');
        return p + 1;
    }

    private readonly bool IsSingle(int s, int p, int after)
    {
        if (s >= _source.Length)
            return false;
        var value = _source[s];
        return _pattern[p] switch
        {
            (byte)'.' => true,
            Escape => CharacterClass.Named(_pattern[p + 1]).Has(value),
            (byte)'[' => IsInSet(value, p, after - 1),
            var literal => literal == value,
        };
    }

    /// <summary>How many bytes at the start of a text are what a single stands for, up to a run of them.</summary>
    private readonly int CountSingles(ReadOnlySpan<byte> text, int p, int after)
    {
        if (text.Length > Run)
            text = text[..Run];
        var count = 0;
        switch (_pattern[p])
        {
            case (byte)'.':
                return text.Length;
            case Escape:
                var named = CharacterClass.Named(_pattern[p + 1]);
                while (count < text.Length && named.Has(text[count]))
                    count++;
                return count;
            case (byte)'[':
                while (count < text.Length && IsInSet(text[count], p, after - 1))
                    count++;
                return count;
            case var literal:
                count = text.IndexOfAnyExcept(literal);
                return count < 0 ? text.Length : count;
        }
    }

    // p at the opening bracket, end at the closing one.
    private readonly bool IsInSet(byte value, int p, int end)
    {
        var isMember = true;
        p++;
        if (_pattern[p] == '^')
        {
            isMember = false;
            p++;
        }
        for (; p < end; p++)
        {
            if (_pattern[p] == Escape && p + 1 < end)
            {
                p++;
                if (CharacterClass.Named(_pattern[p]).Has(value))
                    return isMember;
            }
            else if (p + 2 < end && _pattern[p + 1] == '-')
            {
                if (_pattern[p] <= value && value <= _pattern[p + 2])
                    return isMember;
                p += 2;
            }
            else if (_pattern[p] == value)
            {
                return isMember;
            }
        }
        return !isMember;
    }
}
