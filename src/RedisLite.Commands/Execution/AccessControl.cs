using System.Text;
using RedisLite.Commands.Access;
using RedisLite.Commands.PubSub;
using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>Who may do what: the users, the refusals that are remembered, and the checks of requests.</summary>
/// <remarks>
/// Any thread. A request of a client that may do everything is not looked at (<see cref="ClientSession.IsTrusted"/>);
/// for any other the user's rules are read anew each time, so that a change of them holds at once.
/// </remarks>
public sealed class AccessControl(CommandServices services)
{
    private const string RulesChanged =
        "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. "
        + "This command is no longer allowed for the following reason: ";

    /// <summary>All users.</summary>
    public AccessUsers Users { get; } =
        new(services.Commands.Access, () => services.Options.AclPubSubDefaultAllChannels);

    /// <summary>The last refusals.</summary>
    public AccessLog Log { get; } = new();

    /// <summary>Slows those who try many passwords.</summary>
    public LoginTurns Logins { get; } = new(services);

    /// <summary>The file that users are kept in; set once before the first command runs.</summary>
    public IAccessFile? File { get; set; }

    /// <summary>Whether a client may have a request run or queued; if not, the error is replied.</summary>
    internal bool Admits(in CommandContext request)
    {
        var session = request.Session;
        if (session.User is { } user && !request.Command.Has(CommandFlags.NoAuth) && !IsWithinLimits(user, request))
        {
            request.Reply.Error("LIMIT this user may not send more in this second"u8);
            return false;
        }

        var context = session.Transaction is null ? DenialContext.TopLevel : DenialContext.Multi;
        var reason = Check(session, request.Command, request.Args, request.Keys, context);
        if (reason == DenialReason.None)
            return true;
        request.Reply.Error(RefusalOf(reason, request.Command));
        return false;
    }

    private static bool IsWithinLimits(AccessUser user, in CommandContext request)
    {
        // A command that has waited was counted when it came.
        var limits = user.Rules.Limits;
        return request.Session.Waiter is not null || !limits.CountsRequests
            || user.Usage.TryTake(limits, request.NowMs, request.Args.ByteLength);
    }

    /// <summary>Whether one more connection may be this user. O(clients) where there is a limit.</summary>
    public bool HasRoomFor(AccessUser user) => user.Rules.Limits.Clients is var most
        && (most == 0 || services.Clients.All.Count(session => session.User == user) < most);

    /// <summary>Why a queued request may not run any more; null when it may.</summary>
    internal byte[]? RefuseQueued(ClientSession session, OwnedRequest request)
    {
        if (session.IsTrusted || session.IsObeyed)
            return null;
        var reason = Check(session, request.Command, request.Arguments, request.Keys, DenialContext.Multi);
        if (reason == DenialReason.None)
            return null;
        return Encoding.ASCII.GetBytes(RulesChanged + reason switch
        {
            DenialReason.Command => "no permission to execute the command or subcommand",
            DenialReason.Key => "no permission to touch the specified keys",
            _ => "no permission to access one of the channels used as arguments to the command",
        });
    }

    /// <summary>Why a script may not call a command for the client that runs it; null when it may.</summary>
    internal byte[]? RefuseCall(ClientSession caller, Command command, in Arguments args)
    {
        if (caller.IsTrusted || caller.IsObeyed)
            return null;
        var reason = Check(caller, command, args, Locate(command, args), DenialContext.Lua);
        if (reason == DenialReason.None)
            return null;
        return Encoding.ASCII.GetBytes("ERR The user executing the script can't " + reason switch
        {
            DenialReason.Command => "run this command or subcommand",
            DenialReason.Key => "access at least one of the keys mentioned in the command arguments",
            _ => "publish to the channel mentioned in the command",
        });
    }

    /// <summary>Whether a client may run a command, without a trace.</summary>
    internal static bool Allows(ClientSession session, Command command, in Arguments args, RequestKeys keys) =>
        session.IsTrusted || session.IsObeyed || session.User is not { } user
        || RequestPermissions.Check(user.Rules, command, args, keys, out _) == DenialReason.None;

    /// <summary>As the other, of a request whose keys are not located.</summary>
    internal bool Allows(ClientSession session, Command command, in Arguments args) =>
        session.IsTrusted || session.IsObeyed || Allows(session, command, args, Locate(command, args));

    /// <summary>Why a user would not be allowed to run a command.</summary>
    /// <param name="user">Any.</param>
    /// <param name="command">With a number of arguments that it accepts.</param>
    /// <param name="args">The whole request.</param>
    /// <param name="argument">The key or channel.</param>
    internal DenialReason Try(AccessUser user, Command command, in Arguments args, out int argument) =>
        RequestPermissions.Check(user.Rules, command, args, Locate(command, args), out argument);

    /// <summary>Whether the client's patterns of SORT may lead to keys that it does not name.</summary>
    internal static bool ReadsAllKeys(in CommandContext request)
    {
        var session = request.Session.Caller ?? request.Session;
        return session.IsTrusted || session.IsObeyed || session.User is not { } user
            || RequestPermissions.ReadsAllKeys(user.Rules, request.Command, request.Args, request.Keys);
    }

