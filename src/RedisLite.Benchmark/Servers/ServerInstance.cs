using System.Globalization;
using System.Net;
using System.Net.Sockets;
using RedisLite.Benchmark.Load;

namespace RedisLite.Benchmark.Servers;

/// <summary>A server that answers; disposing it ends the process, if it was started here.</summary>
internal sealed class ServerInstance : IAsyncDisposable
{
    private readonly int? _pid;
    private ServerProcess? _process;

    private ServerInstance(ServerSpec spec, IPEndPoint endPoint, ServerProcess? process, int? pid, string version)
    {
        Spec = spec;
        EndPoint = endPoint;
        _process = process;
        _pid = pid;
        Version = version;
    }

    public ServerSpec Spec { get; }

    public string Name => Spec.Name;

    public IPEndPoint EndPoint { get; }

    /// <summary>What INFO says it is, for example <c>redis 7.0.15</c>.</summary>
    public string Version { get; }

    /// <summary>From starting the process to its first answer; null when it ran already.</summary>
    public TimeSpan? StartToReady => _process?.StartToReady;

    /// <summary>Connects to a server, or starts it and waits until it answers.</summary>
    /// <exception cref="LoadException">It does not answer.</exception>
    public static async Task<ServerInstance> OpenAsync(ServerSpec spec, CancellationToken cancellationToken)
    {
        ServerProcess? process = null;
        try
        {
            if (spec.StartCommand is { } command)
                process = await ServerProcess.StartAsync(spec.Name, command, cancellationToken);
            var endPoint = process?.EndPoint ?? spec.EndPoint!;
            var info = await ReadInfoAsync(spec.Name, endPoint, cancellationToken);
            var pid = spec.Pid ?? process?.Pid ?? LocalPid(endPoint, info);
            return new ServerInstance(spec, endPoint, process, pid, DescribeVersion(info));
        }
        catch
        {
            if (process is not null)
                await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Processor time and memory now; null when the process is not known or not on this machine.</summary>
    public ProcessSample? Sample() => _pid is { } pid ? ProcessSample.Read(pid) : null;

    /// <summary>
    /// Memory for data now, of the server and the processes that it has forked, a page that several of them share
    /// counted once; null when the process is not known or not on this machine.
    /// </summary>
    public long? SampleDataMemory() => _pid is { } pid ? ProcessMemory.OfTree(pid) : null;

    /// <summary>Ends a server that was started here, and starts it again with the files that it left.</summary>
    /// <returns>The server that goes on; this object is done with.</returns>
    /// <exception cref="InvalidOperationException">It was not started here.</exception>
    /// <exception cref="LoadException">It does not come back.</exception>
    public async Task<ServerInstance> RestartAsync(CancellationToken cancellationToken)
    {
        var process = _process ?? throw new InvalidOperationException($"{Name} was not started here.");
        _process = null;
        var next = await process.RestartAsync(cancellationToken);
        return new ServerInstance(Spec, next.EndPoint, next, next.Pid, Version);
    }

    /// <summary>Sends one command on a connection of its own; see <see cref="ControlClient.SendAsync"/>.</summary>
    public async Task<string> SendAsync(CancellationToken cancellationToken, params string[] command)
    {
        try
        {
            await using var client = await ControlClient.ConnectAsync(EndPoint, cancellationToken);
            return await client.SendAsync(cancellationToken, command);
        }
        catch (SocketException e)
        {
            throw new LoadException($"Could not connect to {Name} at {EndPoint}: {e.Message}", e);
        }
    }

    /// <summary>Finds out in which form the server answers inline requests.</summary>
    public async Task<WireProtocol> DetectInlineProtocolAsync(CancellationToken cancellationToken)
    {
        await using var client = await ControlClient.ConnectAsync(EndPoint, cancellationToken);
        var reply = await client.SendInlinePingAsync(cancellationToken);
        return reply switch
        {
            "PONG" => WireProtocol.Plain,
            "+PONG" => WireProtocol.InlineResp,
            _ => throw new LoadException($"{Name} answered an inline PING with: {reply}"),
        };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
    }

    /// <summary>The fields of an INFO reply by name.</summary>
    internal static Dictionary<string, string> ParseInfo(string text)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            var colon = line.IndexOf(':');
            if (colon > 0 && line[0] != '#')
                fields[line[..colon]] = line[(colon + 1)..].Trim();
        }

        return fields;
    }

    private static async Task<Dictionary<string, string>> ReadInfoAsync(
        string name, IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        try
        {
            await using var client = await ControlClient.ConnectAsync(endPoint, cancellationToken);
            return ParseInfo(await client.SendAsync(cancellationToken, "INFO", "server"));
        }
        catch (SocketException e)
        {
            throw new LoadException($"Could not connect to {name} at {endPoint}: {e.Message}", e);
        }
        catch (LoadException)
        {
            return []; // it answers, but not INFO: it can be measured all the same
        }
    }

    private static int? LocalPid(IPEndPoint endPoint, Dictionary<string, string> info) =>
        IPAddress.IsLoopback(endPoint.Address)
        && int.TryParse(info.GetValueOrDefault("process_id"), CultureInfo.InvariantCulture, out var pid)
        && ProcessSample.Read(pid) is not null
            ? pid
            : null;

    private static string DescribeVersion(Dictionary<string, string> info)
    {
        // Compatible servers also give the Redis version they are compatible with; their own says more.
        var field = info.Keys
            .Where(key => key.EndsWith("_version", StringComparison.Ordinal) && key.Count(c => c == '_') == 1)
            .OrderBy(key => key is "gcc_version" ? 2 : key is "redis_version" ? 1 : 0)
            .FirstOrDefault();
        return field is null or "gcc_version" ? "unknown" : $"{field[..field.IndexOf('_')]} {info[field]}";
    }
}
