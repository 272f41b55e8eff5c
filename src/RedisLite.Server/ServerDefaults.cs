using RedisLite.Configuration;

namespace RedisLite.Server;

/// <summary>Where the program's defaults differ from the library's: server.conf.</summary>
internal static class ServerDefaults
{
    /// <summary>The defaults alone, under whatever else is configured.</summary>
    public static SettingsSources Sources => new() { Hocon = Text(), HoconName = "server.conf" };

    private static string Text()
    {
        using var stream = typeof(ServerDefaults).Assembly.GetManifestResourceStream("RedisLite.Server.server.conf")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
