using CsCheck;

namespace RedisLite.Lua.Tests;

/// <summary>Small programs that always end and print everything they compute, errors included.</summary>
internal static class ProgramGenerator
{
    private static readonly Gen<string> Atom = Gen.OneOf<string>(
        Gen.Int[-20, 20].Select(number => number < 0 ? $"({number})" : number.ToString()),
        Gen.OneOf<string>("0.5", "1e10", "nil", "true", "false", "\"x\"", "\"10\"", "\"\"", "'abc'", "a", "b", "c",
            "t.x", "t[1]", "t[2]", "s", "#t", "#s"));

    private static readonly Gen<string> Expression = Gen.Recursive<string>((depth, inner) => depth > 3
        ? Atom
        : Gen.OneOf<string>(
            Atom,
            Gen.Select(inner, Gen.OneOf<string>("+", "-", "*", "/", "%", "..", "==", "~=", "<", "<=", ">", ">=", "and",
                "or"), inner)
                .Select((left, op, right) => $"({left} {op} {right})"),
            Gen.Select(Gen.OneOf<string>("not ", "-", "#"), inner).Select((op, operand) => $"({op}{operand})"),
            Gen.Select(inner, inner).Select((first, second) => $"f({first}, {second})"),
            Gen.Select(inner, inner).Select((first, second) => $"(select(2, {first}, {second}))"),
            Gen.Select(inner, inner).Select((first, second) => $"({{{first}, y = {second}}})[1]"),
            inner.Select(operand => $"type({operand})"),
            inner.Select(operand => $"(function(...) local p, q = ... return q or p end)({operand})")));

    private static readonly Gen<string> Statement = Gen.Recursive<string>((depth, inner) => depth > 3
        ? Expression.Select(value => $"p({value})")
        : Gen.OneOf<string>(
            Expression.Select(value => $"p({value})"),
            Gen.Select(Gen.OneOf<string>("a", "b", "c", "t.x", "t[1]", "t[2]", "s"), Expression).Select((place,
                value) => $"{place} = {value}"),
            Gen.Select(Expression, Expression).Select((first, second) => $"a, b = {first}, {second}"),
            Gen.Select(Expression, inner, inner).Select((condition, then, otherwise) =>
                $"if {condition} then {then} else {otherwise} end"),
            Gen.Select(Gen.Int[1, 3], inner).Select((count, body) => $"for i = 1, {count} do c = i {body} end"),
            Gen.Select(Gen.Int[1, 3], inner).Select((count, body) =>
                $"do local n = 0 while n < {count} do n = n + 1 {body} end end"),
            Gen.Select(Gen.Int[1, 3], Expression, inner).Select((count, until, body) =>
                $"do local n = 0 repeat n = n + 1 {body} local stop = {until} until stop or n >= {count} end"),
            Gen.Select(inner, inner).Select((first, second) => $"{first}; {second}"),
            inner.Select(body => $"p(pcall(function() {body} end))"),
            Gen.Select(Expression, inner).Select((value, body) =>
                $"do local a = {value} local function g() {body} a = b end g() p(a) end"),
            Gen.Select(Expression, Expression).Select((first, second) =>
                $"for k, v in ipairs({{{first}, {second}}}) do p(k, v) end"),
            Gen.Select(Expression, inner).Select((value, body) =>
                $"do local w = coroutine.wrap(function(x) {body} coroutine.yield(x) return {value} end) p(pcall(w, "
                    + "a)) p(pcall(w)) end")));

    public static readonly Gen<string> Program = Statement.Array[1, 6].Select(statements =>
        "local a, b, c, s, t = 1, 'two', nil, 'str', {x = 5, 6, 7}\n" +
        "local function show(v) if type(v) == 'table' or type(v) == 'function' then return type(v) end " +
        "v = tostring(v) if v == '-nan' then v = 'nan' end return v end\n" +
        "local function p(...) local o = {} for i = 1, select('#', ...) do o[i] = show((select(i, ...))) end " +
        "print(table.concat(o, ' ')) end\n" +
        "local function f(x, y) return y, x end\n" +
        "p(pcall(function()\n" + string.Join("\n", statements) + "\nend))");
}
