using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.CommandLine;

/// <summary>The options that name the servers to measure; the same for a single run and for the suite.</summary>
internal sealed class ServerOptions
{
    private const string RedisName = "redis";
    private const string DefaultHost = "127.0.0.1";
    private const long DefaultPort = 6379;
    private static readonly string[] RedisCommand =
        ["redis-server", "--port", "{port}", "--bind", "127.0.0.1", "--dir", "{dir}", "--save", "",
            "--appendonly", "no"];

    private readonly Option<string> _host = new("--host", "-h")
    {
        Description = "Address of the server, when none is named otherwise.",
        HelpName = "address",
        DefaultValueFactory = _ => DefaultHost,
    };

    private readonly Option<long> _port = OptionFactory.Count(
        "--port", "-p", "Its port.", DefaultPort, 1, 65535);

    private readonly Option<string[]> _against = new("--against")
    {
        Description = "A running server to measure, any number of times: name=host:port. Servers are taken in turn.",
        HelpName = "name=host:port",
    };

    private readonly Option<string[]> _start = new("--start")
    {
        Description =
            "A server to start, measure and end, any number of times: name=\"command line\", where {port} stands "
            + "for a free port and {dir} for an empty directory. Started without a shell.",
        HelpName = "name=command",
    };

    private readonly Option<bool> _startRedis = new("--start-redis")
    {
        Description = "Starts the installed redis-server, without persistence, as 'redis'.",
    };

    private readonly Option<string[]> _pid = new("--pid")
    {
        Description = "The process of a running server whose INFO does not tell it: name=pid.",
        HelpName = "name=pid",
    };

    private readonly Option<string?> _baseline = new("--baseline")
    {
        Description = "The server that the others are compared with [default: redis, or else the first].",
        HelpName = "name",
    };

    private readonly Option<bool> _allowRemote = new("--allow-remote")
    {
        Description = "Allows addresses that are not of this machine. Load only servers that are yours.",
    };

    /// <summary>Adds the options to a command, and the check that they make sense together.</summary>
    public void AddTo(Command command)
    {
        foreach (
            var option in new Option[] { _host, _port, _against, _start, _startRedis, _pid, _baseline, _allowRemote })
            command.Options.Add(option);
        command.Validators.Add(result =>
        {
            if (!result.Errors.Any())
                Resolve(result, result.AddError);
        });
    }

    /// <summary>The servers named by a command line that was parsed without errors.</summary>
    public ServerSelection Read(ParseResult result) => Resolve(result.CommandResult, static _ => { });

    private ServerSelection Resolve(CommandResult result, Action<string> refuse)
    {
        var pids = ReadPids(result, refuse);
        var servers = new List<ServerSpec>();
        foreach (var text in result.GetValue(_against) ?? [])
            AddRunning(servers, text, result, refuse);
        if (result.GetValue(_startRedis))
            servers.Add(new ServerSpec { Name = RedisName, StartCommand = RedisCommand });
        foreach (var text in result.GetValue(_start) ?? [])
            AddStarted(servers, text, refuse);
        if (servers.Count == 0)
        {
            // Defaults are not applied yet while a command line is validated.
            var host = result.GetValue(_host) ?? DefaultHost;
            var port = result.GetValue(_port) is not 0 and var given ? given : DefaultPort;
            AddRunning(servers, $"server={host}:{port}", result, refuse);
        }

        foreach (var name in servers.GroupBy(server => server.Name).Where(group => group.Count() > 1).Select(
            group => group.Key))
            refuse($"Two servers are called '{name}'.");
        foreach (var name in pids.Keys.Except(servers.Select(server => server.Name)))
            refuse($"--pid: no server is called '{name}'.");
        var selected = servers.Select(
            server => server with { Pid = pids.TryGetValue(server.Name, out var pid) ? pid : null });
        return new ServerSelection([.. selected], ChooseBaseline(result, servers, refuse));
    }

    private string ChooseBaseline(CommandResult result, List<ServerSpec> servers, Action<string> refuse)
    {
        var wanted = result.GetValue(_baseline);
        if (wanted is not null && servers.All(server => server.Name != wanted))
            refuse($"--baseline: no server is called '{wanted}'.");
        var redis = servers.FirstOrDefault(server => server.Name == RedisName);
        return wanted ?? redis?.Name ?? servers.FirstOrDefault()?.Name ?? "";
    }

    private void AddRunning(List<ServerSpec> servers, string text, CommandResult result, Action<string> refuse)
    {
        var (name, address) = SplitName(text);
        if (name is null || !TryParseEndPoint(address, out var endPoint))
        {
            refuse($"--against: '{text}' is not name=host:port, with an IP address or localhost as host.");
            return;
        }

        if (!IPAddress.IsLoopback(endPoint.Address) && !result.GetValue(_allowRemote))
            refuse($"{endPoint.Address} is not this machine; --allow-remote permits it.");
        servers.Add(new ServerSpec { Name = name, EndPoint = endPoint });
    }

    private static void AddStarted(List<ServerSpec> servers, string text, Action<string> refuse)
    {
        var (name, commandLine) = SplitName(text);
        var command = Units.SplitCommandLine(commandLine);
        if (name is null || command is not { Count: > 0 })
            refuse($"--start: '{text}' is not name=command.");
        else if (!command.Any(word => word.Contains(ServerSpec.PortPlaceholder, StringComparison.Ordinal)))
            refuse($"--start: the command of '{name}' does not say where {{port}} goes.");
        else
            servers.Add(new ServerSpec { Name = name, StartCommand = command });
    }

    private Dictionary<string, int> ReadPids(CommandResult result, Action<string> refuse)
    {
        var pids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var text in result.GetValue(_pid) ?? [])
        {
            var (name, number) = SplitName(text);
            if (name is not null && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
                pids[name] = pid;
            else
                refuse($"--pid: '{text}' is not name=pid.");
        }

        return pids;
    }

    private static (string? Name, string Text) SplitName(string text)
    {
        var equals = text.IndexOf('=');
        return equals > 0 ? (text[..equals], text[(equals + 1)..]) : (null, text);
    }

    private static bool TryParseEndPoint(string text, out IPEndPoint endPoint)
    {
        text = text.Replace("localhost", "127.0.0.1", StringComparison.OrdinalIgnoreCase);
        return IPEndPoint.TryParse(text, out endPoint!) && endPoint.Port != 0;
    }
}

/// <summary>The servers to measure, in the order of their turns.</summary>
/// <param name="Servers">At least one; names differ.</param>
/// <param name="Baseline">The name of one of them.</param>
internal sealed record ServerSelection(IReadOnlyList<ServerSpec> Servers, string Baseline);
