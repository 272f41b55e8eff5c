using System.Collections.Frozen;
using System.Net;
using Microsoft.AspNetCore.Http;
using RedisLite.Commands;
using RedisLite.Configuration;

namespace RedisLite.Web.Console;

/// <summary>Who may use the console, and for which commands.</summary>
/// <remarks>
/// A page of another site must not act with what a browser may reach. It cannot set the session's header without a
/// preflight, which nobody answers; its requests name their origin; and a name that was made to mean this machine
/// (DNS rebinding) is none of those that the port answers to.
/// </remarks>
/// <param name="settings">What the operator allows.</param>
/// <param name="commands">A command is judged by what the server calls so, not by its name.</param>
internal sealed class ConsoleRules(HttpSettings settings, CommandTable commands)
{
    // What tells of the server and changes nothing, without being a read of keys.
    private static readonly FrozenSet<string> Telling = new[]
    {
        "ping", "echo", "time", "dbsize", "info", "select", "role", "lastsave",
        "command", "command|count", "command|docs", "command|info", "command|list", "command|getkeys",
        "memory|usage", "memory|stats", "memory|doctor",
        "slowlog|get", "slowlog|len", "latency|latest", "latency|history", "latency|histogram", "latency|doctor",
        "latency|graph", "config|get", "client|list", "client|info", "client|id", "client|getname",
        "client|trackinginfo",
        "pubsub|channels", "pubsub|numpat", "pubsub|numsub", "pubsub|shardchannels", "pubsub|shardnumsub", "acl|whoami",
        "cluster|info", "cluster|nodes", "cluster|shards", "cluster|slots", "cluster|links", "cluster|myid",
        "cluster|myshardid", "cluster|keyslot", "cluster|countkeysinslot", "cluster|getkeysinslot", "cluster|replicas",
        "cluster|slaves", "cluster|count-failure-reports", "cluster|getslotmigrations",
        "hotkeys|start", "hotkeys|stop", "hotkeys|get", "hotkeys|reset", "object|encoding", "object|freq",
        "object|idletime", "object|refcount", "function|list", "function|stats", "script|exists", "lolwut",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // What declares that it reads, and does more. A script that only reads may still run for ever.
    private const CommandFlags NoMereRead =
        CommandFlags.Admin | CommandFlags.Blocking | CommandFlags.MayReplicate | CommandFlags.CallsCommands;

    // They would leave the connection in a state that the console does not know.
    private static readonly FrozenSet<string> Never = new[]
    {
        "subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ssubscribe", "sunsubscribe", "monitor",
        "sync", "psync", "replconf", "hello", "auth", "quit", "exit", "reset", "client|reply", "client|tracking",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private const string ReadOnlyConsole = "the console is read-only (redislite.http.console)";

    /// <summary>The commands that are judged.</summary>
    public CommandTable Commands => commands;

    /// <summary>The words by which a request names a command now; null when none does.</summary>
    public IReadOnlyList<string>? WordsFor(Command command)
    {
        if (commands.NameOf(command.Parent ?? command) is not { } name)
            return null;
        return command.Parent is null ? [name] : [name, command.Name[(command.Name.IndexOf('|') + 1)..]];
    }

    public bool IsReadOnly => settings.Console != ConsoleAccess.ReadWrite;

    /// <summary>
    /// Whether a request asks this machine by a name that is its own, or by none. Else it may be for another site.
    /// </summary>
    public bool IsHostAllowed(HttpRequest request)
    {
        var host = request.Host.Host.Trim('[', ']');
        return host.Length == 0 // Browsers always say one; probes that speak HTTP/1.0 do not.
            || IPAddress.TryParse(host, out _)
            || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || settings.AllowedHosts.Contains(host, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Whether no page of another site has sent the request.</summary>
    public static bool IsSameOrigin(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        return (origin.Length == 0 || origin == $"{request.Scheme}://{request.Host}")
            && site is "" or "same-origin";
    }

    /// <summary>Why a command may not be run; null when it may.</summary>
    public string? Refusal(IReadOnlyList<byte[]> request)
    {
        var command = commands.Find(request[0]);
        if (command?.Subcommands is not null && request.Count > 1)
            command = CommandTable.FindSubcommand(command, request[1]) ?? command;
        if (command is null)
            return IsReadOnly ? $"ERR there is no such command, and {ReadOnlyConsole}" : null;
        if (Never.Contains(command.Name))
            return $"ERR {command.Name} is not for the console";
        if (!IsReadOnly || Telling.Contains(command.Name) || IsHelp(command))
            return null;
        return command.IsRead && !command.Has(NoMereRead) ? null : $"ERR {ReadOnlyConsole}";
    }

    private static bool IsHelp(Command command) =>
        command.Parent is not null && command.Name.EndsWith("|help", StringComparison.OrdinalIgnoreCase);
}
