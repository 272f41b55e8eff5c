namespace RedisLite.EndToEnd.Tests.DocExamples;

/// <summary>The files of the checkout that the tests run from.</summary>
internal static class RepositoryFiles
{
    /// <summary>The folder that holds RedisLite.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>README.md and every page under docs/, relative to <see cref="Root"/>.</summary>
    public static IEnumerable<string> Pages => Directory
        .EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories)
        .Prepend(Path.Combine(Root, "README.md"))
        .Select(page => Path.GetRelativePath(Root, page));

    /// <summary>A file's text with plain line ends.</summary>
    public static string Read(string relativePath) =>
        File.ReadAllText(Path.Combine(Root, relativePath)).ReplaceLineEndings("\n");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "RedisLite.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException(
            "The tests must run from within the checkout: they read its documentation.");
    }
}
