using RedisLite.Configuration;

namespace RedisLite.Actor.Tests.Configuration;

/// <summary>
/// The one line that stops the start: name, where it stood, what was expected, the nearest known name.
/// </summary>
public sealed class SettingsErrorTests
{
    private const string Text = "defaults of the host";

    [Theory]
    [InlineData("redislite.network.prot = 1",
        Text + ":1: unknown key 'redislite.network.prot'; did you mean 'redislite.network.port'?")]
    [InlineData("redislite {\n  port = 1\n}",
        Text + ":2: unknown key 'redislite.port'; did you mean 'redislite.network.port'?")]
    [InlineData(
        "redislite.netwrok.port = 1", Text + ":1: unknown key 'redislite.netwrok'; did you mean 'redislite.network'?")]
    [InlineData(
        "redislit.network.port = 1", Text + ":1: unknown key 'redislit'; did you mean 'redislite'?")]
    [InlineData("zzzzzzzz = 1",
        Text + ":1: unknown key 'zzzzzzzz'; expected a key of reference.conf, under 'redislite' or 'akka'")]
    [InlineData("redislite.dispatchers.executor.troughput = 1",
        Text + ":1: unknown key 'redislite.dispatchers.executor.troughput'; did you mean "
            + "'redislite.dispatchers.executor.throughput'?")]
    [InlineData(
        "redislite.network = 1", Text + ":1: redislite.network is a section; expected redislite.network { ... }")]
    [InlineData(
        "redislite.network.port = abc",
        Text + ":1: redislite.network.port: 'abc' is not valid; expected a whole number from 0 to 65535, or random")]
    [InlineData("\nredislite.network.port { a = 1 }",
        Text
            + ":2: redislite.network.port: a section is not valid; expected a whole number from 0 to 65535, or random")]
    [InlineData(
        "redislite.network.port = 70000",
        Text + ":1: redislite.network.port: '70000' is not valid; expected a whole number from 0 to 65535, or random")]
    [InlineData(
        "redislite.network.port = null",
        Text + ":1: redislite.network.port: 'null' is not valid; expected a whole number from 0 to 65535, or random")]
    [InlineData(
        "redislite.execution.fast-path = maybe",
        Text + ":1: redislite.execution.fast-path: 'maybe' is not valid; expected on or off")]
    [InlineData("redislite.network.timeout = 300",
        Text + ":1: redislite.network.timeout: '300' is not valid; expected a duration with its unit, such as 300s or "
            + "10ms")]
    [InlineData("redislite.slowlog.log-slower-than = -1",
        Text + ":1: redislite.slowlog.log-slower-than: '-1' is not valid; expected a duration with its unit, such as "
            + "300s or 10ms, or off")]
    [InlineData("redislite.otlp.interval = 0s",
        Text + ":1: redislite.otlp.interval: '0s' is not valid; expected a duration of at least 1 s with its unit, "
            + "such as 300s or 10ms")]
    [InlineData("redislite.http.port = 6379",
        Text + ":1: redislite.http.port: '6379' is network.port as well; expected another port")]
    [InlineData(
        "redislite.storage.maxmemory = 64xb",
        Text + ":1: redislite.storage.maxmemory: '64xb' is not valid; expected a size of at least 0, such as 64mb")]
    [InlineData(
        "redislite.protocol.inline-replies = text",
        Text + ":1: redislite.protocol.inline-replies: 'text' is not valid; expected one of plain, resp")]
    [InlineData("redislite.storage.stripes = 1000",
        Text + ":1: redislite.storage.stripes: '1000' is not valid; expected a power of two")]
    [InlineData("redislite.network.bind = \"exam/ple\"",
        Text + ":1: redislite.network.bind: 'exam/ple' is not valid; expected an IP address, a host name, * or ::*, "
            + "with - before it if it may be missing")]
    [InlineData("redislite.network.bind = []",
        Text + ":1: redislite.network.bind: no address given; expected at least one")]
    [InlineData(
        "redislite.directives.maxmemori = 1", Text + ":1: unknown directive 'maxmemori'; did you mean 'maxmemory'?")]
    [InlineData(
        "redislite.directives.maxmemory = 1",
        Text + ":1: redislite.directives.maxmemory has a key of its own; expected redislite.storage.maxmemory")]
    [InlineData(
        "redislite.directives.active-defrag-cycle-min = 0",
        Text + ":1: active-defrag-cycle-min: '0' is not valid; expected a whole number from 1 to 99")]
    [InlineData("redislite.persistence.save = \"3600\"",
        Text + ":1: redislite.persistence.save: '3600' is not valid; expected pairs of seconds and changes, such as "
            + "\"3600 1 300 100\", or an empty text")]
    [InlineData("redislite.network.port = ${NOT_SET}",
        Text + ":1: ${NOT_SET} refers to nothing; expected a key or an environment variable of that name, or "
            + "${?NOT_SET} if it may be missing")]
    public void A_wrong_key_or_value_in_HOCON_is_one_line(string hocon, string expected)
    {
        Assert.Equal(expected, SettingsText.Error(() => SettingsText.Load(hocon)));
    }

