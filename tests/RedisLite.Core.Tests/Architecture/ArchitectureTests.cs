using System.Text.RegularExpressions;
using System.Xml.Linq;
using RedisLite.Core.Tests.Commands;
using Xunit.Abstractions;

namespace RedisLite.Core.Tests.Architecture;

/// <summary>The rules of the house that a compiler does not check.</summary>
public sealed class ArchitectureTests(ITestOutputHelper output)
{
    private const int LinesToAimFor = 400;
    private const int MostLines = 600;
    private const int Columns = 120;

    // What each project may refer to, itself aside; lower ones first.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["RedisLite.Protocol"] = [],
        ["RedisLite.Storage"] = [],
        ["RedisLite.Lua"] = [],
        ["RedisLite.Commands"] = ["RedisLite.Lua", "RedisLite.Protocol", "RedisLite.Storage"],
        ["RedisLite.Persistence"] = ["RedisLite.Protocol", "RedisLite.Storage"],
        ["RedisLite"] = ["RedisLite.Protocol", "RedisLite.Storage", "RedisLite.Commands", "RedisLite.Persistence"],
        ["RedisLite.Web"] = ["RedisLite"],
        ["RedisLite.Cluster"] =
            ["RedisLite.Protocol", "RedisLite.Storage", "RedisLite.Commands", "RedisLite.Persistence", "RedisLite"],
        ["RedisLite.Server"] = ["RedisLite", "RedisLite.Cluster", "RedisLite.Web"],
        ["RedisLite.Benchmark"] = [],
    };

    // Groups of namespaces that still need each other, and what it takes to part them:
    // docs/decisions/2026-11-28-namespaces.md. The list gets shorter, never longer.
    private static readonly string[] StillInCircles =
    [
        "RedisLite.Lua, RedisLite.Lua.Compiler, RedisLite.Lua.Machine",
        "RedisLite.Commands, RedisLite.Commands.Execution, RedisLite.Commands.Execution.Waiting, "
        + "RedisLite.Commands.Keys, "
            + "RedisLite.Commands.PubSub, RedisLite.Commands.Replication, RedisLite.Commands.Scripting, "
            + "RedisLite.Commands.Server, "
            + "RedisLite.Commands.Server.Diagnostics, RedisLite.Commands.Server.Info, RedisLite.Commands.Tracking, "
            + "RedisLite.Commands.Transactions",
    ];

    public static TheoryData<string> Assemblies =>
    [
        .. new[] { "RedisLite.Protocol", "RedisLite.Storage", "RedisLite.Lua", "RedisLite.Commands",
            "RedisLite.Persistence" },
        "redislite-benchmark",
    ];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void No_two_namespaces_of_a_project_need_each_other(string assembly)
    {
        var uses = TypeUses.Of(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));
        Assert.NotEmpty(uses);
        foreach (var group in NamespaceCycles.In(uses).Except(StillInCircles))
            Assert.Fail($"{group} need each other:\n{string.Join('\n', NamespaceCycles.Explain(group, uses))}");
    }

    [Fact]
    public void Circles_of_namespaces_are_found()
    {
        (string From, string To)[] needs =
            [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("f", "g"), ("g", "f"), (
                "g", "a"), ("e", "e")];
        (TypeName, TypeName)[] uses =
            [.. needs.Select(need => (new TypeName(need.From, "User"), new TypeName(need.To, "Used")))];

        Assert.Equal(["a, b, c", "f, g"], NamespaceCycles.In(uses));
        Assert.Equal(["f -> g: User -> Used", "g -> f: User -> Used"], NamespaceCycles.Explain("f, g", uses));
    }

    [Fact]
    public void Uses_are_found_in_signatures_bodies_attributes_and_constants()
    {
        var uses = TypeUses.Of(typeof(Needs.Everything).Assembly.Location)
            .Where(use => use.User == new TypeName(typeof(Needs.Everything).Namespace!, nameof(Needs.Everything)))
            .Select(use => use.Used.Name)
            .Where(name => name.StartsWith("Needed", StringComparison.Ordinal));

        Assert.Equal(
            ["NeededAttribute", "NeededBase", "NeededConstraint`1", "NeededElement", "NeededEnum", "NeededInBody",
                "NeededInTry"],
            uses.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void References_point_down_only()
    {
        foreach (var project in Projects())
        {
            var name = Path.GetFileNameWithoutExtension(project);
            Assert.True(
                Allowed.TryGetValue(name, out var allowed), $"{name} is new: say in this test what it may refer to");
            var references = XDocument.Load(project).Descendants("ProjectReference")
                .Select(item => Path.GetFileNameWithoutExtension(item.Attribute("Include")!.Value.Replace('\\', '/')));
            Assert.Empty(references.Except(allowed));
        }
    }

    [Fact]
    public void Only_the_server_library_refers_to_Akka_and_only_the_cluster_to_Akka_Cluster()
    {
        static IEnumerable<string?> Users(string package) => Projects()
            .Where(project => XDocument.Load(project).Descendants("PackageReference")
                .Any(item => item.Attribute("Include")!.Value.StartsWith(package, StringComparison.Ordinal)))
            .Select(Path.GetFileNameWithoutExtension).Order();
        Assert.Equal(["RedisLite", "RedisLite.Cluster"], Users("Akka"));
        Assert.Equal(["RedisLite.Cluster"], Users("Akka.Cluster"));
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

    [Fact]
    public void No_line_is_too_long_to_read()
    {
        foreach (var path in Checkout.SourcesUnder("src").Concat(Checkout.SourcesUnder("tests")))
            Assert.DoesNotContain(
                File.ReadLines(path).Select((line, index) => (Place: $"{path}:{index + 1}", line.Length)),
                line => line.Length > Columns);
    }

    [Fact]
    public void The_recipe_for_a_value_type_names_every_file_that_tells_types_apart()
    {
        var recipe = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "CONTRIBUTING.md"));
        string[] types = ["String", "List", "Set", "SortedSet", "Hash", "Stream"];
        var places = Checkout.SourcesUnder("src")
            .Where(path => File.ReadAllText(path) is var text
                && types.Count(type => Regex.IsMatch(text, $@"\bEntryType\.{type}\b")) >= 4)
            .Select(path => Path.GetRelativePath(Checkout.Root, path).Replace('\\', '/'))
            .ToList();

        Assert.NotEmpty(places);
        Assert.DoesNotContain(places, path => !recipe.Contains($"`{path}`", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Projects() =>
        Directory.EnumerateFiles(Path.Combine(Checkout.Root, "src"), "*.csproj", SearchOption.AllDirectories);
}
