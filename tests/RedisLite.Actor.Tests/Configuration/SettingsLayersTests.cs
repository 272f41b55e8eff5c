using RedisLite.Commands.Server;
using RedisLite.Configuration;

namespace RedisLite.Actor.Tests.Configuration;

public sealed class SettingsLayersTests
{
    [Fact]
    public void Each_layer_wins_over_those_below_it()
    {
        using var directory = new TemporaryDirectory();
        var first = directory.Write("first.conf", """
            redislite {
              network { port = 1002, tcp-backlog = 1002, timeout = 1002s, maxclients = 1002 }
              slowlog.max-len = 1002
            }
            """);
        var second = directory.Write(
            "second.conf", "tcp-backlog 1003\ntimeout 1003\nmaxclients 1003\nslowlog-max-len 1003\n");
        var sources = new SettingsSources
        {
            Hocon = "redislite { network { port = 1001, tcp-backlog = 1001, timeout = 1001s }, expiry.hz = 101 }",
            Files = [first, second],
            StandardInput = "timeout 1004\nmaxclients 1004\nslowlog-max-len 1004",
            Environment = new Dictionary<string, string>
            {
                ["REDISLITE__NETWORK__MAXCLIENTS"] = "1005",
                ["REDISLITE__SLOWLOG__MAX_LEN"] = "1005",
                ["UNRELATED"] = "x",
            },
            CommandLine = [new DirectiveValue("slowlog-max-len", ["1006"])],
        };

        var settings = RedisLiteSettings.Load(sources);

        Assert.Equal(128, RedisLiteSettings.Default.Slowlog.MaxLength);
        Assert.Equal(101, settings.Expiry.Hz);
        Assert.Equal(1002, settings.Network.Port);
        Assert.Equal(1003, settings.Network.TcpBacklog);
        Assert.Equal(TimeSpan.FromSeconds(1004), settings.Network.Timeout);
        Assert.Equal(1005, settings.Network.MaxClients);
        Assert.Equal(1006, settings.Slowlog.MaxLength);
        Assert.Equal(Path.GetFullPath(second), settings.ConfigFile);
    }

    [Fact]
    public void An_embedded_server_reads_no_environment_unless_told_to()
    {
        Environment.SetEnvironmentVariable("REDISLITE__EXPIRY__HZ", "77");
        try
        {
            Assert.Equal(10, RedisLiteSettings.Load().Expiry.Hz);
            Assert.Equal(77, RedisLiteSettings.Load(
                new SettingsSources { Environment = SettingsSources.ProcessEnvironment() }).Expiry.Hz);
        }
        finally
        {
            Environment.SetEnvironmentVariable("REDISLITE__EXPIRY__HZ", null);
        }
    }

    [Fact]
    public void A_list_fits_an_environment_variable()
    {
        var settings = SettingsText.Load(
            "", new Dictionary<string, string> { ["REDISLITE__NETWORK__BIND"] = "10.0.0.1, ::1" });

        Assert.Equal(["10.0.0.1", "::1"], settings.Network.Bind);
    }

    [Fact]
    public void A_setting_may_refer_to_the_environment_by_name()
    {
        var settings = SettingsText.Load(
            "redislite.network.port = ${SERVICE_PORT}", new Dictionary<string, string> { ["SERVICE_PORT"] = "7001" });

        Assert.Equal(7001, settings.Network.Port);
    }

    [Theory]
    [InlineData("yes", true)]
    [InlineData("no", false)]
    [InlineData("on", true)]
    [InlineData("off", false)]
    [InlineData("true", true)]
    [InlineData("FALSE", false)]
    public void Every_way_to_write_a_boolean_is_understood(string text, bool expected)
    {
        Assert.Equal(expected, SettingsText.Load($"redislite.execution.fast-path = {text}").Execution.FastPath);
    }

