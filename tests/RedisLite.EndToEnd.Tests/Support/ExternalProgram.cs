namespace RedisLite.EndToEnd.Tests.Support;

/// <summary>Finds programs that do not come with the SDK, and decides what their absence means.</summary>
internal static class ExternalProgram
{
    /// <summary>
    /// Whether this run must not skip anything: <c>CI=true</c> in the environment, as .ci/run sets it.
    /// </summary>
    public static bool MustNotSkip { get; } =
        string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>The full path of a program on PATH, or null.</summary>
    public static string? Find(string name)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders
            .Where(folder => folder.Length > 0)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>
    /// The full path of a program; the calling test skips without it, or fails where nothing may be skipped.
    /// </summary>
    public static string Require(string name)
    {
        var path = Find(name);
        SkipUnless(path is not null, $"{name} is not on PATH");
        return path!;
    }

    /// <summary>
    /// Skips the calling test unless <paramref name="condition"/> holds; fails it where nothing may be skipped.
    /// </summary>
    public static void SkipUnless(bool condition, string reason)
    {
        if (MustNotSkip)
            Assert.True(condition, $"{reason}, and CI=true says that nothing may be skipped.");
        Skip.IfNot(condition, reason);
    }
}
