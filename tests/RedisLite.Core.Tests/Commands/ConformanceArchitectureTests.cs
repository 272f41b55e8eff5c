using System.Xml.Linq;
using Xunit.Abstractions;

namespace RedisLite.Core.Tests.Commands;

/// <summary>The rules of the house that a compiler does not check.</summary>
public sealed class ConformanceArchitectureTests(ITestOutputHelper output)
{
    private const int LinesToAimFor = 400;
    private const int MostLines = 600;

    // What each project may refer to, itself aside; lower ones first.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["RedisLite.Protocol"] = [],
        ["RedisLite.Storage"] = [],
        ["RedisLite.Lua"] = [],
        ["RedisLite.Commands"] = ["RedisLite.Lua", "RedisLite.Protocol", "RedisLite.Storage"],
        ["RedisLite.Persistence"] = ["RedisLite.Protocol", "RedisLite.Storage"],
        ["RedisLite"] = ["RedisLite.Protocol", "RedisLite.Storage", "RedisLite.Commands", "RedisLite.Persistence"],
        ["RedisLite.Server"] = ["RedisLite"],
        ["RedisLite.Benchmark"] = [],
    };

    [Fact]
    public void References_point_down_only()
    {
        foreach (var project in Projects())
        {
            var name = Path.GetFileNameWithoutExtension(project);
            Assert.True(Allowed.TryGetValue(name, out var allowed), $"{name} is new: say in this test what it may refer to");
            var references = XDocument.Load(project).Descendants("ProjectReference")
                .Select(item => Path.GetFileNameWithoutExtension(item.Attribute("Include")!.Value.Replace('\\', '/')));
            Assert.Empty(references.Except(allowed));
        }
    }

    [Fact]
    public void Only_the_server_library_refers_to_Akka()
    {
        var users = Projects()
            .Where(project => XDocument.Load(project).Descendants("PackageReference")
                .Any(item => item.Attribute("Include")!.Value.StartsWith("Akka", StringComparison.Ordinal)))
            .Select(Path.GetFileNameWithoutExtension);
        Assert.Equal(["RedisLite"], users);
    }

    [Fact]
    public void No_file_is_too_long_to_read()
    {
        var lengths = Checkout.SourcesUnder("src").Concat(Checkout.SourcesUnder("tests"))
            .Select(path => (Path: Path.GetRelativePath(Checkout.Root, path), Lines: File.ReadLines(path).Count()))
            .ToList();
        foreach (var (path, lines) in lengths.Where(file => file.Lines > LinesToAimFor))
            output.WriteLine($"{path} has {lines} lines; aim for {LinesToAimFor}");
        Assert.DoesNotContain(lengths, file => file.Lines > MostLines);
    }

    private static IEnumerable<string> Projects() =>
        Directory.EnumerateFiles(Path.Combine(Checkout.Root, "src"), "*.csproj", SearchOption.AllDirectories);
}
