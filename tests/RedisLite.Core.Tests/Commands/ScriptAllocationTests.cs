using System.Text;

namespace RedisLite.Core.Tests.Commands;

/// <summary>A script with small arguments leaves nothing for the garbage collector, and is compiled once.</summary>
public sealed class ScriptAllocationTests
{
    private const string Call = "EVALSHA {0} 1 key:1";
    private const int Clients = 4;

    [Theory]
    [InlineData("return 1", Call)]
    [InlineData("return redis.call('get',KEYS[1])", Call)]
    [InlineData("return redis.call('get',KEYS[1])", "EVALSHA_RO {0} 1 key:1")]
    [InlineData("return redis.call('set',KEYS[1],ARGV[1])", Call + " abcdefghijklmnopqrstuvwxyz012345")]
    [InlineData("return redis.call('incr',KEYS[1])", "EVALSHA {0} 1 n")]
    [InlineData("local v = redis.call('get',KEYS[1]) redis.call('set',KEYS[1],v) return redis.call('exists',KEYS[1])",
        Call)]
    [InlineData("return redis.call('mget',KEYS[1],KEYS[2],'key:1')", "EVALSHA {0} 2 key:1 missing")]
    [InlineData("if redis.call('get',KEYS[1]) == ARGV[1] then return redis.call('del',KEYS[1]) else return 0 end",
        Call + " other")]
    [InlineData("local n = tonumber(redis.call('get',KEYS[1])) if n > tonumber(ARGV[1]) then return {n, ARGV[2]} end",
        "EVALSHA {0} 1 n 17 x")]
    public void A_repeated_call_allocates_nothing(string script, string call)
    {
        using var harness = new CommandHarness();
        harness.Log.HasReaders = false;
        harness.Given("SET key:1 abcdefghijklmnopqrstuvwxyz012345 ; SET n 5");
        var input = Requests(harness, script, call, 50);
        Assert.Equal(0, Allocation.LeastOf(() => harness.Client.RunOnly(input)));
        Assert.Equal("$32 abcdefghijklmnopqrstuvwxyz012345", harness.Run("GET key:1"));
    }

    [Fact]
    public void Scripts_in_turn_allocate_nothing()
    {
        using var harness = new CommandHarness();
        harness.Log.HasReaders = false;
        harness.Given("SET key:1 value");
        byte[] input = [.. Requests(harness, "return redis.call('get',KEYS[1])", Call, 1), .. Requests(
            harness, "return KEYS[1]", Call, 1)];
        Assert.Equal(0, Allocation.LeastOf(() => harness.Client.RunOnly(input)));
    }

