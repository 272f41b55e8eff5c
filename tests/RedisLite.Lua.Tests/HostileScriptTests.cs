using System.Diagnostics;

namespace RedisLite.Lua.Tests;

/// <summary>Scripts that want to take the process, its time or its memory: each ends with a clear error.</summary>
public sealed class HostileScriptTests
{
    private const int SlicesAllowed = 50;

    [Theory]
    [InlineData("while true do end")]
    [InlineData("repeat until false")]
    [InlineData("for i = 1, math.huge do end")]
    [InlineData("for i = 2, 1, 0 do end")]
    [InlineData("local function f() return f() end f()")]
    [InlineData("while true do pcall(error, 'x') end")]
    [InlineData("while true do pcall(function() while true do end end) end")]
    [InlineData("pcall(function() while true do end end) while true do end")]
    [InlineData("xpcall(function() while true do end end, function() while true do end end)")]
    [InlineData("local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end")]
    [InlineData("while true do coroutine.resume(coroutine.create(function() while true do end end)) end")]
    [InlineData("local t = setmetatable({}, {__index = function(t, k) return t[k] end}) while true do "
            + "pcall(function() return t.x end) end")]
    [InlineData("while true do local s = ('x'):rep(1000) end")]
    [InlineData("for k in function() return 1 end do end")]
    [InlineData("local t = {1} while true do next(t) end")]
    [InlineData("return ('a'):rep(30) == ('a'):rep(100000):match(('a*'):rep(30) .. 'b')")]
    [InlineData("return (('a'):rep(200000)):find(('.-'):rep(20) .. 'b')")]
    [InlineData("local s = ('('):rep(200000) for i = 1, 1e9 do s:find('%b()') end")]
    [InlineData("table.sort({3, 1, 2}, function() while true do end end)")]
    [InlineData("('x'):gsub('x', function() while true do end end)")]
    [InlineData("while true do loadstring('return 1')() end")]
    [InlineData("local t = {} for i = 1, 1e5 do t[i] = 'x' end while true do table.concat(t) end")]
    [InlineData(
        "local t = {} for i = 1, 2e5 do t[i] = i end while true do table.insert(t, 1, 0) table.remove(t, 1) end")]
    [InlineData("local t = {} for i = 1, 1e4 do t[i] = i end while true do cjson.encode(t) cmsgpack.pack(t) end")]
    [InlineData("while true do tostring(setmetatable({}, {__tostring = function() return 'x' end})) end")]
    [InlineData("load(function() return ' ' end)")]
    [InlineData("local t = {} for i = 1, 1e4 do t[i] = (i * 7) % 1000 end while true do table.sort(t, function(a, b) "
            + "return a < b end) end")]
    public void An_endless_script_can_be_stopped(string script)
    {
        var runner = new LuaRunner(memoryLimit: 64 << 20);
        var clock = Stopwatch.StartNew();
        Assert.False(runner.TryRunFor(script, SlicesAllowed));
        Assert.True(runner.State.WasKilled, runner.State.ErrorValue.ToString());
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData("local t = {} while true do t[#t + 1] = {} end")]
    [InlineData("local t = {} for i = 1, 1e9 do t[i] = i end")]
    [InlineData("local t = {} for i = 1, 1e9 do t['k' .. i] = i end")]
    [InlineData("local s = 'x' while true do s = s .. s end")]
    [InlineData("local s = 'xxxxxxxx' while true do s = s:rep(100) end")]
    [InlineData("return ('x'):rep(2e9)")]
    [InlineData("local s = ('x'):rep(1e7) local t = {} for i = 1, 1000 do t[i] = s .. i end")]
    [InlineData("local s = ('x'):rep(1e6) return (s:gsub('x', s))")]
    [InlineData("local s = ('x'):rep(1e6) local t = {} for i = 1, 1e4 do t[i] = s end return table.concat(t)")]
    [InlineData("local s = ('x'):rep(1e6) local t = {} for i = 1, 1e4 do t[i] = s end return cjson.encode(t)")]
    [InlineData("local s = ('x'):rep(1e6) local t = {} for i = 1, 1e4 do t[i] = s end return cmsgpack.pack(t)")]
    [InlineData("local t = {} while true do t[#t + 1] = coroutine.create(function() end) end")]
    [InlineData("local t = {} while true do t[#t + 1] = function() return t end end")]
    [InlineData("local t = {} while true do t = {t} end")]
    [InlineData("local function f(...) return f(1, ...) end f()")]
    [InlineData("local c = {} pcall(function() while true do c[#c + 1] = ('y'):rep(100000) .. #c end end) while true "
            + "do c[#c + 1] = {} end")]
    [InlineData("local t = {} for i = 1, 26 do t = {t, t} end return cjson.encode(t)")]
    [InlineData("local p = 'x' for i = 1, 24 do p = p .. p end return loadstring('return [[' .. p .. ']]' .. "
            + "('..1'):rep(100))")]
    public void A_script_that_takes_too_much_memory_ends(string script)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var runner = new LuaRunner(memoryLimit: 32 << 20);
        Assert.False(runner.TryRunFor(script, 3000));
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(held < 200 << 20, $"{held >> 20} MiB");
        runner.State.ReleaseResults();
    }

    [Theory]
    [InlineData("local function f() return 1 + f() end return f()", "stack overflow")]
    [InlineData("local t = setmetatable({}, {__index = function(t, k) return t[k] end}) return t.x",
        "C stack overflow")]
    [InlineData("local t = {} t.__index = t setmetatable(t, t) return t.x", "loop in gettable")]
    [InlineData("local t = setmetatable({}, {__add = function(a, b) return a + b end}) return t + 1",
        "C stack overflow")]
    [InlineData("local t = setmetatable({}, {__tostring = function(t) return tostring(t) end}) return tostring(t)",
        "C stack overflow")]
    [InlineData("local function f() return coroutine.wrap(f)() end return f()", "C stack overflow")]
    [InlineData("local function f() return (('x'):gsub('x', f)) end return f()", "C stack overflow")]
    [InlineData("local function f() table.sort({1, 2}, f) end f()", "C stack overflow")]
    [InlineData("local function f() local ok, e = pcall(f) if not ok then error(e, 0) end end return f()",
        "stack overflow")]
    [InlineData("return ('x'):rep(3000):find(('x?'):rep(3000) .. 'y')", "pattern too complex")]
    [InlineData("local t = {} t[1] = t return cjson.encode(t)", "excessive nesting")]
    [InlineData("return cjson.decode(('['):rep(100000))", "too many nested data structures")]
    [InlineData("cjson.decode_max_depth(1e9) return cjson.decode(('['):rep(5000000))",
        "too many nested data structures")]
    [InlineData("return cmsgpack.unpack(('\\145'):rep(100000))", "stack overflow")]
    [InlineData("return table.sort({5, 3, 4, 1, 2, 9, 7, 8, 6, 0, 11, 10}, function(a, b) return true end)",
        "invalid order function")]
    [InlineData("return unpack({}, 1, 1e8)", "too many results to unpack")]
    [InlineData("return loadstring('\\27Lua')()", "attempt to call a nil value")]
    public void A_script_that_nests_too_deep_fails(string script, string problem)
    {
        var runner = new LuaRunner();
        Assert.False(runner.TryRunFor(script, 20_000));
        Assert.Contains(problem, runner.State.ErrorValue.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_recursion_through_the_host_ends_on_a_small_stack()
    {
        string[] scripts =
        [
            "local t = setmetatable({}, {__index = function(t, k) return t[k] end}) return t.x",
            "local function f() return coroutine.wrap(f)() end return f()",
            "local function f() return (('x'):gsub('x', f)) end return f()",
            "cjson.decode_max_depth(1e9) return cjson.decode(('['):rep(1000000))",
            "return ('x'):rep(3000):find(('x?'):rep(1990) .. 'y')",
            "local function f() table.sort({1, 2}, f) end f()",
        ];
        var failed = 0;
        var thread = new Thread(
            () => failed = scripts.Count(script => !new LuaRunner().TryRunFor(script, 1000)), maxStackSize: 256 * 1024);
        thread.Start();
        thread.Join();
        Assert.Equal(scripts.Length, failed);
    }

    [Fact]
    public void A_kill_is_not_caught_and_the_state_works_on()
    {
        var runner = new LuaRunner();
        Assert.False(
            runner.TryRunFor(
                "local ok = pcall(function() while true do end end) print('caught', ok) while true do end", 3));
        Assert.Empty(runner.Output);
        Assert.Equal("user_script:1: stopped", runner.State.ErrorValue.ToString());
        runner.State.SliceEnded = null;
        Assert.True(runner.TryRun("return 5"));
        Assert.Equal(5, runner.State.Result().Number);
    }
}
