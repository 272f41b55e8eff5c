namespace RedisLite.Core.Tests.Commands;

/// <summary>The checkout that the tests run from.</summary>
internal static class Checkout
{
    /// <summary>The folder that holds RedisLite.sln.</summary>
    public static string Root { get; } = Find();

    /// <summary>The C# files under a folder of the root, without what a build has made.</summary>
    public static IEnumerable<string> SourcesUnder(string folder) => Directory
        .EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
        .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"));

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "RedisLite.sln")))
                return folder.FullName;
        throw new DirectoryNotFoundException("The tests must run from within the checkout: they read its files.");
    }
}