    [Theory]
    [InlineData("\n# comment\nprot 1", "standard input:3: unknown directive 'prot'; did you mean 'port'?")]
    [InlineData("port abc",
        "standard input:1: port: 'abc' is not valid; expected a whole number from 0 to 65535, or random")]
    [InlineData("port 70000",
        "standard input:1: port: '70000' is not valid; expected a whole number from 0 to 65535, or random")]
    [InlineData("port 1 2",
        "standard input:1: port: 2 values given; expected a whole number from 0 to 65535, or random")]
    [InlineData("port", "standard input:1: port: no value given; expected a whole number from 0 to 65535, or random")]
    [InlineData("port = 1",
        "standard input:1: port: 2 values given; expected a whole number from 0 to 65535, or random (in HOCON, write "
            + "redislite.network.port)")]
    [InlineData("requirepass \"a",
        "standard input:1: unbalanced quotes; expected a closing quote at the end of a word")]
    [InlineData("hz 10\nsave 1",
        "standard input:2: save: '1' is not valid; expected pairs of seconds and changes, such as 3600 1 300 100, or "
            + "an empty text")]
    [InlineData("client-output-buffer-limit pubsu 1 2 3",
        "standard input:1: client-output-buffer-limit: 'pubsu 1 2 3' is not valid; expected a class (normal, replica "
            + "or pubsub), a hard limit, a soft limit and seconds, such as pubsub 32mb 8mb 60")]
    [InlineData("rename-command FLUSHALL", "standard input:1: rename-command: 1 values given; expected two names")]
    [InlineData(
        "rename-command NOSUCH x", "standard input:1: rename-command 'NOSUCH': No such command in rename-command")]
    [InlineData("rename-command GET set", "standard input:1: rename-command 'set': Target command name already exists")]
    [InlineData("loadmodule x.so",
        "standard input:1: 'loadmodule' is not supported by RedisLite; expected another directive")]
    [InlineData("port 1\nuser a on foo", "standard input:2: Error in user declaration 'foo': Syntax error")]
    [InlineData(
        "user a on >topsecret <topsecrt",
        "standard input:1: Error in user declaration '<(redacted)': "
        + "The password you are trying to remove from the user does not exist")]
    [InlineData(
        "user a on\nuser b on\nuser a off",
        "standard input:3: Error in user declaration 'a': "
        + "Duplicate user found. A user can only be defined once in config files")]
    [InlineData(
        "user a on (+get",
        "standard input:1: Error in user declaration '(+get': Unmatched parenthesis in selector definition")]
    [InlineData(
        "tls-port 6379",
        "standard input:1: redislite.tls.port: '6379' is network.port as well; expected another port")]
    [InlineData("replicaof a", "standard input:1: replicaof: 'a' is not valid; expected a host and a port, or no one")]
    [InlineData("replicaof a b",
        "standard input:1: replicaof: 'a b' is not valid; expected a host and a port, or no one")]
    [InlineData("maxmemory-policy lru",
        "standard input:1: maxmemory-policy: 'lru' is not valid; expected one of volatile-lru, volatile-lfu, "
            + "volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction")]
    [InlineData("include /not/there.conf\n", "standard input:1: cannot include '/not/there.conf': ")]
    [InlineData("zzzzzzzzzzzzz 1",
        "standard input:1: unknown directive 'zzzzzzzzzzzzz'; expected one of Redis's, or a key of reference.conf")]
    public void A_wrong_line_of_redis_conf_is_one_line(string conf, string expected)
    {
        Assert.StartsWith(expected, SettingsText.Error(() => SettingsText.LoadConf(conf)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_environment_variable_is_named()
    {
        var environment = new Dictionary<string, string> { ["REDISLITE__NETWORK__PROT"] = "1" };

        Assert.Equal(
            "environment REDISLITE__NETWORK__PROT: unknown key 'redislite.network.prot'; did you mean "
                + "'redislite.network.port'?",
            SettingsText.Error(() => SettingsText.Load("", environment)));
    }

    [Fact]
    public void A_bad_value_in_the_environment_names_its_variable()
    {
        var environment = new Dictionary<string, string> { ["REDISLITE__NETWORK__PORT"] = "x" };

        Assert.Equal(
            "environment REDISLITE__NETWORK__PORT: redislite.network.port: 'x' is not valid; expected a whole number "
                + "from 0 to 65535, or random",
            SettingsText.Error(() => SettingsText.Load("", environment)));
    }

    [Theory]
    [InlineData("prot", "command line --prot: unknown directive 'prot'; did you mean 'port'?")]
    [InlineData("port",
        "command line --port: port: 'x' is not valid; expected a whole number from 0 to 65535, or random")]
    [InlineData("redislite.network.prot",
        "command line --redislite.network.prot: unknown key 'redislite.network.prot'; did you mean "
            + "'redislite.network.port'?")]
    public void A_wrong_option_is_named(string option, string expected)
    {
        Assert.Equal(expected, SettingsText.Error(() => SettingsText.CommandLine(new DirectiveValue(option, ["x"]))));
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        Assert.StartsWith(
            "cannot read the configuration file '/not/there.conf': ",
            SettingsText.Error(() => RedisLiteSettings.Load("/not/there.conf")),
            StringComparison.Ordinal);
    }
}
