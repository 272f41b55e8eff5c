using System.Collections.Immutable;

namespace RedisLite.Commands.Access;

/// <summary>All users by name, and the one place where they change.</summary>
/// <remarks>
/// Any thread. Look-ups read a map that is never changed in place. LOCK: changes happen one after the other under one
/// lock; what has to follow a change (clients to close) is told to the caller, who does it afterwards.
/// </remarks>
public sealed class AccessUsers
{
    /// <summary>The user that every client is at first; it is always there.</summary>
    public const string DefaultName = "default";

    private static readonly string[] DefaultRules = ["+@all", "~*", "&*", "on", "nopass"];

    private readonly Lock _gate = new();
    private readonly Func<bool> _allowsAllChannels;
    private readonly AccessRules _nothing;
    private ImmutableSortedDictionary<string, AccessUser> _users;

    /// <param name="catalog">The commands.</param>
    /// <param name="allowsAllChannels">Whether new users may use all channels (<c>acl-pubsub-default</c>).</param>
    public AccessUsers(AccessCatalog catalog, Func<bool> allowsAllChannels)
    {
        Catalog = catalog;
        _allowsAllChannels = allowsAllChannels;
        _nothing = new AccessRules(new AccessRulesDraft(catalog, allowsAllChannels: false));
        Default = new AccessUser(DefaultName, DefaultUserRules());
        _users = ImmutableSortedDictionary.Create<string, AccessUser>(StringComparer.Ordinal).Add(DefaultName, Default);
    }

    public AccessCatalog Catalog { get; }

    public AccessUser Default { get; }

    /// <summary>Sorted by name.</summary>
    public IEnumerable<AccessUser> All => Users.Values;

    public int Count => Users.Count;

    private ImmutableSortedDictionary<string, AccessUser> Users => Volatile.Read(ref _users);

    public AccessUser? Find(string name) => Users.GetValueOrDefault(name);

    /// <summary>Whether a name can be written to a file and read again.</summary>
    public static bool IsValidName(string name) => !AccessSelectorDraft.HasSpaces(name);

    /// <summary>Changes a user by rules: all, or when one is wrong none; makes the user if there is none.</summary>
    /// <param name="name">The user.</param>
    /// <param name="rules">Applied one after the other.</param>
    /// <param name="wrong">The rule that is wrong.</param>
    /// <param name="user">The user, when none is.</param>
    public RuleFault Set(string name, IEnumerable<string> rules, out string wrong, out AccessUser? user)
    {
        lock (_gate)
        {
            user = Find(name);
            var draft = user is null ? NewDraft() : new AccessRulesDraft(Catalog, _allowsAllChannels(), user.Rules);
            if (Apply(draft, rules, out wrong) is var fault and not RuleFault.None)
                return fault;
            if (user is not null)
                user.Rules = new AccessRules(draft);
            else
                Volatile.Write(ref _users, _users.Add(name, user = new AccessUser(name, new AccessRules(draft))));
            return RuleFault.None;
        }
    }

    /// <summary>Removes a user and takes all rights from the clients that are this user.</summary>
    /// <returns>The user that has been removed; null when there was none. The default user stays.</returns>
    public AccessUser? Remove(string name)
    {
        lock (_gate)
        {
            if (name == DefaultName || Find(name) is not { } user)
                return null;
            Volatile.Write(ref _users, _users.Remove(name));
            user.Remove(_nothing);
            return user;
        }
    }

    /// <summary>Gives the default user a password, or none, whatever it had.</summary>
    /// <param name="password">One char a byte; empty for none.</param>
    public void SetDefaultPassword(string password) =>
        Set(DefaultName, ["resetpass", password.Length > 0 ? ">" + password : "nopass"], out _, out _);

    /// <summary>Adds the users of the configuration; one that declares the default user begins from nothing.</summary>
    /// <returns>What is wrong, with the rule and the user; null when nothing is.</returns>
    public string? Declare(IEnumerable<UserDeclaration> declarations)
    {
        foreach (var (name, rules) in declarations)
        {
            if (!IsValidName(name))
                return "Spaces not allowed in ACL usernames";
            var fault = Set(name, name == DefaultName ? rules.Prepend("reset") : rules, out var wrong, out _);
            if (fault != RuleFault.None)
                return $"Error loading ACL rule '{Hide(wrong)}' for the user named '{name}': {fault.Text()}";
        }

        return null;
    }

    /// <summary>Checks the rules of a declaration, without any effect.</summary>
    public RuleFault Check(IEnumerable<string> rules, out string wrong) => Apply(NewDraft(), rules, out wrong);

    /// <summary>All that is wrong with the rules of a declaration.</summary>
    public IEnumerable<(string Rule, RuleFault Fault)> Faults(IEnumerable<string> rules)
    {
        var draft = NewDraft();
        foreach (var rule in rules)
            if (draft.Apply(rule) is var fault and not RuleFault.None)
                yield return (rule, fault);
    }

    /// <summary>
    /// Puts other users in the place of all: the default user gets the rules that they declare for it, or those that it
    /// has at first, and all others of before are removed.
    /// </summary>
    /// <param name="declarations">Checked already.</param>
    /// <returns>The users that are gone.</returns>
    public IReadOnlyList<AccessUser> Replace(IEnumerable<UserDeclaration> declarations)
    {
        lock (_gate)
        {
            var removed = All.Where(user => user != Default).ToList();
            var users = _users.Clear().Add(DefaultName, Default);
            var defaultRules = DefaultUserRules();
            foreach (var (name, rules) in declarations)
            {
                var draft = NewDraft();
                Apply(draft, rules, out _);
                if (name == DefaultName)
                    defaultRules = new AccessRules(draft);
                else
                    users = users.SetItem(name, new AccessUser(name, new AccessRules(draft)));
            }

            Default.Rules = defaultRules;
            Volatile.Write(ref _users, users);
            foreach (var user in removed)
                user.Remove(_nothing);
            return removed;
        }
    }

    /// <summary>A user as a line of a file has it, without the word "user".</summary>
    public string Describe(AccessUser user) => $"{user.Name} {RuleText.Of(Catalog, user.Rules)}";

    /// <summary>What may be shown of a rule: a password is a secret.</summary>
    public static string Hide(string rule) => rule is ['>' or '<', ..] ? rule[0] + "(redacted)" : rule;

    private AccessRulesDraft NewDraft() => new(Catalog, _allowsAllChannels());

    private AccessRules DefaultUserRules()
    {
        var draft = NewDraft();
        Apply(draft, DefaultRules, out _);
        return new AccessRules(draft);
    }

    private static RuleFault Apply(AccessRulesDraft draft, IEnumerable<string> rules, out string wrong)
    {
        foreach (var rule in rules)
        {
            var fault = draft.Apply(rule);
            if (fault == RuleFault.None)
                continue;
            wrong = rule;
            return fault;
        }

        wrong = "";
        return RuleFault.None;
    }
}
