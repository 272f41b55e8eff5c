using System.Net;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Cluster.Tests.Processes.Load;

/// <summary>ioredis or node-redis in its cluster mode, in the end-to-end tests' <c>cluster.js</c>.</summary>
internal sealed class NodeClientLoad : IClientLoad
{
    private static readonly string Scenarios = Path.Combine(SourceTree.TestProject, "Clients", "node");

    private readonly string _name;
    private readonly ChildProcess _process;
    private int _marks;

    private NodeClientLoad(string name, ChildProcess process) => (_name, _process) = (name, process);

    /// <summary>The program that runs them; the calling test skips without it or its packages.</summary>
    public static string RequireNode()
    {
        var node = ExternalProgram.Require("node");
        ExternalProgram.SkipUnless(
            Directory.Exists(Path.Combine(Scenarios, "node_modules")), $"npm ci has not been run in {Scenarios}");
        return node;
    }

    /// <param name="name">ioredis or node-redis.</param>
    /// <param name="endPoint">A node; the client finds the others.</param>
    /// <param name="mayLose">Whether a primary fails meanwhile: what no replica had then is lost.</param>
    public static async Task<NodeClientLoad> StartAsync(string name, IPEndPoint endPoint, bool mayLose)
    {
        string[] arguments =
            ["cluster.js", $"{endPoint.Address}", $"{endPoint.Port}", name, mayLose ? "lossy" : "exact"];
        var load = new NodeClientLoad(name, ChildProcess.Start(RequireNode(), arguments, Scenarios));
        try
        {
            await load._process.WaitForLineAsync("ready");
            return load;
        }
        catch
        {
            await load.DisposeAsync();
            throw;
        }
    }

    public async Task UntilAllWorkAsync()
    {
        _process.HangUp();
        await _process.WaitForLineAsync($"mark {++_marks}:");
    }

    public async Task<string> EndAsync()
    {
        _process.Terminate();
        var exitCode = await _process.WaitForExitAsync();
        Assert.True(exitCode == 0, $"{_name}: exit code {exitCode}\n{_process.Output}");
        return $"{_name}: {_process.Output.Split('\n').Last(line => line.Length > 0)}";
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
