using System.Text;
using RedisLite.Lua.Libraries;

namespace RedisLite.Lua.Tests;

/// <summary>What a host relies on: chunks shared, globals protected, errors with their place, runs without
/// traces.</summary>
public sealed class EmbeddingTests
{
    [Fact]
    public void A_chunk_runs_in_many_states()
    {
        var chunk = Compile("local t = {} for i = 1, 10 do t[i] = i end return #t");
        Parallel.For(0, 16, _ =>
        {
            var state = StandardLibraries.Open(new LuaState());
            Assert.True(state.TryCall(state.Load(chunk)));
            Assert.Equal(10, state.Result().Number);
        });
    }

    [Fact]
    public void Arguments_and_results_pass_in_order()
    {
        var state = StandardLibraries.Open(new LuaState());
        Assert.True(state.TryCall(state.Load(Compile("return select('#', ...), ...")), 1, LuaValue.Nil,
            LuaValue.String("x")));
        Assert.Equal(4, state.ResultCount);
        Assert.Equal(["3", "1", "nil", "x"], Enumerable.Range(0, 4).Select(index => state.Result(index).ToString()));
        Assert.True(state.Result(4).IsNil);
    }

    [Fact]
    public void A_host_function_reads_arguments_and_returns_results()
    {
        var state = StandardLibraries.Open(new LuaState());
        state.Globals["add"] = new HostFunction("add", call => call.Return(call.Number(1) + call.Number(2)));
        state.Globals["fail"] = new HostFunction("fail", call => call.Fail(new LuaTable()));
        Assert.True(state.TryCall(state.Load(Compile("return add(1, '2'), type(select(2, pcall(fail)))"))));
        Assert.Equal("3 table", $"{state.Result()} {state.Result(1)}");
        Assert.False(state.TryCall(state.Load(Compile("\n\nreturn add({}, 1)"))));
        Assert.Equal("user_script:3: bad argument #1 to 'add' (number expected, got table)",
            state.ErrorValue.ToString());
        Assert.Equal(("@user_script", 3), (state.ErrorChunk, state.ErrorLine));
    }

    [Theory]
    [InlineData("x = 1", "user_script:1: Attempt to modify a readonly table")]
    [InlineData("string.x = 1", "user_script:1: Attempt to modify a readonly table")]
    [InlineData("setmetatable(_G, {})", "Attempt to modify a readonly table")]
    [InlineData("rawset(_G, 'x', 1)", "Attempt to modify a readonly table")]
    [InlineData("getmetatable(_G).__index = nil", "user_script:1: Attempt to modify a readonly table")]
    [InlineData("getmetatable('').__index = nil", "user_script:1: Attempt to modify a readonly table")]
    [InlineData("table.insert(table, 1)", "Attempt to modify a readonly table")]
    [InlineData("return foo", "user_script:1: Script attempted to access nonexistent global variable 'foo'")]
    [InlineData("return print", "user_script:1: Script attempted to access nonexistent global variable 'print'")]
    public void Protected_globals_cannot_be_changed_or_missed(string script, string error)
    {
        var state = StandardLibraries.Open(new LuaState());
        GlobalProtection.Protect(state);
        Assert.False(state.TryCall(state.Load(Compile(script))));
        Assert.Equal(error, state.ErrorValue.ToString());
        state.Globals["KEYS"] = new LuaTable();
        Assert.True(state.TryCall(state.Load(Compile("return KEYS"))));
    }

    [Theory]
    [InlineData("return 1", false)]
    [InlineData("return KEYS[1]", true)]
    [InlineData("local function f() return function() return KEYS end end", true)]
    [InlineData("return _G['KE' .. 'YS']", true)]
    [InlineData("return getfenv()", true)]
    public void A_chunk_says_whether_it_may_read_a_global(string script, bool mayRead) =>
        Assert.Equal(mayRead, Compile(script).MayReadGlobal("KEYS"));

    [Fact]
    public void A_small_run_allocates_nothing()
    {
        var state = StandardLibraries.Open(new LuaState());
        var function = state.Load(Compile("local s = 0 for i = 1, 10 do s = s + i end return s"));
        for (var round = 0; round < 100; round++)
            state.TryCall(function);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 100; round++)
            state.TryCall(function);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void An_uncaught_error_names_its_place_and_a_caught_one_does_not()
    {
        var state = StandardLibraries.Open(new LuaState());
        Assert.False(
            state.TryCall(state.Load(Compile("pcall(error, 'a')\nlocal x = nil\nlocal function f()\n x() end\nf()"))));
        Assert.Equal(4, state.ErrorLine);
        Assert.False(state.TryCall(state.Load(Compile("error({})"))));
        Assert.Equal((LuaType.Table, 1), (state.ErrorValue.Type, state.ErrorLine));
    }

    [Fact]
    public void An_environment_that_a_script_sets_is_gone_with_its_run()
    {
        var state = StandardLibraries.Open(new LuaState());
        Assert.True(state.TryCall(state.Load(Compile("setfenv(0, {}) setfenv(1, {})"))));
        Assert.True(state.TryCall(state.Load(Compile("return getfenv(0) == _G and getfenv(1) == _G"))));
        Assert.True(state.Result().IsTruthy);
    }

    [Fact]
    public void A_seeded_generator_repeats_itself()
    {
        var state = StandardLibraries.Open(new LuaState());
        var function = state.Load(Compile("return math.random(1e6) .. ' ' .. math.random(1e6)"));
        state.Random.Seed(0);
        Assert.True(state.TryCall(function));
        var first = state.Result().ToString();
        state.Random.Seed(0);
        Assert.True(state.TryCall(function));
        Assert.Equal(first, state.Result().ToString());
    }

    [Fact]
    public void Syntax_errors_have_chunk_and_line()
    {
        var error = Assert.Throws<LuaSyntaxException>(() => Compile("return 1\nreturn"));
        Assert.Equal("user_script:2: '<eof>' expected near 'return'", error.Message);
    }

    private static LuaChunk Compile(string script) => LuaChunk.Compile(Encoding.UTF8.GetBytes(script), "@user_script");
}
