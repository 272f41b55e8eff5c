using RedisLite.Commands.Server;
using RedisLite.Configuration;

namespace RedisLite.Actor.Tests.Configuration;

public sealed class ServerConfigurationTests
{
    private readonly ServerConfiguration _configuration = new(RedisLiteSettings.Default);

    [Fact]
    public void Options_start_with_the_settings()
    {
        var options = _configuration.Options;

        Assert.Equal(10000, options.MaxClients);
        Assert.Equal(10_000, options.SlowlogLogSlowerThanMicroseconds);
        Assert.Equal(5000, options.BusyReplyThresholdMs);
        Assert.Equal(1, options.LfuDecayMinutes);
        Assert.Equal(new OutputBufferLimit(32 * 1024 * 1024, 8 * 1024 * 1024, 60), options.OutputBufferLimit(
            ClientClass.PubSub));
        Assert.Equal([50, 99, 99.9], options.LatencyTrackingPercentiles);
    }

    [Theory]
    [InlineData("maxmemory", "maxmemory=0")]
    [InlineData("MAXmemory", "MAXmemory=0")]
    [InlineData("slowlog-*", "slowlog-log-slower-than=10000 slowlog-max-len=128")]
    [InlineData("SLOWLOG-M?X-[kl]en", "slowlog-max-len=128")]
    [InlineData("nosuch", "")]
    [InlineData("nosuch*", "")]
    [InlineData("watchdog-period", "watchdog-period=0")]
    [InlineData("watchdog*", "")]
    [InlineData("lua-time-limit", "lua-time-limit=5000")]
    [InlineData("*-ping-*", "repl-ping-replica-period=10 repl-ping-slave-period=10")]
    [InlineData("bind", "bind=127.0.0.1 -::1")]
    public void Get_finds_names_aliases_and_globs(string pattern, string expected)
    {
        var found = _configuration.Get([pattern]).Select(pair => $"{pair.Key}={pair.Value}");

        Assert.Equal(expected, string.Join(' ', found));
    }

    [Fact]
    public void Get_names_each_directive_once_for_several_patterns()
    {
        Assert.Equal(
            ["hz", "timeout"], _configuration.Get(["hz", "timeou?", "hz", "HZ", "timeout"]).Select(pair => pair.Key));
    }

    [Fact]
    public void Set_changes_the_option_and_tells_of_it()
    {
        var changed = new List<string>();
        _configuration.Options.Changed += changed.Add;

        Assert.Null(Set(("maxclients", "5"), ("lua-time-limit", "7"), ("timeout", "0")));

        Assert.Equal(5, _configuration.Options.MaxClients);
        Assert.Equal(7, _configuration.Options.BusyReplyThresholdMs);
        Assert.Equal(["maxclients", "busy-reply-threshold"], changed);
    }

    [Fact]
    public void Set_of_several_is_all_or_nothing()
    {
        var error = Set(("maxclients", "5"), ("hz", "x"));

        Assert.Equal(
            "ERR CONFIG SET failed (possibly related to argument 'hz') - argument couldn't be parsed into an integer",
            error);
        Assert.Equal(10000, _configuration.Options.MaxClients);
        Assert.Equal("10000", Get("maxclients"));
    }

    [Theory]
    [InlineData("port", "7000")]
    [InlineData("bind", "10.0.0.1")]
    [InlineData("appendonly", "yes")]
    public void Set_refuses_what_takes_a_restart_unless_it_is_so_already(string name, string value)
    {
        Assert.Equal(
            $"ERR CONFIG SET failed (possibly related to argument '{name}') - RedisLite can change this only by a "
                + "restart",
            Set((name, value)));
        Assert.Null(Set((name, Get(name))));
    }

    [Fact]
    public void Set_remembers_a_directive_without_a_setting()
    {
        Assert.Null(Set(("hash-max-ziplist-entries", "77"), ("zset-max-listpack-value", "1kb")));

        Assert.Equal("77", Get("hash-max-listpack-entries"));
        Assert.Equal("1024", Get("zset-max-ziplist-value"));
    }

    [Fact]
    public void Set_keeps_every_byte()
    {
        var bytes = new string([.. Enumerable.Range(1, 255).Select(i => (char)i)]);

        Assert.Null(Set(("requirepass", bytes)));

        Assert.Equal(bytes, Get("requirepass"));
        Assert.Equal(bytes, _configuration.Options.RequirePass);
    }

    [Fact]
    public void A_password_from_a_file_is_the_bytes_that_clients_send()
    {
        var configuration = new ServerConfiguration(SettingsText.Load("redislite.security.requirepass = \"pä\""));

        Assert.Equal("p\u00c3\u00a4", configuration.Options.RequirePass);
    }

    [Fact]
    public void Set_changes_one_class_of_output_buffer_limits_and_keeps_the_rest()
    {
        Assert.Null(Set(("client-output-buffer-limit", "pubsub 1mb 2kb 3")));

        Assert.Equal(
            "normal 0 0 0 slave 268435456 67108864 60 pubsub 1048576 2048 3", Get("client-output-buffer-limit"));
        Assert.Equal(
            new OutputBufferLimit(1048576, 2048, 3), _configuration.Options.OutputBufferLimit(ClientClass.PubSub));
    }

    [Fact]
    public void Rewrite_needs_a_file()
    {
        Assert.Equal("ERR The server is running without a config file", _configuration.Rewrite());
    }

    [Fact]
    public void Directories_are_shown_in_full()
    {
        Assert.Equal(Path.GetFullPath("./data"), Get("dir"));
    }

    private string? Set(params (string Name, string Value)[] values) =>
        _configuration.TrySet([.. values.Select(value => KeyValuePair.Create(value.Name, value.Value))]);

    private string Get(string name) => Assert.Single(_configuration.Get([name])).Value;
}
