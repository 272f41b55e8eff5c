using System.Text;
using CsCheck;
using RedisLite.Commands.Execution;

namespace RedisLite.Core.Tests.Commands;

/// <summary>Scripts beside others: strays are taken back, endless ones ended, keys of others stay free.</summary>
public sealed class ScriptRunTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string[] Kinds =
    [
        "'set','k1','v'", "'set','k2','w','px','1000'", "'append','k1','longer'", "'incr','n'", "'del','k1'",
        "'del','h'",
        "'hset','h','f','1','g','2'", "'hdel','h','f'", "'expire','k2','5'", "'persist','k2'", "'rename','k1','k2'",
        "'getdel','n'", "'setrange','k2','3','xyz'", "'rpush','l','a','b'", "'lpop','l'", "'setbit','k1','7','1'",
    ];

    private static readonly Gen<string[]> Calls = Gen.Int[0, Kinds.Length - 1].Select(kind => Kinds[kind]).Array[0, 12];

    [Fact]
    public void A_script_that_is_taken_back_and_run_again_does_the_same_as_one_that_held_all_keys() =>
        Gen.Select(Calls, Calls).Sample((given, calls) =>
        {
            using var strays = Prepared(given);
            using var holds = Prepared(given);
            var body = string.Concat(calls.Select(call => $"redis.pcall({call}) "));
            var first = Run(strays, body + "return redis.call('incr','elsewhere')", "k1", "k2", "n", "h", "l");
            var second = Run(
                holds, "redis.call('exists','elsewhere') " + body + "return redis.call('incr','elsewhere')");
            Assert.Equal(second, first);
            Assert.Equal(holds.Dump(), strays.Dump());
            strays.AssertReplayAgrees();
        }, iter: 60, threads: 1);

    [Fact]
    public void What_a_killed_script_has_written_is_taken_back() =>
        Gen.Select(Calls, Calls).Sample((given, calls) =>
        {
            using var harness = Prepared(given);
            var before = harness.Dump();
            harness.TakeLog();
            var body = string.Concat(calls.Select(call => $"redis.pcall({call}) "));
            Assert.Contains(
                "not enough memory",
                Run(harness, body + "local t = {} while true do t[#t+1] = string.rep('x', 100000) end", "k1", "k2", "n",
                    "h", "l"), StringComparison.Ordinal);
            Assert.Equal(before, harness.Dump());
            Assert.Equal("", harness.TakeLog());
        }, iter: 20, threads: 1);

    [Fact]
    public async Task Scripts_on_other_keys_run_beside_an_endless_one_and_its_own_keys_are_busy()
    {
        using var harness = new CommandHarness();
        harness.Options.BusyReplyThresholdMs = 20;
        harness.Given("SET a 1");
        var free = FreeKey(harness, "a");
        using var executor = new CommandExecutor(harness.Services);
        var endless = harness.NewClient();
        var running = Task.Run(
            () => endless.RunWith(executor, "EVAL \"redis.call('set',KEYS[1],'dirty') while true do end\" 1 a"));
        await UntilSlowAsync(harness);

        Assert.Equal(":1", harness.Run($"EVAL \"return redis.call('incr',KEYS[1])\" 1 {free}"));
        const string busy = "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
        Assert.Equal(busy, harness.Run("GET a"));
        Assert.Equal(busy, harness.Run("EVAL \"return redis.call('incr',KEYS[1])\" 1 a"));
        Assert.Equal("+OK", harness.Run("MULTI"));
        Assert.Equal("+QUEUED", harness.Run("GET a"));
        Assert.Equal("-EXECABORT Transaction discarded because of: " + busy[1..], harness.Run("EXEC"));
        Assert.Equal("+PONG", harness.Run("PING"));
        Assert.Contains("$7 command *4 $4 EVAL ", harness.Run("FUNCTION STATS"), StringComparison.Ordinal);
        Assert.StartsWith("-BUSY", harness.Run("FUNCTION KILL"), StringComparison.Ordinal);
        Assert.Equal("+OK", harness.Run("SCRIPT KILL"));
        Assert.StartsWith("-ERR Script killed by user with SCRIPT KILL. script: ", await running.WaitAsync(
            Patience), StringComparison.Ordinal);
        Assert.Equal("$1 1", harness.Run("GET a"));
        Assert.Equal("-NOTBUSY No scripts in execution right now.", harness.Run("SCRIPT KILL"));
        harness.AssertReplayAgrees();
    }

    [Fact]
    public async Task A_client_that_waits_already_is_told_when_the_script_becomes_slow()
    {
        using var harness = new CommandHarness();
        harness.Options.BusyReplyThresholdMs = 200;
        using var executor = new CommandExecutor(harness.Services);
        using var another = new CommandExecutor(harness.Services);
        var endless = harness.NewClient();
        var waiting = harness.NewClient();
        var running = Task.Run(() => endless.RunWith(executor, "EVAL \"while true do end\" 1 a"));
        var reply = await Task.Run(() => RetryUntilBusy(waiting, another)).WaitAsync(Patience);
        Assert.StartsWith("-BUSY", reply, StringComparison.Ordinal);
        Assert.Equal("+OK", harness.Run("SCRIPT KILL"));
        await running.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_script_that_cannot_be_taken_back_is_not_killed_but_ends_with_the_server()
    {
        using var harness = new CommandHarness();
        harness.Options.BusyReplyThresholdMs = 20;
        using var executor = new CommandExecutor(harness.Services);
        var endless = harness.NewClient();
        var running = Task.Run(() => endless.RunWith(executor, "EVAL \"redis.call('flushall') while true do end\" 0"));
        await UntilSlowAsync(harness);
        Assert.StartsWith("-UNKILLABLE ", harness.Run("SCRIPT KILL"), StringComparison.Ordinal);
        Assert.StartsWith("-BUSY", harness.Run("SHUTDOWN"), StringComparison.Ordinal);
        harness.Run("SHUTDOWN NOSAVE");
        Assert.Single(harness.Shutdowns);
        await running.WaitAsync(Patience);
        Assert.Equal("", harness.TakeLog());
    }

    [Theory]
    [InlineData("local function f() return f() + 1 end f()", "stack overflow")]
    [InlineData("local t={} t[1]=t t[2]=t return t", "reached lua stack limit")]
    [InlineData("local t={} for i=1,64 do t={t,t} end return t", "the script's reply is larger")]
    [InlineData("local e={} e.err=e error(e)", "no field 'err'")]
    [InlineData("return string.rep('x',1e10)", "not enough memory")]
    [InlineData("getmetatable('').__index=nil", "")]
    [InlineData("string.format=nil", "Attempt to modify a readonly table")]
    [InlineData("rawset(_G,'x',1)", "Attempt to modify a readonly table")]
    [InlineData("setmetatable(_G,{})", "Attempt to modify a readonly table")]
    [InlineData("local t=setmetatable({},{__index=function(t,k) return t[k] end}) return t.x", "overflow")]
    public void Hostile_scripts_end_with_an_error(string script, string error)
    {
        using var harness = new CommandHarness();
        var reply = Run(harness, script);
        Assert.StartsWith("-ERR ", reply, StringComparison.Ordinal);
        Assert.Contains(error, reply, StringComparison.Ordinal);
        Assert.Equal(":1", Run(harness, "return 1"));
    }

    private static string Run(CommandHarness harness, string script, params string[] keys) =>
        ScriptCommandTests.Eval(harness, script, keys);

    private static CommandHarness Prepared(string[] given)
    {
        var harness = new CommandHarness();
        foreach (var call in given)
            Run(harness, $"redis.pcall({call})");
        return harness;
    }

    private static string RetryUntilBusy(TestClient client, CommandExecutor executor)
    {
        string reply;
        do
            reply = client.RunWith(executor, "SET a 1");
        while (reply == "+OK");
        return reply;
    }

    private static async Task UntilSlowAsync(CommandHarness harness)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (harness.Services.Scripts.Slowest is null)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>A key in another stripe.</summary>
    private static string FreeKey(CommandHarness harness, string key)
    {
        var taken = harness.Databases.StripeOf(harness.Databases.MakeKey(Encoding.ASCII.GetBytes(key)).Hash);
        return Enumerable.Range(0, 1000).Select(i => $"free{i}")
            .First(name => harness.Databases.StripeOf(
                harness.Databases.MakeKey(Encoding.ASCII.GetBytes(name)).Hash) != taken);
    }
}
