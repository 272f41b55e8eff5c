using System.Text;

namespace RedisLite.Core.Tests.Commands;

/// <summary>FUNCTION and FCALL: replies and errors as redis-server 7.0.15 gives them.</summary>
public sealed class FunctionCommandTests
{
    private const string Lib = "\"#!lua name=lib\\nredis.register_function('f',function(k,a) return {k,a} end)\"";
    private const string Load = "FUNCTION LOAD " + Lib;
    private const string Header = "#!lua name=x\n";
    private const string Failed = "-ERR Error registering functions: ERR ";

    [Theory]
    [InlineData("", Load, "$3 lib")]
    [InlineData(Load, Load, "-ERR Library 'lib' already exists")]
    [InlineData(Load, "FUNCTION LOAD REPLACE " + Lib, "$3 lib")]
    [InlineData("", "FUNCTION LOAD X " + Lib, "-ERR Unknown option given: X")]
    [InlineData("", "FUNCTION LOAD", "-ERR wrong number of arguments for 'function|load' command")]
    [InlineData("", "FUNCTION LIST", "*0")]
    [InlineData(Load, "FUNCTION LIST",
        "*1 *6 $12 library_name $3 lib $6 engine $3 LUA $9 functions *1 *6 $4 name $1 f $11 description $-1 $5 flags "
            + "*0")]
    [InlineData(Load, "FUNCTION LIST LIBRARYNAME x", "*0")]
    [InlineData(Load, "FUNCTION LIST LIBRARYNAME", "-ERR library name argument was not given")]
    [InlineData(Load, "FUNCTION LIST WITHCODE WITHCODE", "-ERR Unknown argument WITHCODE")]
    [InlineData(Load, "FUNCTION STATS",
        "*4 $14 running_script $-1 $7 engines *2 $3 LUA *4 $15 libraries_count :1 $15 functions_count :1")]
    [InlineData("", "FUNCTION KILL", "-NOTBUSY No scripts in execution right now.")]
    [InlineData("", "FUNCTION DELETE x", "-ERR Library not found")]
    [InlineData(Load, "FUNCTION DELETE lib", "+OK")]
    [InlineData(Load + " ; FUNCTION DELETE lib", "FCALL f 0", "-ERR Function not found")]
    [InlineData(Load, "FUNCTION FLUSH", "+OK")]
    [InlineData("", "FUNCTION FLUSH X", "-ERR FUNCTION FLUSH only supports SYNC|ASYNC option")]
    [InlineData("", "FUNCTION FLUSH SYNC X",
        "-ERR unknown subcommand or wrong number of arguments for 'FLUSH'. Try FUNCTION HELP.")]
    [InlineData("", "FUNCTION RESTORE x", "-ERR DUMP payload version or checksum are wrong")]
    [InlineData("", "FUNCTION RESTORE x NOPE",
        "-ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.")]
    [InlineData("", "FUNCTION DUMP", "$10 ")]
    [InlineData(Load, "FCALL f 1 k a", "*2 *1 $1 k *1 $1 a")]
    [InlineData(Load, "FCALL f x", "-ERR Bad number of keys provided")]
    [InlineData(Load, "FCALL f -1", "-ERR Number of keys can't be negative")]
    [InlineData(Load, "FCALL f 2 a", "-ERR Number of keys can't be greater than number of args")]
    [InlineData(Load, "FCALL nope 0", "-ERR Function not found")]
    [InlineData(Load, "FCALL_RO f 0", "-ERR Can not execute a script with write flag using *_ro command.")]
    [InlineData(Load, "FCALL_RO nope 0", "-ERR Function not found")]
    public void Replies(string given, string command, string reply)
    {
        using var harness = new CommandHarness();
        harness.Given(given);
        var actual = harness.Run(command);
        Assert.Equal(reply, reply.EndsWith(' ') ? actual[..reply.Length] : actual);
        harness.AssertReplayAgrees();
    }

