using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;
using System.Xml.Linq;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Packages;

/// <summary>
/// <c>dotnet pack</c>, and what somebody does with the packages who has nothing else: a new project, and the tools.
/// </summary>
/// <remarks>
/// Nothing is fetched: the packages come from a folder, and what they need from the user's package cache, from which
/// this very project was restored.
/// </remarks>
[Collection(AloneCollection.Name)]
public sealed class PackageTests : IClassFixture<PackageTests.Packed>
{
    private const string FiveLines = """
        using System.Net.Sockets;
        using RedisLite.Configuration;
        using RedisLite.Hosting;

        await using var server = await RedisLiteServer.StartAsync(RedisLiteSettings.ForTests());
        using var client = new TcpClient();
        await client.ConnectAsync(server.EndPoint);
        var stream = client.GetStream();
        await stream.WriteAsync("PING\r\n"u8.ToArray());
        Console.WriteLine(await new StreamReader(stream).ReadLineAsync());
        """;

    private const string Cache = """
        using Microsoft.Extensions.Caching.Distributed;
        using Microsoft.Extensions.DependencyInjection;
        using RedisLite.Configuration;
        using RedisLite.Hosting;

        await using var server = await RedisLiteServer.StartAsync(RedisLiteSettings.ForTests());
        var services = new ServiceCollection();
        services.AddStackExchangeRedisCache(options => options.Configuration = server.ConnectionString);
        await using var provider = services.BuildServiceProvider();
        var cache = provider.GetRequiredService<IDistributedCache>();
        await cache.SetStringAsync("cart:1", "apples");
        Console.WriteLine(await cache.GetStringAsync("cart:1"));
        """;

    // A node that has no slots yet: alive, and the cluster is down.
    private const string WebAndCluster = """
        using RedisLite.Cluster;
        using RedisLite.Configuration;
        using RedisLite.Hosting;
        using RedisLite.Web;

        var settings = RedisLiteSettings.ForTests().WithCluster();
        settings = settings with { Http = settings.Http with { Port = NetworkSettings.RandomPort } };
        var folder = Directory.CreateTempSubdirectory().FullName;
        settings = settings with { Persistence = settings.Persistence with { Directory = folder } };
        await using (var server = await RedisLiteServer.StartAsync(settings))
        {
            await using var web = await RedisLiteWeb.StartAsync(server.View, settings);
            using var http = new HttpClient { BaseAddress = web.Addresses[0] };
            var metrics = await http.GetStringAsync("/metrics");
            var ready = await http.GetAsync("/readyz");
            Console.WriteLine($"{metrics.Contains("redislite_cluster_enabled 1\n")} "
                + $"{await ready.Content.ReadAsStringAsync() == "the cluster is down\n"}");
        }

        Directory.Delete(folder, recursive: true);
        """;

    private readonly Packed _packed;

    public PackageTests(Packed packed) => _packed = packed;

    [Fact]
    public void A_package_holds_readme_icon_license_and_documentation()
    {
        foreach (var name in Packed.Libraries.Concat(Packed.Tools))
        {
            using var package = ZipFile.OpenRead(_packed.PathOf($"{name}.{Version}.nupkg"));
            var entries = package.Entries.Select(entry => entry.FullName).ToList();
            Assert.Contains("README.md", entries);
            Assert.Contains("icon.png", entries);
            using var reader = new StreamReader(package.GetEntry($"{name}.nuspec")!.Open());
            var specification = reader.ReadToEnd();
            Assert.Contains("<license type=\"expression\">MIT</license>", specification, StringComparison.Ordinal);
            Assert.Contains("<description>", specification, StringComparison.Ordinal);

            // Who embeds one server gets nothing of a cluster's.
            if (name != "RedisLite.Cluster")
                Assert.DoesNotContain("Akka.Cluster", specification, StringComparison.Ordinal);
            Assert.DoesNotContain("Akka.Remote", specification, StringComparison.Ordinal);
            if (Packed.Libraries.Contains(name))
            {
                Assert.Contains($"lib/net10.0/{name}.xml", entries);
                Assert.True(File.Exists(_packed.PathOf($"{name}.{Version}.snupkg")), name);
            }
        }
    }

