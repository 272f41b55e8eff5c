using Microsoft.Extensions.Logging;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Hosting;
using StackExchange.Redis;

namespace RedisLite.EndToEnd.Tests.DocExamples;

/// <summary>The examples of README.md and docs/EMBEDDING.md that start a server of their own.</summary>
/// <remarks>The pages show the regions; <see cref="MarkdownTests"/> compares them.</remarks>
public sealed class EmbeddingExamples
{
    [Fact]
    public async Task A_server_starts_on_a_free_port_and_its_clock_can_be_moved_on()
    {
        #region embedded-server
        await using var server = await RedisLiteServer.StartAsync(RedisLiteSettings.ForTests());
        await using var redis = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
        var db = redis.GetDatabase();

        await db.StringSetAsync("session:1", "alice");
        await db.KeyExpireAsync("session:1", TimeSpan.FromMinutes(30));
        string? user = await db.StringGetAsync("session:1");         // alice

        server.Clock.Advance(TimeSpan.FromMinutes(31));              // no sleep: the time to live is over at once
        bool isLoggedIn = await db.KeyExistsAsync("session:1");      // false
        #endregion

        Assert.Equal("alice", user);
        Assert.False(isLoggedIn);
    }

    [Fact]
    public async Task Settings_are_records_that_are_changed_with_with()
    {
        #region settings-in-code
        var settings = RedisLiteSettings.Default;
        settings = settings with
        {
            Network = settings.Network with { Port = NetworkSettings.RandomPort, MaxClients = 100 },
            Security = settings.Security with { RequirePass = "swordfish" },
            Storage = settings.Storage with { MaxMemory = 64 * 1024 * 1024 },
        };

        await using var server = await RedisLiteServer.StartAsync(settings);
        var options = new ConfigurationOptions { EndPoints = { server.EndPoint }, Password = "swordfish" };
        await using var redis = await ConnectionMultiplexer.ConnectAsync(options);
        #endregion

        Assert.True(redis.IsConnected);
        Assert.Equal("PONG", (string?)await redis.GetDatabase().ExecuteAsync("PING"));
    }

    [Fact]
    public async Task Settings_are_loaded_in_layers()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "app.conf");
        await File.WriteAllTextAsync(path, "redislite.network.port = random\nredislite.storage.databases = 4\n");

        #region settings-in-layers
        var settings = RedisLiteSettings.Load(new SettingsSources
        {
            Hocon = "redislite.storage.databases = 2",               // defaults of this application
            Files = [path],                                          // HOCON or redis.conf
            Environment = SettingsSources.ProcessEnvironment(),      // REDISLITE__NETWORK__PORT=7000
            CommandLine = [new DirectiveValue("maxclients", ["50"])],
        });
        #endregion

        Assert.Equal(4, settings.Storage.Databases);
        Assert.Equal(50, settings.Network.MaxClients);
    }

    [Fact]
    public async Task A_log_goes_to_the_logger_factory_that_is_given()
    {
        using var recorder = new LogRecorder();
        ILoggerFactory loggerFactory = recorder;

        #region logging
        await using var server = await RedisLiteServer.StartAsync(RedisLiteSettings.ForTests(), loggerFactory);
        #endregion

        await server.StopAsync();
        Assert.All(recorder.Complaints, line => Assert.Contains("Bind commander died", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_primary_and_a_replica_run_in_one_process()
    {
        #region embedded-replica
        await using var primary = await RedisLiteServer.StartAsync(RedisLiteSettings.ForTests());
        await using var replica = await RedisLiteServer.StartAsync(
            RedisLiteSettings.ForTests().ReplicaOf(primary.EndPoint));
        await using var redis = await ConnectionMultiplexer.ConnectAsync(
            $"{primary.ConnectionString},asyncTimeout=60000");
        await using var reader = await ConnectionMultiplexer.ConnectAsync(replica.ConnectionString);
        await redis.GetDatabase().StringSetAsync("user:1", "alice");
        #endregion

        #region embedded-replica-wait
        await redis.GetDatabase().ExecuteAsync("WAIT", 1, 0);                              // one replica has it
        string? user = await reader.GetDatabase().StringGetAsync("user:1");                // alice

        // repl-timeout: the link is taken up anew
        replica.Clock.Advance(TimeSpan.FromMinutes(2));
        await redis.GetDatabase().ExecuteAsync("SET", "user:2", "bob");
        var acknowledged = (long)await redis.GetDatabase().ExecuteAsync("WAIT", 1, 0);     // 1
        #endregion

        Assert.Equal(("alice", 1L), (user, acknowledged));
        Assert.Equal("bob", (string?)await reader.GetDatabase().StringGetAsync("user:2"));
    }

    [Fact]
    public async Task Several_servers_run_side_by_side()
    {
        #region several-servers
        await using var first = await RedisLiteServer.StartAsync(RedisLiteSettings.ForTests());
        await using var second = await RedisLiteServer.StartAsync(RedisLiteSettings.ForTests());
        #endregion

        Assert.NotEqual(first.EndPoint.Port, second.EndPoint.Port);
    }
}