    [Theory]
    [InlineData("FUNCTION HELP")]
    public void Tells_what_there_is(string command)
    {
        using var harness = new CommandHarness();
        Assert.StartsWith("*", harness.Run(command), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("return", "-ERR Missing library metadata")]
    [InlineData("#!lua\nreturn", "-ERR Library name was not given")]
    [InlineData("#!lua name=\nx",
        "-ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character "
            + "long")]
    [InlineData("#!lua name=a-b\nx",
        "-ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character "
            + "long")]
    [InlineData("#!lua name=x", "-ERR Invalid library metadata")]
    [InlineData("#!lua name=x name=y\n", "-ERR Invalid metadata value, name argument was given multiple times")]
    [InlineData("#!lua name=x foo=bar\n", "-ERR Invalid metadata value given: foo=bar")]
    [InlineData("#!js name=x\n", "-ERR Engine 'js' not found")]
    [InlineData(Header, "-ERR No functions registered")]
    [InlineData(Header + "foo(", "-ERR Error compiling function: user_function:2: unexpected symbol near '<eof>'")]
    [InlineData(Header + "error('a')",
        Failed + "user_function:2: Script attempted to access nonexistent global variable 'error'")]
    [InlineData(Header + "redis.call('get','x')",
        Failed + "user_function:2: Script attempted to access nonexistent global variable 'call'")]
    [InlineData(Header + "redis.register_function('f1')",
        Failed + "calling redis.register_function with a single argument is only applicable to Lua table (representing "
            + "named arguments).")]
    [InlineData(Header + "redis.register_function()", Failed + "wrong number of arguments to redis.register_function")]
    [InlineData(Header + "redis.register_function('f1',1)",
        Failed + "second argument to redis.register_function must be a function")]
    [InlineData(Header + "redis.register_function({},function() end)",
        Failed + "first argument to redis.register_function must be a string")]
    [InlineData(Header + "redis.register_function(1,function() end)", "$1 x")]
    [InlineData(Header + "redis.register_function('a-b',function() end)",
        Failed
            + "Library names can only contain letters, numbers, or underscores(_) and must be at least one character "
            + "long")]
    [InlineData(Header + "redis.register_function('g',function() end) redis.register_function('g',function() end)",
        Failed + "Function already exists in the library")]
    [InlineData(Header + "redis.register_function{function_name='g'}",
        Failed + "redis.register_function must get a callback argument")]
    [InlineData(Header + "redis.register_function{callback=function() end}",
        Failed + "redis.register_function must get a function name argument")]
    [InlineData(Header + "redis.register_function{function_name='g',callback=function() end,flags={'nope'}}",
        Failed + "unknown flag given")]
    [InlineData(Header + "redis.register_function{function_name='g',callback=function() end,flags='x'}",
        Failed + "flags argument to redis.register_function must be a table representing function flags")]
    [InlineData(Header + "redis.register_function{function_name='g',callback=function() end,foo='x'}",
        Failed + "unknown argument given to redis.register_function")]
    [InlineData(Header + "redis.register_function{function_name='g',callback=5}",
        Failed + "callback argument given to redis.register_function must be a function")]
    [InlineData(Header + "redis.register_function{function_name={},callback=function() end}",
        Failed + "function_name argument given to redis.register_function must be a string")]
    [InlineData(Header + "x=1", Failed + "user_function:2: Attempt to modify a readonly table")]
    [InlineData(Header + "redis.log('a')", Failed + "redis.log() requires two arguments or more.")]
    [InlineData(Header + "while true do end", Failed + "FUNCTION LOAD timeout")]
    public void Libraries_are_loaded_or_refused(string text, string reply)
    {
        using var harness = new CommandHarness();
        Assert.Equal(reply, LoadText(harness, text));
        Assert.Equal(reply[0] == '-' ? "" : "FUNCTION LOAD "
            + CommandHarness.Show(Encoding.Latin1.GetBytes(text)), harness.TakeLog());
    }

    [Fact]
    public void A_function_runs_with_its_flags_and_errors_name_it()
    {
        using var harness = new CommandHarness();
        LoadText(harness, Header + """
            redis.register_function{function_name='ro',
            callback=function(k,a) return redis.call('get',k[1]) end,flags={'no-writes'}}
            redis.register_function{function_name='rw',callback=function(k,a) return redis.call('set',k[1],a[1]) end}
            redis.register_function('err',function() error('boom') end)
            redis.register_function('glob',function() x=1 end)
            redis.register_function{function_name='rox',
            callback=function(k,a) return redis.call('set',k[1],'x') end,flags={'no-writes'}}
            """);
        Assert.Equal("+OK", harness.Run("FCALL rw 1 k v"));
        Assert.Equal("$1 v", harness.Run("FCALL_RO ro 1 k"));
        Assert.Equal(
            "-ERR Can not execute a script with write flag using *_ro command.", harness.Run("FCALL_RO rw 1 k v"));
        Assert.Equal("-ERR user_function:5: boom script: err, on @user_function:5.", harness.Run("FCALL err 0"));
        Assert.Equal("-ERR user_function:6: Attempt to modify a readonly table script: glob, on @user_function:6.",
            harness.Run("FCALL glob 0"));
        Assert.Equal("-ERR Write commands are not allowed from read-only scripts. script: rox, on @user_function:8.",
            harness.Run("FCALL rox 1 k"));
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void What_is_dumped_can_be_restored_by_each_policy()
    {
        using var harness = new CommandHarness();
        harness.Given(Load);
        var payload = Payload(harness);
        Assert.Equal("-ERR Library lib already exists", Restore(harness, payload));
        Assert.Equal("+OK", Restore(harness, payload, "REPLACE"));
        Assert.Equal(
            "$5 other", LoadText(harness, "#!lua name=other\nredis.register_function('g',function() return 1 end)"));
        Assert.Equal("+OK", Restore(harness, payload, "FLUSH"));
        Assert.Equal("-ERR Function not found", harness.Run("FCALL g 0"));
        Assert.Equal("*2 *0 *0", harness.Run("FCALL f 0"));
        harness.Given("FUNCTION FLUSH");
        Assert.Equal("+OK", Restore(harness, payload));
        Assert.Equal("*2 *0 *0", harness.Run("FCALL f 0"));
        payload[3] ^= 1;
        Assert.Equal("-ERR DUMP payload version or checksum are wrong", Restore(harness, payload));
    }

    [Fact]
    public void Libraries_come_back_with_the_log()
    {
        using var harness = new CommandHarness();
        harness.Given(Load);
        using var other = new CommandHarness();
        harness.Log.ReplayInto(other);
        Assert.Equal("*2 *1 $1 k *0", other.Run("FCALL f 1 k"));
    }

    [Fact]
    public void A_replaced_library_is_the_one_that_runs()
    {
        using var harness = new CommandHarness();
        LoadText(harness, Header + "redis.register_function('v',function() return 1 end)");
        Assert.Equal(":1", harness.Run("FCALL v 0"));
        harness.Run(Encoding.Latin1.GetBytes("FUNCTION"), "LOAD"u8.ToArray(), "REPLACE"u8.ToArray(),
            Encoding.Latin1.GetBytes(Header + "redis.register_function('v',function() return 2 end)"));
        Assert.Equal(":2", harness.Run("FCALL v 0"));
    }

    private static string LoadText(CommandHarness harness, string text) =>
        harness.Run("FUNCTION"u8.ToArray(), "LOAD"u8.ToArray(), Encoding.Latin1.GetBytes(text));

    private static byte[] Payload(CommandHarness harness)
    {
        var reply = harness.Client.RunRaw("FUNCTION DUMP\r\n"u8.ToArray());
        return reply[(Array.IndexOf(reply, (byte)'\n') + 1)..^2];
    }

    private static string Restore(CommandHarness harness, byte[] payload, string policy = "APPEND") =>
        harness.Run("FUNCTION"u8.ToArray(), "RESTORE"u8.ToArray(), payload, Encoding.ASCII.GetBytes(policy));
}