    [Theory]
    [InlineData("64mb", 64L * 1024 * 1024)]
    [InlineData("64 MB", 64L * 1024 * 1024)]
    [InlineData("64m", 64L * 1000 * 1000)]
    [InlineData("1k", 1000L)]
    [InlineData("1kb", 1024L)]
    [InlineData("2gb", 2L * 1024 * 1024 * 1024)]
    [InlineData("2g", 2_000_000_000L)]
    [InlineData("5b", 5L)]
    [InlineData("5", 5L)]
    public void Sizes_have_units(string text, long expected)
    {
        Assert.Equal(expected, SettingsText.Load($"redislite.storage.maxmemory = {text}").Storage.MaxMemory);
    }

    [Theory]
    [InlineData("5s", 5_000)]
    [InlineData("5 seconds", 5_000)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("250ms", 250)]
    [InlineData("0", 0)]
    public void Durations_have_units(string text, long expectedMs)
    {
        var settings = SettingsText.Load($"redislite.latency.monitor-threshold = {text}");

        Assert.Equal(TimeSpan.FromMilliseconds(expectedMs), settings.Latency.MonitorThreshold);
    }

    [Fact]
    public void Values_of_every_kind_are_read()
    {
        var settings = SettingsText.Load("""
            redislite {
              network.bind += "10.1.2.3"
              storage { hash = djb2, maxmemory-policy = allkeys-lfu }
              slowlog.log-slower-than = off
              latency.tracking-info-percentiles = [50, 99.9]
              persistence.save = ["3600 1", "300 100"]
              pubsub.notify-keyspace-events = KEA
              clients.output-buffer-limit.pubsub = "1mb 2kb 3"
              security.enable-debug-command = local
              directives { list-compress-depth = 77 }
            }
            """);

        Assert.Equal(["127.0.0.1", "-::1", "10.1.2.3"], settings.Network.Bind);
        Assert.Equal(TableHash.Djb2, settings.Storage.Hash);
        Assert.Equal(MaxMemoryPolicy.AllKeysLfu, settings.Storage.MaxMemoryPolicy);
        Assert.Null(settings.Slowlog.LogSlowerThan);
        Assert.Equal([50, 99.9], settings.Latency.TrackingInfoPercentiles);
        Assert.Equal([new SavePoint(3600, 1), new SavePoint(300, 100)], settings.Persistence.SavePoints);
        Assert.Equal(KeyspaceEvents.All | KeyspaceEvents.Keyspace | KeyspaceEvents.Keyevent,
            settings.PubSub.NotifyKeyspaceEvents);
        Assert.Equal(new OutputBufferLimit(1024 * 1024, 2048, 3), settings.Clients.PubSubOutputBufferLimit);
        Assert.Equal(ProtectedAccess.Local, settings.Security.EnableDebugCommand);
        Assert.Equal("77", settings.Directives["list-compress-depth"]);
    }

    [Fact]
    public void Full_keys_may_stand_on_the_command_line()
    {
        var settings = SettingsText.CommandLine(
            new DirectiveValue("redislite.network.port", ["7000"]),
            new DirectiveValue("redislite.network.bind", ["[\"10.0.0.1\"]"]),
            new DirectiveValue("akka.loglevel", ["DEBUG"]));

        Assert.Equal(7000, settings.Network.Port);
        Assert.Equal(["10.0.0.1"], settings.Network.Bind);
        Assert.Equal("DEBUG", AkkaConfiguration.Create(settings).GetString("akka.loglevel"));
    }

    [Fact]
    public void Settings_for_tests_let_the_system_choose_the_port()
    {
        Assert.Equal(NetworkSettings.RandomPort, RedisLiteSettings.ForTests().Network.Port);
        Assert.False(RedisLiteSettings.ForTests().Persistence.AppendOnly);
    }

    [Fact]
    public void Settings_changed_in_code_are_checked_by_the_same_rules()
    {
        var settings = RedisLiteSettings.Default;
        var wrong = settings with { Network = settings.Network with { Port = 70000 } };

        Assert.Equal(
            "redislite.network.port: '70000' is not valid; expected a whole number from 0 to 65535, or random",
            SettingsText.Error(wrong.Validate));
        (settings with { Slowlog = settings.Slowlog with { LogSlowerThan = null } }).Validate();
    }
}
