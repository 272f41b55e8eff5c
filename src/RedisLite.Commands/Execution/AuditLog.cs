using RedisLite.Commands.Access;
using RedisLite.Commands.Server.Diagnostics;

namespace RedisLite.Commands.Execution;

/// <summary>The audit trail as commands see it: decides what is recorded, and how it reads.</summary>
/// <remarks>
/// Any thread. No record has a value, a password, or an argument that its command does not declare to be shown
/// (<see cref="CommandAttribute.AuditedWith"/>). What was decided elsewhere before (a file, the primary's stream), and
/// what the server does by itself (expiry, eviction), is not recorded.
/// </remarks>
public sealed class AuditLog(IAuditTrail trail)
{
    private const int MostKeys = 16;
    private const int MostArguments = 32;

    private readonly Lock _gate = new();
    private readonly AuditLine _line = new();
    private readonly AuditRepeats _repeats = new();

    /// <summary>Where the records go.</summary>
    public IAuditTrail Trail => trail;

    /// <summary>The error that writes are refused with; null while they may run.</summary>
    public byte[]? WriteRefusal => trail.WriteRefusal;

    /// <summary>
    /// Tells how often refusals that were only counted have come again. To be called once in a while.
    /// </summary>
    public void TellRepeats(long nowMs)
    {
        lock (_gate)
            Tell(_repeats.TakeDue(nowMs));
    }

    /// <summary>Tells them all: the server ends.</summary>
    public void TellAllRepeats()
    {
        lock (_gate)
            Tell(_repeats.TakeAll());
    }

    /// <summary>A client has become a user.</summary>
    internal void LoggedIn(ClientSession session, string user, long nowMs, bool byCertificate = false)
    {
        if (!trail.Events.HasFlag(AuditEvents.Login))
            return;
        lock (_gate)
        {
            var json = _line.Begin("login", nowMs);
            _line.Client(session, user);
            json.WriteString("by", byCertificate ? "certificate" : "password");
            json.WriteString("result", "ok");
            trail.Add(_line.End(), 1);
        }
    }

    /// <summary>Somebody wanted to become a user, and has not.</summary>
    /// <param name="session">Who.</param>
    /// <param name="user">Which.</param>
    /// <param name="isRefused">Whether the password was not even looked at.</param>
    /// <param name="nowMs">The time.</param>
    internal void LoginFailed(ClientSession session, string user, bool isRefused, long nowMs)
    {
        if (!trail.Events.HasFlag(AuditEvents.Login))
            return;
        lock (_gate)
        {
            if (IsRepeated(new AuditRepeat("login", isRefused ? "refused" : "failed", user, session), nowMs))
                return;
            var json = _line.Begin("login", nowMs);
            _line.Client(session, user);
            json.WriteString("by", "password");
            json.WriteString("result", isRefused ? "refused" : "failed");
            trail.Add(_line.End(), 1);
        }
    }

    /// <summary>A request that the rules do not allow.</summary>
    internal void Denied(
        ClientSession session, DenialReason reason, ReadOnlySpan<byte> @object, string user, long nowMs)
    {
        if (!trail.Events.HasFlag(AuditEvents.Denied))
            return;
        var name = reason.ToString().ToLowerInvariant();
        lock (_gate)
        {
            if (IsRepeated(new AuditRepeat("denied", name, user, session), nowMs))
                return;
            var json = _line.Begin("denied", nowMs);
            _line.Client(session, user);
            json.WriteString("reason", name);
            json.WriteString("object", AuditLine.Shown(@object));
            trail.Add(_line.End(), 1);
        }
    }

    internal void Add(ReadOnlySpan<byte> lines, int count) => trail.Add(lines, count);

    /// <summary>Whether a command that has just run is recorded.</summary>
    internal bool Wants(in CommandContext request)
    {
        var session = request.Session;
        if (session.IsObeyed || session.Replica is { IsLinked: true })
            return false;
        if (request.Command.Has(CommandFlags.Admin))
            return trail.Events.HasFlag(AuditEvents.Admin);
        return request.Command.IsWrite && request.HasChanged && trail.Events.HasFlag(AuditEvents.Write);
    }

    /// <summary>The record of a command.</summary>
    internal static ReadOnlySpan<byte> Command(AuditLine line, in CommandContext request)
    {
        var (command, session) = (request.Command, request.Session.Caller ?? request.Session);
        var isAdmin = command.Has(CommandFlags.Admin);
        var json = line.Begin(isAdmin ? "admin" : "write", request.NowMs);
        line.Client(session, session.User?.Name ?? AccessUsers.DefaultName);
        json.WriteNumber("db", request.Session.Database);
        json.WriteString("command", command.Name);
        if (request.Session.Origin == SessionOrigin.Script)
            json.WriteBoolean("script", true);
        if (command.Audited is { } shows)
        {
            json.WriteStartArray("arguments");
            var first = command.Parent is null ? 1 : 2;
            for (var i = first; i < Math.Min(request.Args.Count, first + MostArguments); i++)
                json.WriteStringValue(AuditLine.Shown(
                    shows(request.Args, i) ? request.Args[i] : SensitiveArguments.Shown));
            json.WriteEndArray();
        }

        WriteKeys(json, request);
        if (isAdmin)
            json.WriteString("result", request.Reply.ErrorCount == request.ErrorsBefore ? "ok" : "error");
        return line.End();
    }

    /// <summary>Says that a run has changed more than is recorded of it.</summary>
    internal static ReadOnlySpan<byte> Omitted(AuditLine line, int count, long nowMs)
    {
        var json = line.Begin("omitted", nowMs);
        json.WriteNumber("count", count);
        return line.End();
    }

    private static void WriteKeys(System.Text.Json.Utf8JsonWriter json, in CommandContext request)
    {
        if (request.Keys.Count == 0)
            return;
        var (written, changed) = (0, 0);
        json.WriteStartArray("keys");
        foreach (ref readonly var key in request.Keys)
        {
            if (!key.Access.HasFlag(KeyAccess.Write) && request.Command.IsWrite)
                continue;
            if (++changed <= MostKeys)
            {
                json.WriteStringValue(AuditLine.Shown(request.Args[key.Position]));
                written++;
            }
        }

        json.WriteEndArray();
        if (changed > written)
            json.WriteNumber("moreKeys", changed - written);
    }

    private bool IsRepeated(AuditRepeat what, long nowMs)
    {
        var isRepeated = _repeats.Has(what, nowMs);
        Tell(_repeats.TakeOverflow());
        return isRepeated;
    }

    private void Tell(IEnumerable<KeyValuePair<AuditRepeat, AuditRepeats.Count>> due)
    {
        foreach (var (what, count) in due)
        {
            var json = _line.Begin(what.Event, count.LastMs);
            json.WriteString("user", AuditLine.Shown(System.Text.Encoding.Latin1.GetBytes(what.User)));
            json.WriteString("host", what.Host);
            json.WriteString(what.Event == "login" ? "result" : "reason", what.Kind);
            json.WriteNumber("repeated", count.Value);
            trail.Add(_line.End(), 1);
        }
    }
}
