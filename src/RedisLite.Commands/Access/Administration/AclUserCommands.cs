using System.Text;
using RedisLite.Protocol;

namespace RedisLite.Commands.Access.Administration;

/// <summary>ACL: users and what they may do. Here: the users; <see cref="AclQueryCommands"/> has the rest.</summary>
[CommandContainer("ACL", Group = CommandGroup.Server, Since = "6.0.0", HelpSince = "6.0.0",
    Summary = "A container for Access List Control commands")]
internal static class AclUserCommands
{
    private const CommandFlags Common = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading
        | CommandFlags.Stale | CommandFlags.Pooled;

    private const string PerUser = "O(N). Where N is the number of configured users.";

    [Command("ACL SETUSER", Arity = -3, Flags = Common, Group = CommandGroup.Server, Since = "6.0.0",
        Complexity = "O(N). Where N is the number of rules provided.", Syntax = "username [rule [rule ...]]",
        Summary = "Modify or create the rules for a specific ACL user", SecretsWith = nameof(IsRule),
        AuditedWith = nameof(IsNoPassword),
        Notes = "Rules of ours: limit-commands:n, limit-bytes:n (a second), limit-clients:n.")]
    public static void SetUser(ref CommandContext ctx)
    {
        var name = Text(ctx.Args[2]);
        if (!AccessUsers.IsValidName(name))
        {
            ctx.Reply.Error("ERR Usernames can't contain spaces or null characters"u8);
            return;
        }

        var words = new List<string>();
        for (var i = 3; i < ctx.Args.Count; i++)
            words.Add(Text(ctx.Args[i]));
        var rules = SelectorWords.Join(words, out var open);
        if (open >= 0)
        {
            Fail(ref ctx, $"Unmatched parenthesis in acl selector starting at '{Shown(words[open])}'.");
            return;
        }

        var access = ctx.Services.Access;
        var fault = access.Users.Set(name, rules, out var wrong, out var user);
        if (fault != RuleFault.None)
        {
            Fail(ref ctx, $"Error in ACL SETUSER modifier '{Shown(wrong)}': {fault.Text()}");
            return;
        }

        access.CloseListenersOf(user!, ctx.Session);
        ctx.Reply.Ok();
    }

    [Command("ACL DELUSER", Arity = -3, Flags = Common, Group = CommandGroup.Server, Since = "6.0.0",
        Complexity = "O(1) amortized time considering the typical user.", Syntax = "username [username ...]",
        Summary = "Remove the specified ACL users and the associated rules", AuditedWith = nameof(IsUser))]
    public static void DeleteUser(ref CommandContext ctx)
    {
        for (var i = 2; i < ctx.Args.Count; i++)
        {
            if (Text(ctx.Args[i]) != AccessUsers.DefaultName)
                continue;
            ctx.Reply.Error("ERR The 'default' user cannot be removed"u8);
            return;
        }

        var removed = new HashSet<AccessUser>();
        for (var i = 2; i < ctx.Args.Count; i++)
            if (ctx.Services.Access.Users.Remove(Text(ctx.Args[i])) is { } user)
                removed.Add(user);
        ctx.Services.Access.CloseClientsOf(removed, ctx.Session);
        ctx.Reply.Integer(removed.Count);
    }

    [Command("ACL GETUSER", Arity = 3, Flags = Common, Group = CommandGroup.Server, Since = "6.0.0",
        Syntax = "username",
        Complexity = "O(N). Where N is the number of password, command and pattern rules that the user has.",
        Summary = "Get the rules for a specific ACL user", AuditedWith = nameof(IsUser))]
    public static void GetUser(ref CommandContext ctx)
    {
        var users = ctx.Services.Access.Users;
        if (users.Find(Text(ctx.Args[2])) is not { } user)
        {
            ctx.Reply.Null();
            return;
        }

        var (reply, rules) = (ctx.Reply, user.Rules);
        string[] limits = [.. rules.Limits.Rules];
        reply.Map(limits.Length == 0 ? 6 : 7);
        string[] flags = [.. RuleText.Flags(rules)];
        reply.Bulk("flags"u8);
        reply.Set(flags.Length);
        foreach (var flag in flags)
            Bulk(reply, flag);
        reply.Bulk("passwords"u8);
        reply.Array(rules.Passwords.Length);
        foreach (var hash in rules.Passwords)
            Bulk(reply, hash);
        WriteSelector(reply, users.Catalog, rules.Selectors[0]);
        reply.Bulk("selectors"u8);
        reply.Array(rules.Selectors.Length - 1);
        foreach (var selector in rules.Selectors.Skip(1))
        {
            reply.Map(3);
            WriteSelector(reply, users.Catalog, selector);
        }

        if (limits.Length == 0)
            return;
        reply.Bulk("limits"u8);
        reply.Array(limits.Length);
        foreach (var limit in limits)
            Bulk(reply, limit);
    }

