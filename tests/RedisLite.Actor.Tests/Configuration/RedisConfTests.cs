using RedisLite.Commands.Server;
using RedisLite.Configuration;

namespace RedisLite.Actor.Tests.Configuration;

public sealed class RedisConfTests
{
    [Fact]
    public void Directives_become_settings()
    {
        var settings = SettingsText.LoadConf("""
            # a comment
            PORT 7000
            bind 10.0.0.1 ::1
            timeout 300
            slowlog-log-slower-than -1
            busy-reply-threshold 250
            maxmemory 100mb
            maxmemory-policy ALLKEYS-LRU
            requirepass "a \"b\" \x21\n"
            dbfilename 'it''
            """.Replace("dbfilename 'it''", "dbfilename 'it\\'s'", StringComparison.Ordinal)
            + "\nappendonly no\r\nhash-max-ziplist-value 1kb\n");

        Assert.Equal(7000, settings.Network.Port);
        Assert.Equal(["10.0.0.1", "::1"], settings.Network.Bind);
        Assert.Equal(TimeSpan.FromMinutes(5), settings.Network.Timeout);
        Assert.Null(settings.Slowlog.LogSlowerThan);
        Assert.Equal(TimeSpan.FromMilliseconds(250), settings.Execution.BusyReplyThreshold);
        Assert.Equal(100 * 1024 * 1024, settings.Storage.MaxMemory);
        Assert.Equal(MaxMemoryPolicy.AllKeysLru, settings.Storage.MaxMemoryPolicy);
        Assert.Equal("a \"b\" !\n", settings.Security.RequirePass);
        Assert.Equal("it's", settings.Persistence.DbFileName);
        Assert.Equal(1024, settings.Storage.HashMaxListpackValue);
    }

    [Fact]
    public void Escapes_stand_for_bytes()
    {
        // As Redis writes a password in UTF-8, and one that is none.
        var utf8 = SettingsText.LoadConf("requirepass \"p\\xc3\\xa4\"");
        var binary = SettingsText.LoadConf("requirepass \"\\xff\\x00\"");

        Assert.Equal("pä", utf8.Security.RequirePass);
        Assert.Equal("p\u00c3\u00a4", new ServerConfiguration(utf8).Options.RequirePass);
        Assert.Equal("\u00ff\0", new ServerConfiguration(binary).Options.RequirePass);
    }

    [Fact]
    public void Numbers_that_go_further_than_a_setting_are_taken_as_its_largest()
    {
        var settings = SettingsText.LoadConf("""
            maxmemory 18446744073709551615
            maxclients 4294967295
            slowlog-log-slower-than 9223372036854775807
            busy-reply-threshold 9223372036854775807
            requirepass 0123
            """);

        Assert.Equal(long.MaxValue, settings.Storage.MaxMemory);
        Assert.Equal(int.MaxValue, settings.Network.MaxClients);
        Assert.True(settings.Slowlog.LogSlowerThan > TimeSpan.FromDays(10_000_000));
        Assert.True(settings.Execution.BusyReplyThreshold > TimeSpan.FromDays(10_000_000));
        Assert.Equal("0123", settings.Security.RequirePass);
    }

    [Fact]
    public void Save_lines_add_points_and_an_empty_one_starts_over()
    {
        Assert.Equal(
            [new SavePoint(3600, 1), new SavePoint(300, 10)],
            SettingsText.LoadConf("save 3600 1\nsave \"300 10\"").Persistence.SavePoints);
        Assert.Equal(
            [new SavePoint(60, 1)], SettingsText.LoadConf("save 3600 1\nsave \"\"\nsave 60 1").Persistence.SavePoints);
    }

    [Fact]
    public void Output_buffer_limits_may_stand_on_a_line_each()
    {
        var clients = SettingsText.LoadConf(
            "client-output-buffer-limit normal 1 2 3\nclient-output-buffer-limit slave 4 5 6").Clients;

        Assert.Equal(new OutputBufferLimit(1, 2, 3), clients.NormalOutputBufferLimit);
        Assert.Equal(new OutputBufferLimit(4, 5, 6), clients.ReplicaOutputBufferLimit);
        Assert.Equal(RedisLiteSettings.Default.Clients.PubSubOutputBufferLimit, clients.PubSubOutputBufferLimit);
    }