    [Theory]
    [InlineData("five-lines", FiveLines, "PONG\n", "RedisLite")]
    [InlineData("cache", Cache, "apples\n", "RedisLite", "StackExchange.Redis",
        "Microsoft.Extensions.Caching.StackExchangeRedis")]
    [InlineData("web-and-cluster", WebAndCluster, "True True\n", "RedisLite.Web", "RedisLite.Cluster")]
    public async Task A_new_project_runs(string name, string program, string said, params string[] packages)
    {
        var project = Directory.CreateDirectory(_packed.PathOf(name)).FullName;
        var references = packages.Select(package =>
            $"<PackageReference Include=\"{package}\" Version=\"{VersionOf(package)}\" />");
        await File.WriteAllTextAsync(Path.Combine(project, name + ".csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <UseAppHost>false</UseAppHost>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>{string.Concat(references)}</ItemGroup>
            </Project>
            """);
        await File.WriteAllTextAsync(Path.Combine(project, "Program.cs"), program);

        await _packed.RunAsync(project, "build", "-c", "Release", "--configfile", _packed.PathOf("nuget.config"));
        Assert.Equal(said, await _packed.RunAsync(project, Path.Combine("bin", "Release", "net10.0", name + ".dll")));
    }

    [Theory]
    [InlineData("redislite-server", "RedisLite server v=")]
    [InlineData("redislite-benchmark", "")]
    public async Task A_tool_is_installed_and_runs(string name, string expected)
    {
        var tools = _packed.PathOf("tools");
        await _packed.RunAsync(
            _packed.PathOf("."), "tool", "install", name, "--tool-path", tools, "--configfile", _packed.PathOf(
                "nuget.config"), "--version", Version);

        var (exitCode, said, errors) = await ChildProcess.RunAsync(Path.Combine(tools, name), ["--version"]);

        Assert.True(exitCode == 0, errors);
        Assert.StartsWith(expected, said, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_new_user_s_day_goes_well()
    {
        var tools = _packed.PathOf("day-tools");
        await _packed.RunAsync(
            _packed.PathOf("."), "tool", "install", "redislite-server", "--tool-path", tools, "--configfile",
            _packed.PathOf("nuget.config"), "--version", Version);
        var folder = Directory.CreateDirectory(_packed.PathOf("day")).FullName;
        await new NewUserDay(Path.Combine(tools, "redislite-server"), folder).RunAsync();
    }

    /// <summary>Others are those of Directory.Packages.props: what tests are restored with is in the cache.</summary>
    private static string VersionOf(string package) =>
        package.StartsWith("RedisLite", StringComparison.Ordinal)
        ? Version
        : XDocument.Load(Path.Combine(SourceTree.Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .Single(one => (string?)one.Attribute("Include") == package).Attribute("Version")!.Value;

    private static string Version { get; } =
        typeof(RedisLite.Hosting.RedisLiteServer)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>All packages, made once.</summary>
    public sealed class Packed : IAsyncLifetime
    {
        public static readonly string[] Libraries =
            ["RedisLite", "RedisLite.Protocol", "RedisLite.Storage", "RedisLite.Lua", "RedisLite.Commands",
                "RedisLite.Persistence", "RedisLite.Cluster", "RedisLite.Web"];

        public static readonly string[] Tools = ["redislite-server", "redislite-benchmark"];

        private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

        private readonly TemporaryFolder _folder = new();

        public string PathOf(string name) => Path.Combine(_folder.Path, name);

        public async Task InitializeAsync()
        {
            var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
            await File.WriteAllTextAsync(PathOf("nuget.config"), $"""
                <configuration>
                  <packageSources><clear /><add key="packed" value="{_folder.Path}" /></packageSources>
                  <fallbackPackageFolders><clear /><add key="cache" value="{cache}" /></fallbackPackageFolders>
                  <config><add key="globalPackagesFolder" value="{PathOf("packages")}" /></config>
                </configuration>
                """);
            // All but the load generator were built with this project.
            foreach (var project in Libraries.Append("RedisLite.Server"))
                await PackAsync(project, "--no-build");
            await PackAsync("RedisLite.Benchmark");
        }

        private Task<string> PackAsync(string project, params string[] more) =>
            RunAsync(SourceTree.Root,
                ["pack", Path.Combine("src", project), "-c", Configuration, "-o", _folder.Path, .. more]);

        public Task DisposeAsync()
        {
            _folder.Dispose();
            return Task.CompletedTask;
        }

        /// <summary>Runs <c>dotnet</c>; what it says.</summary>
        public async Task<string> RunAsync(string folder, params string[] arguments)
        {
            var start = new ProcessStartInfo("dotnet", arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = folder,
            };

            // What `dotnet test` has set for its own children would be taken for a wish of ours; and a build server
            // that stays would keep the pipes open.
            foreach (var name in start.Environment.Keys.ToList())
                if (name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase))
                    start.Environment.Remove(name);
            start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
            start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var said = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            using var patience = new CancellationTokenSource(Patience);
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                Assert.Fail($"dotnet {string.Join(' ', arguments)} did not end: {await said}{await errors}");
            }

            Assert.True(process.ExitCode == 0, await said + await errors);
            return await said;
        }

        private static string Configuration { get; } =
            typeof(PackageTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
    }
}
