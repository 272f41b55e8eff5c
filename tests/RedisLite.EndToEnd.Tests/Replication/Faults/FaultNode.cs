using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using RedisLite.EndToEnd.Tests.CommandLine;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Replication.Faults;

/// <summary>What a server of a schedule keeps of its data when it is killed.</summary>
internal enum Files
{
    None,
    Snapshots,
    AppendOnly,
}

/// <summary>A server process of a schedule, behind a link that can be faulty; it is killed and started again.</summary>
/// <remarks>Others know it by its link's address, which it also announces. One caller at a time.</remarks>
internal sealed class FaultNode(string name, bool isOurs, Files files) : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringBuilder _formerOutput = new();
    private ChildProcess? _process;
    private RespClient? _client;

    public string Name => name;

    public Files Files => files;

    public FaultyLink Link { get; } = new(null);

    /// <summary>The server itself; null while it is down.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    /// <summary>Whom it was last told to follow.</summary>
    public FaultNode? Primary { get; private set; }

    /// <summary>Everything that it has said in all its lives.</summary>
    public string Output => $"=== {this}\n{_formerOutput}{_process?.Output}";

    public override string ToString() => $"{name} ({(isOurs ? "RedisLite" : "redis-server")}, {files})";

    public async Task StartAsync(FaultNode? primary)
    {
        Primary = primary;
        var following = primary is null ? Array.Empty<string>() : [
            "--replicaof", $"127.0.0.1 {primary.Link.EndPoint.Port}"];
        while (EndPoint is null)
        {
            // The port of a redis-server may be taken meanwhile; RedisLite finds its own.
            var port = isOurs ? "random" : FreePort.Next().ToString(CultureInfo.InvariantCulture);
            string[] arguments = ["--port", port, .. CommonArguments(), .. following];
            _process = isOurs
                ? ServerProgram.Start(_folder, arguments)
                : ChildProcess.Start(ExternalProgram.Require("redis-server"), arguments, _folder.Path);
            try
            {
                if (isOurs)
                    port = (await ServerProgram.WaitForPortAsync(_process)).ToString(CultureInfo.InvariantCulture);
                else
                    await _process.WaitForLineAsync("Ready to accept connections");
                EndPoint = new IPEndPoint(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture));
            }
            catch (InvalidOperationException) when (
                !isOurs && _process.Output.Contains("already in use", StringComparison.Ordinal))
            {
                await EndAsync();
            }
        }

        Link.Target = EndPoint;
    }

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => EndAsync();

    /// <summary>SIGTERM: it may save.</summary>
    public async Task TerminateAsync()
    {
        _process!.Terminate();
        await _process.WaitForExitAsync();
        await EndAsync();
    }

    public async Task FollowAsync(FaultNode? primary)
    {
        Primary = primary;
        var reply = primary is null
            ? await CallAsync("REPLICAOF", "NO", "ONE")
            : await CallAsync("REPLICAOF", "127.0.0.1", $"{primary.Link.EndPoint.Port}");
        Assert.StartsWith("OK", reply, StringComparison.Ordinal);
    }

    /// <summary>FAILOVER has swapped the roles.</summary>
    public void NoteRole(FaultNode? primary) => Primary = primary;

    public async Task<string?> CallAsync(params string[] arguments)
    {
        var reply = await AskAsync(arguments);
        return reply.IsNull ? null : reply.Text;
    }

    /// <summary>
    /// By a connection that lasts as long as the server lets it: it closes some when its role changes.
    /// </summary>
    public async Task<RespValue> AskAsync(params string[] arguments)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                _client ??= await RespClient.ConnectAsync(EndPoint!);
                return await _client.CallAsync(arguments);
            }
            catch (Exception e) when (attempt < 3 && e is IOException or SocketException or ObjectDisposedException)
            {
                await DropClientAsync();
            }
        }
    }

    public async Task<Dictionary<string, string>> InfoAsync(string section) =>
        Encoding.Latin1.GetString((await AskAsync("INFO", section)).Bytes).Split("\r\n")
            .Where(line => line.Contains(':', StringComparison.Ordinal))
            .ToDictionary(line => line[..line.IndexOf(':')], line => line[(line.IndexOf(':') + 1)..]);

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        await Link.DisposeAsync();
        _folder.Dispose();
    }

    private string[] CommonArguments()
    {
        var endPoint = Link.EndPoint;
        string[] common =
        [
            "--bind", "127.0.0.1", "--dir", _folder.Path, "--enable-debug-command", "yes", "--replica-announce-ip",
            "127.0.0.1",
            "--replica-announce-port", $"{endPoint.Port}", "--repl-diskless-sync-delay", "0",
            "--repl-backlog-size", "64mb",
            "--repl-ping-replica-period", "1", "--repl-timeout", "6", "--save", files == Files.Snapshots ? "1 1" : "",
            "--appendonly", files == Files.AppendOnly ? "yes" : "no",
        ];
        return common;
    }

    private async Task EndAsync()
    {
        Link.Target = null;
        EndPoint = null;
        await DropClientAsync();
        if (_process is null)
            return;
        await _process.DisposeAsync();
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