    [Fact]
    public void Include_reads_files_by_name_and_wildcard_of_either_syntax()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("a.rc", "hz 11\ntimeout 11");
        directory.Write("b.rc", "redislite.expiry.hz = 12");
        var one = directory.Write("one.conf", "maxclients 13");
        var main = directory.Write("main.conf", $"include {directory.Path}/*.rc\ninclude \"{one}\"\nhz 14\n");

        var settings = RedisLiteSettings.Load(main);

        Assert.Equal(14, settings.Expiry.Hz);
        Assert.Equal(TimeSpan.FromSeconds(11), settings.Network.Timeout);
        Assert.Equal(13, settings.Network.MaxClients);
    }

    [Theory]
    [InlineData("x.hocon", "port 1", nameof(ConfigSyntax.Hocon))]
    [InlineData("x.conf", "port 1", nameof(ConfigSyntax.RedisConf))]
    [InlineData("x.conf", "# c\n\n  port 1", nameof(ConfigSyntax.RedisConf))]
    [InlineData("x.conf", "port = 1", nameof(ConfigSyntax.RedisConf))]
    [InlineData("x.conf", "unknown 1", nameof(ConfigSyntax.RedisConf))]
    [InlineData("x.conf", "requirepass =a", nameof(ConfigSyntax.RedisConf))]
    [InlineData("x.conf", "include other.conf", nameof(ConfigSyntax.RedisConf))]
    [InlineData("x.conf", "include \"other.conf\"\nport 1", nameof(ConfigSyntax.RedisConf))]
    [InlineData("x.conf", "include \"other.conf\"\nakka.loglevel = DEBUG", nameof(ConfigSyntax.Hocon))]
    [InlineData("x.conf", "redislite.network.port = 1", nameof(ConfigSyntax.Hocon))]
    [InlineData("x.conf", "redislite {", nameof(ConfigSyntax.Hocon))]
    [InlineData("x.conf", "redislite{", nameof(ConfigSyntax.Hocon))]
    [InlineData("x.conf", "{ \"redislite\": {", nameof(ConfigSyntax.Hocon))]
    [InlineData("x.conf", "\"redislite\" : {", nameof(ConfigSyntax.Hocon))]
    [InlineData("x.conf", "redislite.network.bind += \"::1\"", nameof(ConfigSyntax.Hocon))]
    [InlineData("x.conf", "// c", nameof(ConfigSyntax.Hocon))]
    [InlineData("x.conf", "", nameof(ConfigSyntax.Hocon))]
    [InlineData("x.txt", "port 1", nameof(ConfigSyntax.RedisConf))]
    public void The_syntax_is_told_by_extension_or_content(string name, string text, string expected)
    {
        Assert.Equal(Enum.Parse<ConfigSyntax>(expected), ConfigFiles.SyntaxOf(name, text));
    }

    [Theory]
    [InlineData("a b\tc", "a|b|c")]
    [InlineData("  a  ", "a")]
    [InlineData("", "")]
    [InlineData("\"\" a", "|a")]
    [InlineData("\"a b\" 'c d'", "a b|c d")]
    [InlineData("\"\\x41\\n\\\"\\q\"", "A\n\"q")]
    [InlineData("'\\n\\''", "\\n'")]
    [InlineData("a\"b c\"", "ab c")]
    [InlineData("a\\b", "a\\b")]
    [InlineData("\"a", null)]
    [InlineData("'a", null)]
    [InlineData("\"a\"b", null)]
    [InlineData("\"a\\", null)]
    public void Words_are_split_as_Redis_splits_them(string line, string? expected)
    {
        var words = ConfText.Split(line);

        Assert.Equal(expected, words is null ? null : string.Join('|', words));
    }
}