    [Theory]
    [InlineData("", "return redis.call('get', keys[1])")]
    [InlineData("", "if args[1] == 'argument' then return keys[1] end")]
    [InlineData("local function get(key) return redis.call('get', key) end", "return get(keys[1])")]
    [InlineData("local limits = {most = 5}", "if #args > limits.most then return 0 end return keys[1]")]
    [InlineData("local calls = 0", "calls = calls + 1 return calls")]
    [InlineData("local stats = {calls = 0}", "stats.calls = stats.calls + 1 return stats.calls")]
    public void A_repeated_call_of_a_function_allocates_nothing(string shared, string body)
    {
        using var harness = new CommandHarness();
        harness.Log.HasReaders = false;
        harness.Given("SET key:1 abcdefghijklmnopqrstuvwxyz012345");
        Load(harness, shared, ("f", body));
        var input = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("FCALL f 1 key:1 argument\r\n", 50)));
        Assert.Equal(0, Allocation.LeastOf(() => harness.Client.RunOnly(input)));
        Assert.Equal("$32 abcdefghijklmnopqrstuvwxyz012345", harness.Run("GET key:1"));
    }

    [Theory]
    [InlineData("local kept", "local before = kept and kept[1] or '-' kept = keys return before")]
    [InlineData("local kept", "local before = kept or '-' kept = keys[1] return before")]
    [InlineData("local kept = {}", "local before = kept[1] or '-' kept[1] = keys[1] return before")]
    [InlineData("local kept = {}", "local before = kept.last or '-' kept.last = keys[1] return before")]
    [InlineData("local kept = {}", "local before = next(kept) or '-' for k in pairs(kept) do kept[k] = nil end "
        + "kept[keys[1]] = 1 return before")]
    [InlineData("local kept = {}", "local before = kept[1] or '-' table.insert(kept, 1, keys[1]) return before")]
    [InlineData("local kept = {}", "local before = rawget(kept, 1) or '-' rawset(kept, 1, keys[1]) return before")]
    [InlineData("local kept = {list = {}}", "local before = kept.list[1] or '-' kept.list[1] = keys[1] return before")]
    [InlineData("local kept = {}", "local m = getmetatable(kept) local before = m and m.key or '-' "
        + "setmetatable(kept, {key = keys[1]}) return before")]
    [InlineData("local kept",
        "local before = kept and kept() or '-' kept = function() return keys[1] end return before")]
    [InlineData("local kept", "local before = kept and kept() or '-' kept = coroutine.wrap(function() "
        + "coroutine.yield(keys[1]) end) return before")]
    [InlineData("local kept = {} local function keep(k) kept.key = k end local function get() return kept.key end",
        "local before = get() or '-' keep(keys[1]) return before")]
    public void What_a_library_keeps_stays_as_it_was(string shared, string body)
    {
        using var harness = new CommandHarness();
        Load(harness, shared, ("f", body), ("other", "return {keys[1], redis.call('get', keys[1])}"));
        for (var i = 0; i < 40; i++)
            harness.Given($"SET o{i:00} v{i:00}");
        var before = "-";
        for (var i = 10; i < 40; i++)
        {
            Assert.Equal($"${before.Length} {before}", harness.Run($"FCALL f 1 k{i} a{i}"));
            Assert.Equal($"*2 $3 o{i} $3 v{i}", harness.Run($"FCALL other 1 o{i} x{i}"));
            before = $"k{i}";
        }
    }

    [Fact]
    public void What_one_call_is_given_is_not_seen_by_the_next()
    {
        using var harness = new CommandHarness();
        const string script =
            "KEYS.extra = ARGV[1] KEYS[2] = 'more' setmetatable(ARGV, {__index = function() return 'ghost' end}) "
            + "local r = redis.call('set',KEYS[1],ARGV[1]) r.mine = 1 return {KEYS[1], ARGV[1], r.ok}";
        const string looks = "return {KEYS[1], #KEYS, tostring(KEYS.extra), ARGV[1], #ARGV, tostring(ARGV[2]), "
            + "tostring(redis.call('set',KEYS[1],'y').mine)}";
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(
                $"*3 $2 k{i} $2 v{i} $2 OK", harness.Client.Run(Arguments("EVAL", script, "1", $"k{i}", $"v{i}")));
            Assert.Equal($"*7 $2 z{i} :1 $3 nil $2 w{i} :1 $3 nil $3 nil", harness.Client.Run(
                Arguments("EVAL", looks, "1", $"z{i}", $"w{i}")));
        }
    }

    [Fact]
    public void More_values_than_are_kept_are_as_good()
    {
        using var harness = new CommandHarness();
        const string script =
            "local t = {} for i = 1, 40 do t[i] = redis.call('set', KEYS[1], 'v' .. i) t[i].n = redis.call('get', "
            + "KEYS[1]) end "
            + "local s = '' for i = 1, 40 do s = s .. t[i].ok .. t[i].n end return s";
        var expected = string.Concat(Enumerable.Range(1, 40).Select(i => $"OKv{i}"));
        for (var i = 0; i < 3; i++)
            Assert.Equal($"${expected.Length} {expected}", ScriptCommandTests.Eval(harness, script, "k"));
    }

    [Fact]
    public void A_script_that_several_clients_bring_at_once_is_compiled_once()
    {
        using var harness = new CommandHarness();
        for (var round = 0; round < 20; round++)
        {
            var script = $"return {round} + 1";
            using var together = new Barrier(Clients);
            var replies = new string[Clients];
            var threads = Enumerable.Range(0, Clients).Select(index => new Thread(() =>
            {
                using var executor = new RedisLite.Commands.Execution.CommandExecutor(harness.Services);
                var client = harness.NewClient();
                together.SignalAndWait();
                replies[index] = client.RunWith(executor, $"EVAL '{script}' 0");
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
            Assert.All(replies, reply => Assert.Equal($":{round + 1}", reply));
            Assert.Equal(round + 1, harness.Services.Scripts.Compilations);
        }
    }

    [Fact]
    public void Loading_and_running_a_script_again_compiles_nothing()
    {
        using var harness = new CommandHarness();
        harness.Given("SCRIPT LOAD 'return 7' ; EVAL 'return 7' 0 ; EVAL_RO 'return 7' 0 ; SCRIPT LOAD 'return 7'");
        Assert.Equal(1, harness.Services.Scripts.Compilations);
    }

    private static byte[] Requests(CommandHarness harness, string script, string call, int count)
    {
        var digest = harness.Client.Run(Arguments("SCRIPT", "LOAD", script)).Split(' ')[1];
        return Encoding.ASCII.GetBytes(
            string.Concat(Enumerable.Repeat(string.Format(null, call, digest) + "\r\n", count)));
    }

    private static void Load(CommandHarness harness, string shared, params (string Name, string Body)[] functions)
    {
        var text = new StringBuilder($"#!lua name=lib\n{shared}\n");
        foreach (var (name, body) in functions)
            text.Append(null, $"redis.register_function('{name}', function(keys, args) {body} end)\n");
        Assert.Equal("$3 lib", harness.Client.Run(Arguments("FUNCTION", "LOAD", text.ToString())));
    }

    private static byte[][] Arguments(params string[] arguments) => [.. arguments.Select(Encoding.Latin1.GetBytes)];
}
