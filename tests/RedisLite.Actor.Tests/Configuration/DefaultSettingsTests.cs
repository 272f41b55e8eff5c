using RedisLite.Configuration;

namespace RedisLite.Actor.Tests.Configuration;

public sealed class DefaultSettingsTests
{
    [Fact]
    public void The_defaults_come_from_reference_conf()
    {
        var settings = RedisLiteSettings.Default;

        Assert.Equal(6379, settings.Network.Port);
        Assert.Equal(["127.0.0.1", "-::1"], settings.Network.Bind);
        Assert.Equal(64 * 1024, settings.Network.MaxFrameSize);
        Assert.Equal(TimeSpan.FromSeconds(300), settings.Network.TcpKeepAlive);
        Assert.False(settings.Persistence.AppendOnly);
    }
}
