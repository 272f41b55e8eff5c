using System.Collections.Frozen;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using RedisLite.Commands;
using RedisLite.Configuration;

namespace RedisLite.Web.Console;

/// <summary>Who may use the console, and for which commands.</summary>
/// <remarks>
/// A page of another site must not act with what a browser may reach. It cannot set the session's header without a
/// preflight, which nobody answers; its requests name their origin; and a name that was made to mean this machine
/// (DNS rebinding) is none of those that the console answers to.
/// </remarks>
internal sealed class ConsoleRules(HttpSettings settings)
{
    // What tells of the server and changes nothing, without being a read of keys.
    private static readonly FrozenSet<string> Telling = new[]
    {
        "ping", "echo", "time", "dbsize", "info", "select", "role", "lastsave", "command", "command|count",
            "command|docs",
        "command|info", "command|list", "command|getkeys", "memory|usage", "memory|stats", "memory|doctor",
        "slowlog|get", "slowlog|len", "latency|latest", "latency|history", "latency|histogram", "latency|doctor",
        "latency|graph", "config|get", "client|list", "client|info", "client|id", "client|getname",
            "client|trackinginfo",
        "pubsub|channels", "pubsub|numpat", "pubsub|numsub", "pubsub|shardchannels", "pubsub|shardnumsub", "acl|whoami",
        "hotkeys|start", "hotkeys|stop", "hotkeys|get", "hotkeys|reset", "object|encoding", "object|freq",
        "object|idletime", "object|refcount", "function|list", "function|stats", "script|exists", "lolwut",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // They would leave the connection in a state that the console does not know.
    private static readonly FrozenSet<string> Never = new[]
    {
        "subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ssubscribe", "sunsubscribe", "monitor", "sync",
            "psync",
        "replconf", "hello", "auth", "quit", "exit", "reset", "client|reply", "client|tracking",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public bool IsReadOnly => settings.Console != ConsoleAccess.ReadWrite;

    /// <summary>
    /// Whether a request asks this machine by a name that is its own. Else it may be for another site.
    /// </summary>
    public bool IsHostAllowed(HttpRequest request)
    {
        var host = request.Host.Host.Trim('[', ']');
        return IPAddress.TryParse(host, out _)
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
        var command = CommandTable.Default.Find(request[0]);
        if (command?.Subcommands is not null && request.Count > 1)
            command = CommandTable.FindSubcommand(command, request[1]) ?? command;
        if (command is null)
            return null; // The server says that it is unknown.
        if (Never.Contains(command.Name))
            return $"ERR {command.Name} is not for the console";
        if (!IsReadOnly || Telling.Contains(command.Name) || IsHelp(request))
            return null;
        return command.IsRead && !command.Has(CommandFlags.Admin | CommandFlags.Blocking | CommandFlags.MayReplicate)
            ? null
            : "ERR the console is read-only (redislite.http.console)";
    }

    private static bool IsHelp(IReadOnlyList<byte[]> request) =>
        request.Count == 2 && Encoding.ASCII.GetString(request[1]).Equals("help", StringComparison.OrdinalIgnoreCase);
}
