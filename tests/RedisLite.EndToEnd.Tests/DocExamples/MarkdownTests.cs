using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using RedisLite.Configuration;
using RedisLite.Hosting;

namespace RedisLite.EndToEnd.Tests.DocExamples;

/// <summary>What README.md and docs/ show is what compiles, runs and exists.</summary>
public sealed partial class MarkdownTests
{
    public static TheoryData<string> Pages => [.. RepositoryFiles.Pages];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_csharp_example_is_a_region_of_a_test(string page)
    {
        var text = RepositoryFiles.Read(page);
        var examples = Example().Matches(text);
        Assert.True(
            examples.Count == CsharpFence().Count(text),
            $"{page} has a csharp block without <!-- example: name --> on the line before it, so that nothing "
                + "compiles it");
        foreach (Match example in examples)
        {
            var name = example.Groups["name"].Value;
            Assert.True(
                Regions.Value.TryGetValue(name, out var region),
                $"{page} shows '{name}', which no test has as a region");
            Assert.Equal(region, example.Groups["code"].Value);
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_leads_to_a_file(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(RepositoryFiles.Root, page))!;
        foreach (Match link in Link().Matches(Fence().Replace(RepositoryFiles.Read(page), "")))
        {
            var target = link.Groups["target"].Value.Split('#')[0];
            if (target.Length == 0 || target.Contains("://", StringComparison.Ordinal))
                continue;
            var path = Path.Combine(folder, target);
            Assert.True(File.Exists(path) || Directory.Exists(path), $"{page} links to {target}, which is not there");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_file_of_the_source_that_a_page_names_exists(string page)
    {
        foreach (Match name in SourceFile().Matches(RepositoryFiles.Read(page)))
            Assert.True(File.Exists(Path.Combine(RepositoryFiles.Root, name.Value)),
                $"{page} names {name.Value}, which is not there");
    }

    [Fact]
    public void Every_decision_is_in_the_list()
    {
        var list = RepositoryFiles.Read("docs/DESIGN_DECISIONS.md");
        foreach (var page in RepositoryFiles.Pages.Where(page => page.Contains("decisions", StringComparison.Ordinal)))
            Assert.Contains($"(decisions/{Path.GetFileName(page)})", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_readmes_transcript_is_what_the_server_answers()
    {
        var lines = Transcript().Match(RepositoryFiles.Read("README.md")).Groups["lines"].Value.Split('\n');
        await using var server = await RedisLiteServer.StartAsync(RedisLiteSettings.ForTests());
        using var client = new TcpClient();
        await client.ConnectAsync(server.EndPoint);
        var stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.UTF8);
        Assert.StartsWith("$ nc ", lines[0], StringComparison.Ordinal);
        for (var i = 1; i < lines.Length; i += 2)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(lines[i] + "\n"));
            var isLast = i + 1 == lines.Length;
            Assert.Equal(isLast ? null : lines[i + 1], await reader.ReadLineAsync());
        }
    }

    private static Lazy<Dictionary<string, string>> Regions { get; } = new(() =>
    {
        var regions = new Dictionary<string, string>(StringComparer.Ordinal);
        var folder = Path.Combine(RepositoryFiles.Root, "tests", "RedisLite.EndToEnd.Tests", "DocExamples");
        foreach (var file in Directory.EnumerateFiles(folder, "*.cs"))
        {
            foreach (Match region in Region().Matches(File.ReadAllText(file).ReplaceLineEndings("\n")))
                regions.Add(region.Groups["name"].Value, Unindent(region.Groups["code"].Value));
        }

        return regions;
    });

    private static string Unindent(string code)
    {
        var lines = code.Split('\n');
        var indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart(' ').Length);
        return string.Join('\n', lines.Select(line => line.Length == 0 ? line : line[indent..]));
    }

    [GeneratedRegex(@"^ *#region (?<name>[a-z-]+)\n(?<code>.*?)\n *#endregion",
        RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Region();

    [GeneratedRegex(@"^<!-- example: (?<name>[a-z-]+) -->\n```csharp\n(?<code>.*?)\n```$",
        RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex("^ *```csharp", RegexOptions.Multiline)]
    private static partial Regex CsharpFence();

    [GeneratedRegex("^```.*?^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\b(src|tests|hocon)/[A-Za-z0-9_./-]*\.(cs|csproj|conf|txt)\b")]
    private static partial Regex SourceFile();

    [GeneratedRegex(@"^```text\n(?<lines>\$ nc .*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Transcript();
}
