using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.BlackBox;

/// <summary>Users in files and in the configuration, and clients of theirs on real sockets.</summary>
public sealed class AccessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Users_are_saved_to_the_file_and_found_after_a_restart()
    {
        var file = Path.Combine(_folder.Path, "users.acl");
        await File.WriteAllTextAsync(
            file, "user default on nopass ~* &* +@all\n\nuser alice on >pw ~a* +@all (+get ~b*)\n");
        string[] before;
        await using (var server = await ServerUnderTest.StartAsync(WithFile(file)))
        {
            await using var client = await server.ConnectAsync();
            Assert.Equal("OK", (await client.CallAsync("ACL", "SETUSER", "bob", "on", ">secret", "+@read", "~*")).Text);
            Assert.Equal("OK", (await client.CallAsync("ACL", "SAVE")).Text);
            before = [.. (await client.CallAsync("ACL", "LIST")).Items.Select(Text)];
            await server.StopAndCheckAsync();
        }

        Assert.Equal(before, await File.ReadAllLinesAsync(file));
        Assert.DoesNotContain("secret", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        await using var again = await ServerUnderTest.StartAsync(WithFile(file));
        await using var other = await again.ConnectAsync();
        Assert.Equal("OK", (await other.CallAsync("AUTH", "bob", "secret")).Text);
        Assert.StartsWith("NOPERM", (await other.CallAsync("SET", "k", "v")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Loading_the_file_closes_the_clients_of_all_its_users_and_a_broken_file_changes_nothing()
    {
        var file = Path.Combine(_folder.Path, "users.acl");
        await File.WriteAllTextAsync(file, "user alice on nopass +@all\n");
        await using var server = await ServerUnderTest.StartAsync(WithFile(file));
        await using var admin = await server.ConnectAsync();
        await using var alice = await server.ConnectAsync();
        await alice.CallAsync("AUTH", "alice", "x");

        await File.WriteAllTextAsync(file, "user alice on nopass +@all\nuser alice off\nfoo\n"
            + "user x +nosuch wrong wrong +@none\n");
        Assert.Equal(
            "ERR WARNING: Duplicate user 'alice' found on line 2. "
            + $"{file}:3 should start with user keyword followed by the username. "
            + $"{file}:4: Error in applying operation '+nosuch': Unknown command or category name in ACL. "
            + $"{file}:4: Syntax error. "
            + $"{file}:4: Error in applying operation '+@none': Unknown command or category name in ACL. "
            + "WARNING: ACL errors detected, no change to the previously active ACL rules was performed",
            (await admin.CallAsync("ACL", "LOAD")).Text);
        Assert.Equal("alice", (await alice.CallAsync("ACL", "WHOAMI")).Text);

        await File.WriteAllTextAsync(file, "user alice on nopass +@all\nuser bob off\n");
        Assert.Equal("OK", (await admin.CallAsync("ACL", "LOAD")).Text);
        Assert.Equal("", await alice.ReadToEndAsync());
        Assert.Equal(["alice", "bob", "default"], (await admin.CallAsync("ACL", "USERS")).Items.Select(Text));
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_broken_file_stops_the_start_and_names_the_line()
    {
        var file = Path.Combine(_folder.Path, "users.acl");
        await File.WriteAllTextAsync(file, "user alice on nopass +@all\nuser bob +nosuch\n");
        var broken = await Assert.ThrowsAsync<ServerStartException>(() => ServerUnderTest.StartAsync(WithFile(file)));
        Assert.Contains(
            $"{file}:2: Error in applying operation '+nosuch': Unknown command",
            broken.Message,
            StringComparison.Ordinal);
        var missing = await Assert.ThrowsAsync<ServerStartException>(
            () => ServerUnderTest.StartAsync(WithFile(file + "x")));
        Assert.Contains(
            $"opening file '{file}x': No such file or directory", missing.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("user alice on nopass ~a* +@all\nuser bob on nopass\nrename-command DBSIZE size\nrename-command "
            + "FLUSHALL \"\"\n", "users.conf")]
    [InlineData(
        "redislite.security.users = [\"alice on nopass ~a* +@all\"]\nredislite.security.users += \"bob on nopass\"\n"
        + "redislite.security.rename-commands = [\"DBSIZE size\", \"FLUSHALL \\\"\\\"\"]\n",
        "users.hocon")]
    public async Task Users_and_names_come_from_the_configuration_and_go_back_to_it(string text, string name)
    {
        var file = Path.Combine(_folder.Path, name);
        await File.WriteAllTextAsync(file, text);
        await using (var server = await ServerUnderTest.StartAsync(FromFile(file)))
        {
            await using var client = await server.ConnectAsync();
            Assert.Equal(["alice", "bob", "default"], (await client.CallAsync("ACL", "USERS")).Items.Select(Text));
            Assert.Equal(0, (await client.CallAsync("SIZE")).Integer);
            foreach (var old in new[] { "DBSIZE", "FLUSHALL" })
                Assert.StartsWith("ERR unknown command", (await client.CallAsync(old)).Text, StringComparison.Ordinal);
            await client.CallAsync("AUTH", "alice", "x");
            Assert.StartsWith("NOPERM", (await client.CallAsync("GET", "b")).Text, StringComparison.Ordinal);
            for (var i = 0; i < 2; i++)
            {
                await client.CallAsync("ACL", "SETUSER", "carol", "on", $">secret{i}", "-@all", "+get");
                Assert.Equal("OK", (await client.CallAsync("CONFIG", "REWRITE")).Text);
            }

            await server.StopAndCheckAsync();
        }

        Assert.DoesNotContain("secret", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        await using var again = await ServerUnderTest.StartAsync(FromFile(file));
        await using var other = await again.ConnectAsync();
        Assert.Equal("OK", (await other.CallAsync("AUTH", "carol", "secret1")).Text);
        Assert.StartsWith("NOPERM", (await other.CallAsync("SET", "k", "v")).Text, StringComparison.Ordinal);
        Assert.Equal("OK", (await other.CallAsync("AUTH", "bob", "x")).Text);
    }

    [Theory]
    [InlineData("# users\n", "users.conf")]
    [InlineData("redislite.storage.databases = 2\n", "users.hocon")]
    public async Task Odd_names_and_patterns_come_back_from_the_configuration(string text, string name)
    {
        var file = Path.Combine(_folder.Path, name);
        await File.WriteAllTextAsync(file, text);
        string[] names =
            ["a\"b", "a'b", "\"", "a\\b", "#x", "u\u00fc", "${HOME}", "reset", "\u0001", "{a=b},", "(x"];
        List<string> expected;
        await using (var server = await ServerUnderTest.StartAsync(FromFile(file)))
        {
            await using var client = await server.ConnectAsync();
            string[] rules = ["on", ">p", "~k:*", "%R~\"q", "~a#b", "~\\x", "&c'h", "(~\"z' +set)"];
            foreach (var user in names)
                Assert.Equal("OK", (await client.CallAsync(["ACL", "SETUSER", user, .. rules])).Text);
            expected = await UsersButDefaultAsync(client);
            Assert.Equal("OK", (await client.CallAsync("CONFIG", "REWRITE")).Text);
            await server.StopAndCheckAsync();
        }

        await using var again = await ServerUnderTest.StartAsync(FromFile(file));
        await using var other = await again.ConnectAsync();
        Assert.Equal(names.Length, expected.Count);
        Assert.Equal(expected, await UsersButDefaultAsync(other));
    }

    // That one is declared anew, which says what it checks: as in Redis.
    private static async Task<List<string>> UsersButDefaultAsync(RespClient client) =>
        [.. (await client.CallAsync("ACL", "LIST")).Items.Select(item => $"{Text(item)}")
            .Where(user => !user.StartsWith("user default ", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task A_log_has_the_names_that_commands_are_declared_with()
    {
        var settings = InFolder(ServerUnderTest.Settings());
        var renamed = settings with
        {
            Security = settings.Security with
            {
                RenameCommands = [new ConfigLine("SET put"), new ConfigLine("INCR \"\"")],
            },
        };
        await using (var server = await ServerUnderTest.StartAsync(renamed))
        {
            await using var client = await server.ConnectAsync();
            Assert.Equal("OK", (await client.CallAsync("PUT", "k", "1")).Text);
            var reply = await client.CallAsync("EVAL", "redis.call('put', KEYS[1], '2') return 1", "1", "l");
            Assert.Equal(1, reply.Integer);
            await server.StopAndCheckAsync();
        }

        foreach (var next in new[] { renamed, settings })
        {
            await using var server = await ServerUnderTest.StartAsync(next);
            await using var client = await server.ConnectAsync();
            Assert.Equal(["1", "2"], (await client.CallAsync("MGET", "k", "l")).Items.Select(Text));
            await server.StopAndCheckAsync();
        }
    }

    [SkippableFact]
    public async Task Who_guesses_waits_by_the_server_s_clock_and_who_comes_from_elsewhere_does_not()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "a second loopback address");
        var settings = ServerUnderTest.Settings();
        await using var server = await ServerUnderTest.StartAsync(settings with
        {
            Security = settings.Security with
            {
                RequirePass = "swordfish",
                AuthFailureLimit = 3,
                AuthFailureInterval = TimeSpan.FromMinutes(30),
            },
        });
        var clients = await Task.WhenAll(Enumerable.Range(0, 7).Select(_ => server.ConnectAsync()));
        for (var i = 0; i < 3; i++)
            Assert.StartsWith(
                "WRONGPASS", (await clients[0].CallAsync("AUTH", $"guess{i}")).Text, StringComparison.Ordinal);
        for (var i = 1; i <= 3; i++)
            await clients[i].SendAsync("AUTH", i == 2 ? "swordfish" : $"more{i}");
        await using var known = await RespClient.ConnectAsync(
            server.EndPoint, from: System.Net.IPAddress.Parse("127.0.0.2"));
        Assert.Equal("OK", (await known.CallAsync("AUTH", "swordfish")).Text);
        while (!(await known.CallAsync("INFO", "clients")).Text.Contains("blocked_clients:3", StringComparison.Ordinal))
        {
        }

        Assert.StartsWith("LIMIT", (await clients[4].CallAsync("AUTH", "swordfish")).Text, StringComparison.Ordinal);
        Assert.All(clients[1..4], client => Assert.Equal(0, client.Available));
        server.Server.Clock.Advance(TimeSpan.FromHours(2));
        var replies = await Task.WhenAll(clients[1..4].Select(client => client.ReadReplyAsync()));
        Assert.Equal(["WRONGPASS", "OK", "WRONGPASS"], replies.Select(reply => reply.Text.Split(' ')[0]));
        Assert.Equal("OK", (await known.CallAsync("CONFIG", "SET", "auth-failure-limit", "0")).Text);
        Assert.Equal("OK", (await clients[5].CallAsync("AUTH", "swordfish")).Text);
        foreach (var client in clients)
            await client.DisposeAsync();
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_pipeline_of_a_deleted_user_does_nothing_more()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var admin = await server.ConnectAsync();
        await admin.CallAsync("ACL", "SETUSER", "alice", "on", "nopass", "~*", "+@all");
        await using var alice = await server.ConnectAsync();
        await alice.CallAsync("AUTH", "alice", "x");
        await using var waiting = await server.ConnectAsync();
        await waiting.CallAsync("AUTH", "alice", "x");
        await waiting.SendAsync("BLPOP", "q", "0");
        while (!(await admin.CallAsync("INFO", "clients")).Text.Contains("blocked_clients:1", StringComparison.Ordinal))
        {
        }

        Assert.Equal(1, (await admin.CallAsync("ACL", "DELUSER", "alice")).Integer);
        Assert.Equal("", await alice.ReadToEndAsync());
        Assert.Equal("", await waiting.ReadToEndAsync());
        Assert.Equal(1, (await admin.CallAsync("RPUSH", "q", "x")).Integer);
        Assert.Equal(1, (await admin.CallAsync("LLEN", "q")).Integer);
        await server.StopAndCheckAsync();
    }

    public void Dispose() => _folder.Dispose();

    private static string Text(RespValue value) => value.Text;

    private RedisLiteSettings WithFile(string file)
    {
        var settings = InFolder(ServerUnderTest.Settings());
        return settings with { Security = settings.Security with { AclFile = file } };
    }

    private RedisLiteSettings FromFile(string file)
    {
        var settings = InFolder(RedisLiteSettings.Load(file));
        return settings with
        {
            Network = settings.Network with { Port = NetworkSettings.RandomPort, Bind = ["127.0.0.1"] },
        };
    }

    private RedisLiteSettings InFolder(RedisLiteSettings settings) =>
        settings with { Persistence = settings.Persistence with { Directory = _folder.Path, AppendOnly = true } };
}
