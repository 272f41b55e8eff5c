using RedisLite.Commands.Server;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Persistence.Files;

namespace RedisLite.EndToEnd.Tests.Persistence;

/// <summary>
/// What tests of servers with files share: a folder, a disk that can fail, and questions to a server.
/// </summary>
public abstract class FilesTest : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private protected FaultyDevice Device { get; } = new();

    private protected string Folder => _folder.Path;

    private protected string AppendDirectory => Path.Combine(Folder, "appendonlydir");

    private protected string Manifest => File.ReadAllText(Path.Combine(AppendDirectory, "appendonly.aof.manifest"));

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected RedisLiteSettings Settings(Func<PersistenceSettings, PersistenceSettings>? change = null)
    {
        var settings = ServerUnderTest.Settings();
        var persistence = settings.Persistence with
        {
            AppendOnly = true,
            AppendFsync = AppendFsync.Always,
            Directory = Folder,
            LoadDump = true,
        };
        return settings with { Persistence = change is null ? persistence : change(persistence) };
    }

    private protected Task<ServerUnderTest> StartAsync(Func<PersistenceSettings, PersistenceSettings>? change = null) =>
        ServerUnderTest.StartAsync(Settings(change), Device);

    /// <summary>The digest of what a server on a disk that works loads from the folder.</summary>
    private protected async Task<string> DigestAfterRestartAsync(
        Func<PersistenceSettings, PersistenceSettings>? change = null)
    {
        await using var server = await ServerUnderTest.StartAsync(Settings(change), DiskDevice.Instance);
        await using var client = await server.ConnectAsync();
        return await DigestAsync(client);
    }

    private protected static async Task<string> DigestAsync(RespClient client) =>
        (await client.CallAsync("DEBUG", "DIGEST")).Text;

    private protected static async Task<string> InfoAsync(RespClient client, string field)
    {
        var info = (await client.CallAsync("INFO", "persistence")).Text;
        return info.Split("\r\n").Single(line => line.StartsWith(field + ":", StringComparison.Ordinal))[
            (field.Length + 1)..];
    }

    /// <summary>Asks until the field has the value.</summary>
    private protected static Task WaitForInfoAsync(RespClient client, string field, string value) =>
        UntilAsync(client, async () => await InfoAsync(client, field) == value);

    /// <summary>Writes until a write is accepted.</summary>
    private protected static Task WaitForWriteAsync(RespClient client, string key) =>
        UntilAsync(client, async () => (await client.CallAsync("SET", key, "v")).Text == "OK");

    /// <summary>Asks again and again; the pause between is the server's, which holds up this client only.</summary>
    private protected static async Task UntilAsync(RespClient client, Func<Task<bool>> isTrue)
    {
        var started = Environment.TickCount64;
        while (!await isTrue())
        {
            Assert.True(
                Environment.TickCount64 - started < RespClient.SafetyNet.TotalMilliseconds, "It did not come true.");
            await client.CallAsync("DEBUG", "SLEEP", "0.02");
        }
    }
}
