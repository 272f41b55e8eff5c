using System.Runtime.CompilerServices;

namespace RedisLite.EndToEnd.Tests.Support;

/// <summary>Where the sources are that this assembly was built from.</summary>
internal static class SourceTree
{
    /// <summary>The folder of this test project.</summary>
    public static string TestProject { get; } = Path.GetDirectoryName(Path.GetDirectoryName(ThisFile()))!;

    /// <summary>The root of the repository.</summary>
    public static string Root { get; } = Path.GetDirectoryName(Path.GetDirectoryName(TestProject))!;

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
