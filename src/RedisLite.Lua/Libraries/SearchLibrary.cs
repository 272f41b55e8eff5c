using System.Buffers;
using RedisLite.Lua.Machine;

namespace RedisLite.Lua.Libraries;

/// <summary>find, match, gmatch, gsub.</summary>
internal static class SearchLibrary
{
    private static readonly SearchValues<byte> Specials = SearchValues.Create("^$*+?.([%-"u8);

    public static void AddTo(LuaState state, LuaTable library) => StandardLibraries.AddFunctions(
        state,
        library,
        ("find", call => Find(call, isFind: true)),
        ("match", call => Find(call, isFind: false)),
        ("gmatch", MatchAll),
        ("gfind", MatchAll),
        ("gsub", Substitute));

    private static int Find(LuaCall call, bool isFind)
    {
        var source = call.Bytes(1);
        var pattern = call.Bytes(2);
        var start = (int)Math.Clamp(
            StringLibrary.RelativePosition(call.Long(3, 1), source.Length) - 1, 0, source.Length);
        if (isFind && (call[4].IsTruthy || !pattern.ContainsAny(Specials)))
        {
            call.Tick((source.Length - start) / 64);
            var found = source[start..].IndexOf(pattern);
            return found < 0
                ? call.Return(LuaValue.Nil)
                : call.Return(new LuaValue((double)(start + found + 1)), (double)(start + found + pattern.Length));
        }
        var isAnchored = !pattern.IsEmpty && pattern[0] == '^';
        var matcher = new PatternMatcher(call, source, pattern, stackalloc int[2 * PatternMatcher.MaxCaptures]);
        do
        {
            var end = matcher.MatchAt(start, isAnchored ? 1 : 0);
            if (end < 0)
                continue;
            if (!isFind)
                return PushCaptures(call, matcher, start, end, isWholeToo: true, 0);
            var captures = PushCaptures(call, matcher, start, end, isWholeToo: false, 2);
            call.Return(new LuaValue((double)(start + 1)), (double)end);
            return captures + 2;
        }
        while (++start <= source.Length && !isAnchored);
        return call.Return(LuaValue.Nil);
    }

    // Captures from a result on; the whole match where there are none, if that is wanted.
    private static int PushCaptures(
        LuaCall call, in PatternMatcher matcher, int start, int end, bool isWholeToo, int firstResult)
    {
        var count = matcher.CaptureCount == 0 && isWholeToo ? 1 : matcher.CaptureCount;
        for (var index = 0; index < count; index++)
            call.Thread.Stack[call.Base - 1 + firstResult + index] = matcher.Capture(index, start, end);
        return count;
    }

    private static int MatchAll(LuaCall call)
    {
        var source = call.Text(1);
        var pattern = call.Text(2);
        var position = 0;
        var step = StandardLibraries.Function(call.State, "gmatch", inner =>
        {
            var text = LuaString.SpanOf(source);
            var matcher = new PatternMatcher(
                inner, text, LuaString.SpanOf(pattern), stackalloc int[2 * PatternMatcher.MaxCaptures]);
            for (var start = position; start <= text.Length; start++)
            {
                var end = matcher.MatchAt(start, 0);
                if (end < 0)
                    continue;
                position = end == start ? end + 1 : end;
                return PushCaptures(inner, matcher, start, end, isWholeToo: true, 0);
            }
            return 0;
        });
        return call.Return(step);
    }

    private static int Substitute(LuaCall call)
    {
        var source = call.Bytes(1);
        var pattern = call.Bytes(2);
        var most = call.Integer(4, source.Length + 1);
        if (call[3].Type is not (LuaType.Number or LuaType.String or LuaType.Function or LuaType.Table))
            throw call.ArgumentError(3, "string/function/table expected");
        var isAnchored = !pattern.IsEmpty && pattern[0] == '^';
        var matcher = new PatternMatcher(call, source, pattern, stackalloc int[2 * PatternMatcher.MaxCaptures]);
        var result = new ByteBuilder(source.Length + 16);
        var at = 0;
        var count = 0;
        while (count < most)
        {
            var end = matcher.MatchAt(at, isAnchored ? 1 : 0);
            if (end >= 0)
            {
                count++;
                AddReplacement(call, matcher, source, at, end, result);
            }
            if (end > at)
                at = end;
            else if (at < source.Length)
                result.Add(source[at++]);
            else
                break;
            if (isAnchored)
                break;
        }
        if (count == 0)
            return call.Return(new LuaValue(call.Text(1)), 0.0);
        call.Charge(source.Length - at);
        result.Add(source[at..]);
        return call.Return(new LuaValue(result.ToLuaString()), (double)count);
    }

    private static void AddReplacement(
        LuaCall call, in PatternMatcher matcher, ReadOnlySpan<byte> source, int start, int end, ByteBuilder result)
    {
        var replacement = call[3];
        if (Arithmetic.TryText(replacement, out var template))
        {
            AddTemplate(call, matcher, start, end, LuaString.SpanOf(template), result);
            return;
        }
        LuaValue value;
        if (replacement.O is LuaTable)
        {
            value = GetField(call, replacement, matcher.Capture(0, start, end));
        }
        else
        {
            var captures = new LuaValue[Math.Max(matcher.CaptureCount, 1)];
            for (var index = 0; index < captures.Length; index++)
                captures[index] = matcher.Capture(index, start, end);
            value = call.Invoke(replacement, captures);
        }
        if (!value.IsTruthy)
            result.Add(source[start..end]);
        else if (Arithmetic.TryText(value, out var text))
            result.Add(LuaString.SpanOf(text));
        else
            throw call.Error($"invalid replacement value (a {ToText.TypeName(value)})");
        call.Charge(end - start);
    }

    private static LuaValue GetField(LuaCall call, LuaValue table, LuaValue key)
    {
        var slot = call.Thread.Top;
        var depth = call.Thread.Depth;
        if (!call.Thread.TryPush(isHandlingError: false))
            throw call.Error("stack overflow");
        // Stands for the search: what fails in reading has no position.
        call.Thread.Frames[depth] = new CallFrame { Kind = FrameKind.Host };
        if (!MetaAccess.Index(call.State, table, key, slot, -1))
            throw new LuaException(call.State.Error, call.State.IsKilled);
        call.Thread.Depth = depth;
        return call.Thread.Stack[slot];
    }

    private static void AddTemplate(
        LuaCall call, in PatternMatcher matcher, int start, int end, ReadOnlySpan<byte> template, ByteBuilder result)
    {
        call.Charge(template.Length);
        for (var index = 0; index < template.Length; index++)
        {
            var value = template[index];
            if (value != '%')
            {
                result.Add(value);
                continue;
            }
            index++;
            value = index < template.Length ? template[index] : (byte)0;
            if (value is < (byte)'0' or > (byte)'9')
            {
                result.Add(value);
                continue;
            }
            var capture = value == '0' ? matcher.Whole(start, end) : matcher.Capture(value - '1', start, end);
            var text = ToText.Of(capture);
            call.Charge(text.Length);
            result.Add(LuaString.SpanOf(text));
        }
    }
}