    [Command("ACL LIST", Arity = 2, Flags = Common, Group = CommandGroup.Server, Since = "6.0.0", Complexity = PerUser,
        Summary = "List the current ACL rules in ACL config file format")]
    public static void List(ref CommandContext ctx)
    {
        var users = ctx.Services.Access.Users;
        Write(ref ctx, [.. users.All.Select(user => $"user {users.Describe(user)}")]);
    }

    [Command("ACL USERS", Arity = 2, Flags = Common, Group = CommandGroup.Server, Since = "6.0.0", Complexity = PerUser,
        Summary = "List the username of all the configured ACL rules")]
    public static void Users(ref CommandContext ctx) =>
        Write(ref ctx, [.. ctx.Services.Access.Users.All.Select(static user => user.Name)]);

    [Command("ACL LOAD", Arity = 2, Flags = Common, Group = CommandGroup.Server, Since = "6.0.0", Complexity = PerUser,
        Summary = "Reload the ACLs from the configured ACL file",
        Notes = "Clients of the default user that listen to channels which the file takes away are closed as well.")]
    public static void Load(ref CommandContext ctx)
    {
        if (FileOf(ref ctx) is not { } file)
            return;
        if (file.Load(out var removed) is { } error)
        {
            Fail(ref ctx, error);
            return;
        }

        var access = ctx.Services.Access;
        access.CloseClientsOf([.. removed], ctx.Session);
        access.CloseListenersOf(access.Users.Default, ctx.Session);
        ctx.Reply.Ok();
    }

    [Command("ACL SAVE", Arity = 2, Flags = Common, Group = CommandGroup.Server, Since = "6.0.0", Complexity = PerUser,
        Summary = "Save the current ACL rules in the configured ACL file")]
    public static void Save(ref CommandContext ctx)
    {
        if (FileOf(ref ctx) is not { } file)
            return;
        if (file.Save())
            ctx.Reply.Ok();
        else
            Fail(
                ref ctx,
                "There was an error trying to save the ACLs. Please check the server logs for more information");
    }

    /// <summary>Bytes as text, one char a byte.</summary>
    internal static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>What is quoted in an error: as in C, a text ends at its first zero byte.</summary>
    internal static string Shown(string text) =>
        text.IndexOf('\0', StringComparison.Ordinal) is var end and >= 0 ? text[..end] : text;

    internal static void Fail(scoped ref CommandContext ctx, string error) =>
        ctx.Reply.Error(Encoding.Latin1.GetBytes("ERR " + error));

    private static void Bulk(ReplyWriter reply, string text) => reply.Bulk(Encoding.Latin1.GetBytes(text));

    private static void Write(scoped ref CommandContext ctx, string[] texts)
    {
        ctx.Reply.Array(texts.Length);
        foreach (var text in texts)
            Bulk(ctx.Reply, text);
    }

    private static void WriteSelector(ReplyWriter reply, AccessCatalog catalog, AccessSelector selector)
    {
        reply.Bulk("commands"u8);
        Bulk(reply, RuleText.Commands(catalog, selector));
        reply.Bulk("keys"u8);
        Bulk(reply, RuleText.Keys(selector));
        reply.Bulk("channels"u8);
        Bulk(reply, RuleText.Channels(selector));
    }

    private static IAccessFile? FileOf(scoped ref CommandContext ctx)
    {
        if (ctx.Services.Access.File is { } file)
            return file;
        Fail(
            ref ctx,
            "This Redis instance is not configured to use an ACL file. You may want to specify users via the "
            + "ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) "
            + "in order to "
            + "store users in the Redis configuration.");
        return null;
    }

    private static bool IsUser(in Arguments args, int index) => index > 1;

    /// <summary>
    /// The trail shows what a user may do, and that a password was changed, but neither it nor its hash.
    /// </summary>
    private static bool IsNoPassword(in Arguments args, int index) =>
        index == 2 || (index > 2 && args[index] is not [(byte)'>' or (byte)'<' or (byte)'#' or (byte)'!', ..]);

    /// <summary>Nothing of the rules, and not the name either, is shown to anybody.</summary>
    private static bool IsRule(in Arguments args, int index) => index > 1;
}
