using RedisLite.Configuration;

namespace RedisLite.Actor.Tests.Configuration;

public sealed class DirectiveTableTests
{
    [Fact]
    public void Every_directive_has_a_setting_or_a_default()
    {
        Assert.All(
            DirectiveTable.All, directive => Assert.NotEqual(directive.Setting is null, directive.Default is null));
    }

    [Fact]
    public void Every_setting_named_in_the_table_exists()
    {
        foreach (var directive in DirectiveTable.All.Where(directive => directive.Setting is not null))
        {
            Assert.True(
                SettingsSchema.Find(directive.Setting!) is not null || directive.Kind is OutputBufferLimitsKind,
                directive.Setting);
        }
    }

    [Fact]
    public void Every_default_is_valid_and_canonical()
    {
        foreach (var directive in DirectiveTable.All)
        {
            var value = DirectiveText.Of(directive, RedisLiteSettings.Default);
            var words = directive.Kind.IsMultiArgument ? value.Split(' ') : [value];
            if (directive.Name == "replicaof")
                continue; // Redis has no way to write its default but "no one"

            Assert.Null(directive.Kind.Normalize(words, value, out var canonical));
            Assert.Equal(value, canonical);
        }
    }

    [Fact]
    public void Every_option_that_hot_paths_read_is_a_directive_that_can_change()
    {
        foreach (var directive in DirectiveTable.All.Where(directive => directive.Apply is not null))
            Assert.True(directive.Setting is not null, directive.Name);
    }

    [Fact]
    public void Every_directive_that_can_change_and_has_a_setting_reaches_the_options()
    {
        var changeable = DirectiveTable.All
            .Where(directive => directive is { Setting: not null, Change: DirectiveChange.AtAnyTime, IsTls: false });

        Assert.All(changeable, directive => Assert.True(directive.Apply is not null, directive.Name));
    }

    [Fact]
    public void Every_property_of_the_options_is_set_from_the_settings()
    {
        var options = new ServerConfiguration(RedisLiteSettings.Load(new SettingsSources
        {
            // A value other than the type's own default for every property.
            StandardInput = """
                maxmemory 1
                maxmemory-clients 1
                maxmemory-policy allkeys-lru
                lazyfree-lazy-user-flush yes
                lazyfree-lazy-user-del yes
                notify-keyspace-events A
                latency-monitor-threshold 1
                timeout 1
                active-defrag-threshold-lower 1
                requirepass x
                acl-pubsub-default allchannels
                enable-debug-command yes
                loglevel warning
                no-appendfsync-on-rewrite yes
                save 1 1
                """,
        })).Options;

        foreach (var property in typeof(Commands.Server.RuntimeOptions).GetProperties())
        {
            var value = property.GetValue(options);
            var unset = property.PropertyType.IsValueType ? Activator.CreateInstance(property.PropertyType) : "";
            Assert.False(Equals(unset, value), $"{property.Name} is not set");
            if (value is System.Collections.ICollection items)
                Assert.NotEmpty(items);
        }
    }
}
