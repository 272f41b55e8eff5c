using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.CommandLine;

/// <summary>The real executable, as the build put it beside the tests.</summary>
internal static class ServerProgram
{
    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "redislite-server.dll");

    /// <summary>Starts it and leaves it running; its command line says where its data goes.</summary>
    public static ChildProcess Start(params string[] arguments) => ChildProcess.Start(Host(), [Assembly, .. arguments]);

    /// <summary>Starts it in a folder of its own and leaves it running.</summary>
    /// <param name="folder">Where it runs, and so where its data goes.</param>
    /// <param name="arguments">Its command line.</param>
    public static ChildProcess Start(TemporaryFolder folder, params string[] arguments) =>
        ChildProcess.Start(Host(), [Assembly, .. arguments], folder.Path);

    /// <summary>Runs it to its end.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) =>
        RunWithInputAsync("", arguments);

    public static Task<(int ExitCode, string Output, string Error)> RunWithInputAsync(
        string input, params string[] arguments) => ChildProcess.RunAsync(Host(), [Assembly, .. arguments], input);

    /// <summary>The port in a line such as "Listening on 127.0.0.1:7000".</summary>
    public static async Task<int> WaitForPortAsync(ChildProcess server)
    {
        var line = await server.WaitForLineAsync("Listening on 127.0.0.1:");
        await server.WaitForLineAsync("Ready to accept connections");
        return int.Parse(line[(line.LastIndexOf(':') + 1)..]);
    }

    // The same dotnet that runs the tests.
    private static string Host() => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet"
        ? path
        : "dotnet";
}
