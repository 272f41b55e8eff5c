using System.Security.Cryptography;
using System.Text;

namespace RedisLite.Core.Tests.Commands;

/// <summary>EVAL and its kin, SCRIPT: replies and errors as redis-server 7.0.15 gives them.</summary>
public sealed class ScriptCommandTests
{
    private const string Seven = "59b6ab2fbe0ee4b25733de0f62e6cda4899ef8e9";

    [Theory]
    [InlineData("", "EVAL 'return 1' 0", ":1")]
    [InlineData("", "EVAL 'return \"a\"' 0", "$1 a")]
    [InlineData("", "EVAL 'return' 0", "$-1")]
    [InlineData("", "EVAL 'return false' 0", "$-1")]
    [InlineData("", "EVAL 'return true' 0", ":1")]
    [InlineData("", "EVAL 'return 3.99' 0", ":3")]
    [InlineData("", "EVAL 'return -3.99' 0", ":-3")]
    [InlineData("", "EVAL 'return 1e300' 0", ":-9223372036854775808")]
    [InlineData("", "EVAL 'return 0/0' 0", ":-9223372036854775808")]
    [InlineData("", "EVAL 'return {1,2,nil,3}' 0", "*2 :1 :2")]
    [InlineData("", "EVAL 'return {1,\"a\",{2,{}},true,false,3.9}' 0", "*6 :1 $1 a *2 :2 *0 :1 $-1 :3")]
    [InlineData("", "EVAL 'return {map={a=1}}' 0", "*2 $1 a :1")]
    [InlineData("", "EVAL 'return {set={a=true}}' 0", "*1 $1 a")]
    [InlineData("", "EVAL 'return {double=3.5}' 0", "$3 3.5")]
    [InlineData("", "EVAL 'return {big_number=\"12\"}' 0", "$2 12")]
    [InlineData("", "EVAL 'return {verbatim_string={format=\"txt\",string=\"abc\"}}' 0", "$3 abc")]
    [InlineData("", "EVAL 'return {ok=\"fine\"}' 0", "+fine")]
    [InlineData("", "EVAL 'return {err=\"BAD thing\"}' 0", "-BAD thing")]
    [InlineData("", "EVAL 'return {err=5}' 0", "*0")]
    [InlineData("", "EVAL 'return function() end' 0", "$-1")]
    [InlineData("", "EVAL 'return {KEYS[1],KEYS[2],ARGV[1]}' 2 a b c", "*3 $1 a $1 b $1 c")]
    [InlineData("", "EVAL 'return #KEYS + #ARGV' 0", ":0")]
    [InlineData("", "EVAL 'return redis.error_reply(\"x\")' 0", "-ERR x")]
    [InlineData("", "EVAL 'return redis.error_reply(\"-x y\")' 0", "-x y")]
    [InlineData("", "EVAL 'return redis.error_reply(1)' 0", "-ERR wrong number or type of arguments")]
    [InlineData("", "EVAL 'return redis.status_reply(\"x\")' 0", "+x")]
    [InlineData("", "EVAL 'return redis.sha1hex(\"a\")' 0", "$40 86f7e437faa5a7fce15d1ddcb9eaeaea377667b8")]
    [InlineData("", "EVAL 'return redis.sha1hex({})' 0", "$40 da39a3ee5e6b4b0d3255bfef95601890afd80709")]
    [InlineData("", "EVAL 'return redis.pcall()' 0",
        "-ERR Please specify at least one argument for this redis lib call")]
    [InlineData("", "EVAL 'return redis.replicate_commands()' 0", ":1")]
    [InlineData("", "EVAL 'return redis.breakpoint()' 0", "$-1")]
    [InlineData("", "EVAL 'return redis.debug(1)' 0", "$-1")]
    [InlineData("", "EVAL 'return redis.acl_check_cmd(\"get\",\"x\")' 0", ":1")]
    [InlineData("",
        "EVAL 'return {redis.REPL_NONE,redis.REPL_AOF,redis.REPL_SLAVE,redis.REPL_ALL, "
            + "redis.LOG_WARNING,redis.REDIS_VERSION,redis.REDIS_VERSION_NUM}' 0",
        "*7 :0 :1 :2 :3 :3 $6 7.0.15 :458767")]
    [InlineData("SET s x", "EVAL 'return redis.pcall(\"incr\",KEYS[1])' 1 s",
        "-ERR value is not an integer or out of range")]
    [InlineData("SET s x", "EVAL 'local a,b = pcall(redis.call,\"incr\",KEYS[1]) return {tostring(a),b}' 1 s",
        "*2 $5 false $43 ERR value is not an integer or out of range")]
    [InlineData("", "EVAL 'local r = redis.pcall(\"nope\") return {r.err,tostring(r.source)}' 0",
        "*2 $44 ERR Unknown Redis command called from script $3 nil")]
    [InlineData("", "EVAL 'return redis.call(\"set\",KEYS[1],3.1)' 1 f", "+OK")]
    [InlineData("SET f v", "EVAL 'return redis.call(\"get\",KEYS[1])' 1 f", "$1 v")]
    [InlineData("", "EVAL 'return redis.call(\"get\",KEYS[1])' 1 f", "$-1")]
    [InlineData("", "EVAL 'return redis.call(\"get\",\"undeclared\")' 0", "$-1")]
    [InlineData("", "EVAL 'return tostring(redis.call(\"get\",\"x\"))' 0", "$5 false")]
    [InlineData("", "EVAL 'redis.setresp(3) return tostring(redis.call(\"get\",\"x\"))' 0", "$3 nil")]
    [InlineData("", "EVAL 'return type(redis.call(\"ping\"))' 0", "$5 table")]
    [InlineData("", "EVAL 'return redis.call(\"ping\").ok' 0", "$4 PONG")]
    [InlineData("", "EVAL 'return 1'", "-ERR wrong number of arguments for 'eval' command")]
    [InlineData("", "EVAL 'return 1' x", "-ERR value is not an integer or out of range")]
    [InlineData("", "EVAL 'return 1' -1", "-ERR Number of keys can't be negative")]
    [InlineData("", "EVAL 'return 1' 2 a", "-ERR Number of keys can't be greater than number of args")]
    [InlineData("", "EVAL 'xx(' 0",
        "-ERR Error compiling script (new function): user_script:1: unexpected symbol near '<eof>'")]
    [InlineData("", "EVAL_RO 'return 1' 0", ":1")]
    [InlineData("SET k v", "EVAL_RO 'return redis.call(\"get\",KEYS[1])' 1 k", "$1 v")]
    [InlineData("", "EVALSHA x 0", "-NOSCRIPT No matching script. Please use EVAL.")]
    [InlineData("SCRIPT LOAD 'return 7'", "EVALSHA " + Seven + " 0", ":7")]
    [InlineData("SCRIPT LOAD 'return 7'", "EVALSHA 59B6AB2FBE0EE4B25733DE0F62E6CDA4899EF8E9 0", ":7")]
    [InlineData("SCRIPT LOAD 'return 7'", "EVALSHA_RO " + Seven + " 0", ":7")]
    [InlineData("EVAL 'return 7' 0", "EVALSHA " + Seven + " 0", ":7")]
    [InlineData("SCRIPT LOAD 'return 7' ; SCRIPT FLUSH", "EVALSHA " + Seven + " 0",
        "-NOSCRIPT No matching script. Please use EVAL.")]
    [InlineData("", "SCRIPT LOAD 'return 7'", "$40 " + Seven)]
    [InlineData("", "SCRIPT LOAD 'return ('",
        "-ERR Error compiling script (new function): user_script:1: unexpected symbol near '<eof>'")]
    [InlineData("SCRIPT LOAD 'return 7'", "SCRIPT EXISTS x " + Seven, "*2 :0 :1")]
    [InlineData("", "SCRIPT FLUSH SYNC", "+OK")]
    [InlineData("", "SCRIPT FLUSH ASYNC", "+OK")]
    [InlineData("", "SCRIPT FLUSH X", "-ERR SCRIPT FLUSH only support SYNC|ASYNC option")]
    [InlineData("", "SCRIPT KILL", "-NOTBUSY No scripts in execution right now.")]
    [InlineData("", "SCRIPT DEBUG NO", "+OK")]
    [InlineData("", "SCRIPT DEBUG YES", "-ERR This server has no debugger for scripts")]
    [InlineData("", "SCRIPT DEBUG x", "-ERR Use SCRIPT DEBUG YES/SYNC/NO")]
    [InlineData("", "SCRIPT NOPE", "-ERR unknown subcommand 'NOPE'. Try SCRIPT HELP.")]
    [InlineData("", "EVAL '#!lua' 0", "-ERR Invalid script shebang")]
    public void Replies(string given, string command, string reply) => CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("SCRIPT HELP", "*")]
    public void Tells_what_there_is(string command, string reply)
    {
        using var harness = new CommandHarness();
        Assert.StartsWith(reply, harness.Run(command), StringComparison.Ordinal);
    }

    // The script, the error before and the place after its name.
    [Theory]
    [InlineData("error('x')", "ERR user_script:1: x", "@user_script:1")]
    [InlineData("error({err='CODE x'})", "CODE x", "@user_script:1")]
    [InlineData("error()", "ERR nil", "@user_script:1")]
    [InlineData("local x = nil\n return x.y", "ERR user_script:2: attempt to index local 'x' (a nil value)",
        "@user_script:2")]
    [InlineData("local function f()\n error('deep', 2) end\n\n f()", "ERR user_script:4: deep", "@user_script:2")]
    [InlineData("string.rep()", "ERR user_script:1: bad argument #1 to 'rep' (string expected, got no value)",
        "@user_script:1")]
    [InlineData("return redis.call()", "ERR Please specify at least one argument for this redis lib call",
        "@user_script:1")]
    [InlineData("return redis.call(1,{})", "ERR Lua redis lib command arguments must be strings or integers",
        "@user_script:1")]
    [InlineData("\n\nreturn redis.call('nope')", "ERR Unknown Redis command called from script", "@user_script:3")]
    [InlineData("return redis.call('get')", "ERR Wrong number of args calling Redis command from script",
        "@user_script:1")]
    [InlineData("return redis.call('object')", "ERR Wrong number of args calling Redis command from script",
        "@user_script:1")]
    [InlineData("return redis.call('object','nope')", "ERR Unknown Redis command called from script", "@user_script:1")]
    [InlineData("return redis.call('multi')", "ERR This Redis command is not allowed from script", "@user_script:1")]
    [InlineData("return redis.call('eval','return 1',0)", "ERR This Redis command is not allowed from script",
        "@user_script:1")]
    [InlineData("return redis.call('xread','block',0,'streams','x','0')",
        "ERR xread command is not allowed with BLOCK option from scripts", "@user_script:1")]
    [InlineData("redis.call('set','s','x') return redis.call('incr','s')",
        "ERR value is not an integer or out of range", "@user_script:1")]
    [InlineData("return sss", "ERR user_script:1: Script attempted to access nonexistent global variable 'sss'",
        "@user_script:1")]
    [InlineData("sss=1", "ERR user_script:1: Attempt to modify a readonly table", "@user_script:1")]
    [InlineData("redis.call=1", "ERR user_script:1: Attempt to modify a readonly table", "@user_script:1")]
    [InlineData("print('x')", "ERR user_script:1: Script attempted to access nonexistent global variable 'print'",
        "@user_script:1")]
    [InlineData("redis.register_function('a',print)",
        "ERR user_script:1: attempt to call field 'register_function' (a nil value)", "@user_script:1",
        "redis.register_function('a',1)")]
    [InlineData("redis.setresp(4)", "ERR RESP version must be 2 or 3.", "@user_script:1")]
    [InlineData("redis.setresp()", "ERR redis.setresp() requires one argument.", "@user_script:1")]
    [InlineData("redis.sha1hex()", "ERR wrong number of arguments", "@user_script:1")]
    [InlineData("redis.log(1)", "ERR redis.log() requires two arguments or more.", "@user_script:1")]
    [InlineData("redis.log('a','b')", "ERR First argument must be a number (log level).", "@user_script:1")]
    [InlineData("redis.log(10,'x')", "ERR Invalid debug level.", "@user_script:1")]
    [InlineData("redis.set_repl(99)",
        "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.", "@user_script:1")]
    [InlineData("redis.set_repl()", "ERR redis.set_repl() requires two arguments.", "@user_script:1")]
    [InlineData("redis.acl_check_cmd('nope','x')", "ERR Invalid command passed to redis.acl_check_cmd()",
        "@user_script:1")]
    [InlineData("local r=redis.pcall('incr') error(r)", "ERR Wrong number of args calling Redis command from script",
        "@user_script:1")]
    [InlineData("#!lua\nerror('x')", "ERR user_script:2: x", "@user_script:2")]
    [InlineData("#!lua flags=no-writes\nredis.call('set','k','v')",
        "ERR Write commands are not allowed from read-only scripts.", "@user_script:2")]
    public void Errors_name_the_script_and_the_line(string script, string error, string place, string? instead = null)
    {
        using var harness = new CommandHarness();
        script = instead ?? script;
        Assert.Equal($"-{error} script: {Sha(script)}, on {place}.", Eval(harness, script));
        Assert.Equal("", harness.Run("GET k") is "$-1" ? "" : "written");
    }

    [Theory]
    [InlineData("#!lua name=x\nreturn 1", "-ERR Unknown lua shebang option: name=x")]
    [InlineData("#!lua flags=nope\nreturn 1", "-ERR Unexpected flag in script shebang: nope")]
    [InlineData("#!lua flags=no-writes,allow-oom,allow-stale,no-cluster,allow-cross-slot-keys\nreturn 1", ":1")]
    [InlineData("#!js\nreturn 1", "-ERR Unexpected engine in script shebang: #!js")]
    [InlineData("#!lua xx\nreturn 1", "-ERR Unknown lua shebang option: xx")]
    [InlineData("#!lua flags=\nreturn 1", ":1")]
    [InlineData("#!\nreturn 1", "-ERR Unexpected engine in script shebang: #!")]
    public void First_lines_say_what_a_script_may(string script, string reply)
    {
        using var harness = new CommandHarness();
        Assert.Equal(reply, Eval(harness, script));
    }

    [Theory]
    [InlineData("return {map={a=1}}", "%1 $1 a :1")]
    [InlineData("return {set={a=true}}", "~1 $1 a")]
    [InlineData("return {double=3.5}", ",3.5")]
    [InlineData("return {big_number='123\\r\\n4'}", "(123  4")]
    [InlineData("return {verbatim_string={format='txt',string='abc'}}", "=7 txt:abc")]
    [InlineData("return true", ":1")]
    [InlineData("return false", "_")]
    [InlineData("redis.setresp(3) return true", "#t")]
    [InlineData("redis.setresp(3) return false", "#f")]
    [InlineData("return nil", "_")]
    public void Speaks_the_clients_protocol(string script, string reply)
    {
        using var harness = new CommandHarness();
        harness.Client.Session.ProtocolVersion = 3;
        Assert.Equal(reply, Eval(harness, script));
    }

    [Fact]
    public void Effects_are_logged_as_one_transaction()
    {
        using var harness = new CommandHarness();
        Eval(harness, "redis.call('set',KEYS[1],'1') redis.call('incr',KEYS[1]) redis.call('get',KEYS[1])", "k");
        Assert.Equal("MULTI ; set k 1 ; incr k ; EXEC", harness.TakeLog());
        Eval(harness, "redis.call('get',KEYS[1])", "k");
        Eval(harness, "return 1");
        Assert.Equal("", harness.TakeLog());
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void What_is_not_to_be_replicated_is_not_logged()
    {
        using var harness = new CommandHarness();
        Eval(harness,
            "redis.call('set','a',1) redis.set_repl(redis.REPL_NONE) redis.call('set','b',1) "
                + "redis.set_repl(redis.REPL_ALL) redis.call('set','c',1)");
        Assert.Equal("MULTI ; set a 1 ; set c 1 ; EXEC", harness.TakeLog());
        Assert.Equal("$1 1", harness.Run("GET b"));
    }

    [Fact]
    public void A_selected_database_is_the_scripts_own()
    {
        using var harness = new CommandHarness();
        Assert.Equal("+OK", Eval(harness, "redis.call('select',3) return redis.call('set','k','v')"));
        Assert.Equal("$-1", harness.Run("GET k"));
        harness.Given("SELECT 3");
        Assert.Equal("$1 v", harness.Run("GET k"));
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void A_script_that_strays_after_it_has_written_begins_anew_and_happens_once()
    {
        using var harness = new CommandHarness();
        harness.Given("SET n 5 ; SET t x PX 1000 ; HSET set a 1 b 2");
        const string script =
            "redis.call('incr',KEYS[1]) redis.call('del',KEYS[2]) redis.call('hdel',KEYS[3],'a') "
                + "redis.call('set',KEYS[4],1) return redis.call('incr','other')";
        harness.TakeLog();
        Assert.Equal(":1", Eval(harness, script, "n", "t", "set", "new"));
        Assert.Equal("$1 6", harness.Run("GET n"));
        Assert.Equal("MULTI ; incr n ; del t ; hdel set a ; set new 1 ; incr other ; EXEC", harness.TakeLog());
        Assert.Equal(":2", Eval(harness, script, "n", "t", "set", "new"));
        Assert.Equal("$1 7", harness.Run("GET n"));
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void Blocking_commands_in_a_script_answer_at_once()
    {
        using var harness = new CommandHarness();
        Assert.StartsWith("-ERR This Redis command is not allowed from script", Eval(
            harness, "return redis.call('wait',0,0)"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_script_in_a_transaction_holds_all_keys()
    {
        using var harness = new CommandHarness();
        harness.Given(
            "MULTI ; SET a 1 ; EVAL 'redis.call(\"incr\",KEYS[1]) return redis.call(\"incr\",\"b\")' 1 a ; GET a");
        Assert.Equal("*3 +OK :1 $1 2", harness.Run("EXEC"));
        Assert.Equal("MULTI ; SET a 1 ; incr a ; incr b ; EXEC", harness.TakeLog());
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void Expired_keys_are_deleted_in_the_log_whatever_becomes_of_the_script()
    {
        using var harness = new CommandHarness();
        harness.Given("SET t x PX 1000 ; SET n 1");
        harness.Clock.Advance(TimeSpan.FromSeconds(2));
        harness.TakeLog();
        Assert.Equal(
            ":1", Eval(
                harness, "redis.call('incr',KEYS[2]) redis.call('get',KEYS[1]) return redis.call('incr','other')", "t",
                "n"));
        Assert.Equal("$1 2", harness.Run("GET n"));
        Assert.Contains("DEL t", harness.TakeLog(), StringComparison.Ordinal);
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void Writes_are_refused_on_a_read_only_replica_and_without_memory()
    {
        using var harness = new CommandHarness();
        harness.Options.ReplicaReadOnly = true;
        harness.Services.Role = RedisLite.Commands.Execution.ServerRole.Replica;
        Assert.StartsWith("-READONLY You can't write against a read only replica. script: ", Eval(
            harness, "return redis.call('set','k','v')"), StringComparison.Ordinal);
        Assert.Equal("-READONLY You can't write against a read only replica.", Eval(harness, "#!lua\nreturn 1"));
        Assert.Equal(":1", Eval(harness, "#!lua flags=no-writes\nreturn 1"));
        harness.Services.Role = RedisLite.Commands.Execution.ServerRole.Primary;
        harness.Given("SET k v");
        harness.Options.MaxMemory = 1;
        Assert.StartsWith("-OOM command not allowed when used memory > 'maxmemory'. script: ", Eval(
            harness, "return redis.call('set','k','v')"), StringComparison.Ordinal);
        Assert.Equal("$1 v", Eval(harness, "return redis.call('get','k')"));
        Assert.Equal("-OOM command not allowed when used memory > 'maxmemory'.", Eval(harness, "#!lua\nreturn 1"));
        Assert.Equal("+OK", Eval(harness, "#!lua flags=allow-oom\nreturn redis.call('set','k','v')"));
        Assert.Equal(":1", Eval(harness, "redis.call('del','k') redis.call('set','k','v') return 1"));
    }

    [Fact]
    public void Read_only_forms_refuse_to_write()
    {
        using var harness = new CommandHarness();
        Assert.StartsWith("-ERR Write commands are not allowed from read-only scripts. script: ", harness.Run(
            "EVAL_RO \"return redis.call('set','a','b')\" 0"), StringComparison.Ordinal);
        Assert.StartsWith("-ERR Write commands are not allowed from read-only scripts. script: ", harness.Run(
            "EVAL_RO \"return redis.call('publish','a','b')\" 0"), StringComparison.Ordinal);
        Assert.Equal("-ERR Can not execute a script with write flag using *_ro command.", harness.Run(
            "EVAL_RO \"#!lua\\nreturn 1\" 0"));
    }

    [Fact]
    public void Monitors_see_what_a_script_calls()
    {
        using var harness = new CommandHarness();
        var monitor = harness.NewClient();
        monitor.Run("MONITOR");
        Eval(harness, "return redis.call('get','k')");
        Assert.Equal(2, monitor.Pushes.Count);
        Assert.Contains("\"EVAL\" \"return", monitor.Pushes[0], StringComparison.Ordinal);
        Assert.Contains("[0 lua] \"get\" \"k\"", monitor.Pushes[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_that_a_script_reads_are_tracked_and_those_that_it_writes_invalidate()
    {
        using var harness = new CommandHarness();
        var reader = harness.NewClient();
        reader.Session.ProtocolVersion = 3;
        reader.Run("CLIENT TRACKING ON");
        reader.Run("EVAL \"return redis.call('get',KEYS[1])\" 1 k");
        Assert.Empty(reader.Pushes);
        Eval(harness, "return redis.call('set',KEYS[1],1)", "k");
        Assert.Single(reader.Pushes);
    }

    [Fact]
    public void A_watched_key_that_a_script_changes_spoils_the_transaction()
    {
        using var harness = new CommandHarness();
        harness.Given("WATCH k ; MULTI ; PING");
        harness.NewClient().Run("EVAL \"redis.call('set',KEYS[1],1)\" 1 k");
        Assert.Equal("*-1", harness.Run("EXEC"));
    }

    internal static string Eval(CommandHarness harness, string script, params string[] keys) =>
        Eval(harness.Client, script, keys);

    internal static string Eval(TestClient client, string script, params string[] keys) => client.Run(
        [.. new[] { "EVAL", script, $"{keys.Length}" }.Concat(keys).Select(Encoding.Latin1.GetBytes)]);

#pragma warning disable CA5350 // What clients compute.
    private static string Sha(string script) =>
        Convert.ToHexStringLower(SHA1.HashData(Encoding.Latin1.GetBytes(script)));
}