    /// <summary>Makes the client another user, if the password is right; if not, the error is replied.</summary>
    /// <param name="request">AUTH or HELLO.</param>
    /// <param name="name">One char a byte.</param>
    /// <param name="password">Nothing keeps it.</param>
    internal bool TryAuthenticate(in CommandContext request, string name, ReadOnlySpan<byte> password)
    {
        var session = request.Session;
        if (!Logins.Admits(session))
        {
            services.Audit?.LoginFailed(session, name, isRefused: true, services.NowMs);
            request.Reply.Error(Errors.TooManyLogins);
            return false;
        }

        // A name that does not exist takes as long as one that does.
        var user = Users.Find(name);
        var accepted = (user ?? Users.Default).Rules.Accepts(password) && user is not null;
        Logins.Note(session, accepted, name, password);
        if (accepted && session.User != user && !HasRoomFor(user!))
        {
            request.Reply.Error("LIMIT this user may not have more connections"u8);
            return false;
        }

        if (accepted)
        {
            session.User = user;
            session.IsAuthenticated = true;
            services.Audit?.LoggedIn(session, name, services.NowMs);
            return true;
        }

        services.Audit?.LoginFailed(session, name, isRefused: false, services.NowMs);
        var context = request.IsInTransaction ? DenialContext.Multi : DenialContext.TopLevel;
        Note(session, DenialReason.Auth, context, request.Args[0].ToArray(), AccessLog.Shortened(name));
        request.Reply.Error("WRONGPASS invalid username-password pair or user is disabled."u8);
        return false;
    }

    /// <summary>Makes a client the user that its certificate names. Before its first request.</summary>
    /// <returns>False when there is no such user, it is disabled, or it has as many connections as it may.</returns>
    public bool TrySignIn(ClientSession session, string name)
    {
        if (Users.Find(name) is not { Rules.IsEnabled: true } user || !HasRoomFor(user))
            return false;
        session.User = user;
        session.IsAuthenticated = true;
        services.Audit?.LoggedIn(session, name, services.NowMs, byCertificate: true);
        return true;
    }

    /// <summary>Closes the connections of users that are gone.</summary>
    /// <param name="removed">They may do nothing any more already.</param>
    /// <param name="self">The client that asks: it is closed after its reply.</param>
    internal void CloseClientsOf(IReadOnlyCollection<AccessUser> removed, ClientSession self)
    {
        if (removed.Count == 0)
            return;
        foreach (var session in services.Clients.All)
            if (session.User is { } user && removed.Contains(user))
                Close(session, self);
    }

    /// <summary>Closes the connections that listen to channels which their user may not use any more.</summary>
    internal void CloseListenersOf(AccessUser user, ClientSession self)
    {
        if (user.Rules.Selectors.Any(static selector => selector.AllowsAllChannels))
            return;
        foreach (var (kind, name, session) in services.PubSub.Subscriptions)
            if (session.User == user && !AllowsSubscription(user, kind, name))
                Close(session, self);
    }

    /// <summary>Whether a client may listen to what it listens to.</summary>
    internal static bool AllowsSubscription(AccessUser user, SubscriptionKind kind, ReadOnlySpan<byte> name)
    {
        foreach (var selector in user.Rules.Selectors)
            if (kind == SubscriptionKind.Pattern ? selector.AllowsChannelPattern(name) : selector.AllowsChannel(name))
                return true;
        return false;
    }

    private static void Close(ClientSession session, ClientSession self)
    {
        if (session == self)
            session.CloseAfterReply = true;
        else
            session.Connection.Close(afterReplies: false);
    }

    private DenialReason Check(
        ClientSession session, Command command, in Arguments args, RequestKeys keys, DenialContext context)
    {
        if (session.User is not { } user || user.Rules.AllowsEverything)
            return DenialReason.None;
        var reason = RequestPermissions.Check(user.Rules, command, args, keys, out var argument);
        if (reason == DenialReason.None)
            return reason;
        var @object =
            reason == DenialReason.Command ? command.NameBytes.ToArray() : AccessLog.Shortened(args[argument]);
        Note(session, reason, context, @object, user.Name);
        services.Audit?.Denied(session, reason, @object, user.Name, services.NowMs);
        return reason;
    }

    private static byte[] RefusalOf(DenialReason reason, Command command) =>
        Encoding.ASCII.GetBytes("NOPERM this user has no permissions to " + reason switch
        {
            DenialReason.Command => $"run the '{command.Name}' command",
            DenialReason.Key => "access one of the keys used as arguments",
            _ => "access one of the channels used as arguments",
        });

    private void Note(ClientSession session, DenialReason reason, DenialContext context, byte[] @object, string user)
    {
        var now = services.NowMs;
        var client = AccessLog.Shortened(ClientLine.Of(session, now));
        Log.Add(
            new AccessLogEntry(1, reason, context, @object, user, now, client),
            services.Options.AclLogMaxLength);
    }

    private RequestKeys Locate(Command command, in Arguments args)
    {
        var list = new RequestKeyList();
        var keys = list.Locate(command, args, services.Databases);
        return new RequestKeys(list.Copy(keys), keys.Keyspace);
    }
}
