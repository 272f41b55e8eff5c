using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using RedisLite.EndToEnd.Tests.CommandLine;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Cluster.Tests.Processes.Harness;

/// <summary>A node as a process of its own, that is killed, frozen, and started again at the same address.</summary>
/// <remarks>One caller at a time starts and ends it; any number may ask it.</remarks>
/// <param name="kind">Which program.</param>
/// <param name="name">What messages call it.</param>
/// <param name="settings">What it is started with.</param>
/// <param name="host">The host that it runs on; null for this one's loopback.</param>
internal sealed class NodeProcess(NodeKind kind, string name, NodeSettings settings, VirtualHost? host)
    : IAsyncDisposable
{
    private const string ConfigFile = "node.conf";
    private const int HostPort = 7_000;
    private const int StartAttempts = 10;

    private readonly TemporaryFolder _folder = new();
    private readonly StringBuilder _formerOutput = new();
    private readonly SemaphoreSlim _asking = new(1);
    private ChildProcess? _process;
    private RespClient? _client;
    private string? _id;

    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>As redis-cli wants it.</summary>
    public string Address => $"{EndPoint.Address}:{EndPoint.Port}";

    public string Folder => _folder.Path;

    public VirtualHost? Host => host;

    public int ProcessId => _process!.Id;

    public bool IsRunning => _process is { HasExited: false };

    public bool IsFrozen { get; private set; }

    /// <summary>Whether it can be asked.</summary>
    public bool Answers => IsRunning && !IsFrozen;

    /// <summary>Everything that it has said in all its lives.</summary>
    public string Output => $"{_formerOutput}{_process?.Output}";

    public override string ToString() => name;

    /// <summary>Starts it, for the first time or again, and returns when it serves.</summary>
    public async Task StartAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            if (_id is null)
                EndPoint = host is null
                    ? new IPEndPoint(IPAddress.Loopback, NodePorts.Next()) : new IPEndPoint(host.Address, HostPort);
            // CONFIG REWRITE, by which redis-cli sets timeouts, needs one; the command line says everything.
            await File.AppendAllTextAsync(Path.Combine(_folder.Path, ConfigFile), "");
            _process = ChildProcess.Start(Words()[0], Words()[1..], _folder.Path);
            try
            {
                await _process.WaitForLineAsync("Ready to accept connections");
                _id = await CallAsync("CLUSTER", "MYID");
                return;
            }
            catch (InvalidOperationException) when (attempt < StartAttempts && IsPortTaken(_process.Output))
            {
                await EndAsync();
            }
        }
    }

    /// <summary>Its name in the cluster.</summary>
    public string Id => _id ?? throw new InvalidOperationException($"{name} has not been started.");

    /// <summary>Notes that it has been given another name: CLUSTER RESET HARD does that.</summary>
    public async Task RereadIdAsync() => _id = await CallAsync("CLUSTER", "MYID");

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => EndAsync();

    /// <summary>SIGTERM.</summary>
    public async Task TerminateAsync()
    {
        _process!.Terminate();
        await _process.WaitForExitAsync();
        await EndAsync();
    }

    /// <summary>SIGSTOP: it does nothing, and its connections stay.</summary>
    public void Freeze()
    {
        IsFrozen = true;
        _process!.Freeze();
    }

    /// <summary>SIGCONT.</summary>
    public void Resume()
    {
        _process!.Resume();
        IsFrozen = false;
    }

    public Task<RespClient> ConnectAsync() => RespClient.ConnectAsync(EndPoint);

    /// <summary>The reply as text, an error's too; null for null.</summary>
    public async Task<string?> CallAsync(params string[] arguments)
    {
        var reply = await AskAsync(arguments);
        return reply.IsNull ? null : reply.Text;
    }

    /// <summary>By a connection of its own that is made anew when the server has closed it.</summary>
    public async Task<RespValue> AskAsync(params string[] arguments)
    {
        await _asking.WaitAsync();
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    _client ??= await ConnectAsync();
                    return await _client.CallAsync(arguments);
                }
                catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
                {
                    await DropClientAsync();
                    if (attempt == 3)
                        throw;
                }
            }
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>What it believes of the cluster.</summary>
    public async Task<IReadOnlyList<NodeLine>> ViewAsync() =>
        NodeLine.ParseAll((await CallAsync("CLUSTER", "NODES"))!);

    public async Task<Dictionary<string, string>> ClusterInfoAsync() => Fields(await AskAsync("CLUSTER", "INFO"));

    public async Task<Dictionary<string, string>> InfoAsync(string section) => Fields(await AskAsync("INFO", section));

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _folder.Dispose();
        _asking.Dispose();
    }

    private static Dictionary<string, string> Fields(RespValue reply) =>
        Encoding.Latin1.GetString(reply.Bytes).Split("\r\n")
            .Where(line => line.Contains(':', StringComparison.Ordinal))
            .ToDictionary(line => line[..line.IndexOf(':')], line => line[(line.IndexOf(':') + 1)..]);

    /// <summary>The program and its command line.</summary>
    private string[] Words()
    {
        IEnumerable<string> program = kind == NodeKind.Ours
            ? ServerProgram.CommandLine : [ExternalProgram.Require("redis-server")];
        string[] directives =
        [
            "--port", Text(EndPoint.Port), "--bind", $"{EndPoint.Address}", "--protected-mode", "no",
            "--dir", _folder.Path, "--save", "", "--appendonly", settings.AppendOnly ? "yes" : "no",
            "--appendfsync", "always", "--repl-diskless-sync-delay", "0", "--enable-debug-command", "yes",
            "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf",
            "--cluster-port", Text(NodePorts.BusOf(EndPoint.Port)), "--cluster-announce-ip", $"{EndPoint.Address}",
            "--cluster-node-timeout", Text(settings.NodeTimeoutMs), .. settings.More,
        ];
        return [.. host?.Enter ?? [], .. program, ConfigFile, .. directives];
    }

    // The one for clients, or that of the bus: somebody else may have got it since it was found free.
    private static bool IsPortTaken(string output) => output.Contains("already in use", StringComparison.Ordinal)
        || output.Contains("Failed listening on port", StringComparison.Ordinal);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task EndAsync()
    {
        IsFrozen = false;
        if (_process is null)
            return;
        await _process.DisposeAsync();
        await _asking.WaitAsync();
        await DropClientAsync();
        _asking.Release();
        _formerOutput.AppendLine(_process.Output).AppendLine("--- ended");
        _process = null;
    }

    private async Task DropClientAsync()
    {
        if (_client is not null)
            await _client.DisposeAsync();
        _client = null;
    }
}
