using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.CommandLine;

/// <summary>
/// The real executable: the one that the build put beside the tests, or the one that a variable names.
/// </summary>
internal static class ServerProgram
{
    private const string PublishedVariable = "REDISLITE_TEST_PROGRAM";

    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "redislite-server.dll");

    /// <summary>
    /// The absolute path of a program that is to be tested in place of the build's; null when none is named.
    /// </summary>
    public static string? Published { get; } =
        Environment.GetEnvironmentVariable(PublishedVariable) is { Length: > 0 } path ? path : null;

    /// <summary>Starts it and leaves it running; its command line says where its data goes.</summary>
    public static ChildProcess Start(params string[] arguments) => Start(folder: null, arguments);

    /// <summary>Starts it in a folder of its own and leaves it running.</summary>
    /// <param name="folder">Where it runs, and so where its data goes.</param>
    /// <param name="arguments">Its command line.</param>
    public static ChildProcess Start(TemporaryFolder? folder, params string[] arguments) =>
        ChildProcess.Start(Program(), [.. ProgramArguments(), .. arguments], folder?.Path);

    /// <summary>Runs it to its end.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) =>
        RunWithInputAsync("", arguments);

    public static Task<(int ExitCode, string Output, string Error)> RunWithInputAsync(
        string input, params string[] arguments) =>
            ChildProcess.RunAsync(Program(), [.. ProgramArguments(), .. arguments], input);

    /// <summary>The port in a line such as "Listening on 127.0.0.1:7000".</summary>
    public static async Task<int> WaitForPortAsync(ChildProcess server)
    {
        var line = await server.WaitForLineAsync("Listening on 127.0.0.1:");
        await server.WaitForLineAsync("Ready to accept connections");
        return int.Parse(line[(line.LastIndexOf(':') + 1)..]);
    }

    /// <summary>The words that start it, for a shell.</summary>
    public static IReadOnlyList<string> CommandLine => [Program(), .. ProgramArguments()];

    private static string Program() => Published ?? Host();

    private static string[] ProgramArguments() => Published is null ? [Assembly] : [];

    // The same dotnet that runs the tests.
    private static string Host() => Environment.ProcessPath is { } path
        && Path.GetFileNameWithoutExtension(path) == "dotnet"
        ? path
        : "dotnet";
}
