using System.Security.Cryptography;
using System.Text;
using RedisLite.Protocol;

namespace RedisLite.Commands.Access;

/// <summary>A user's rules while some are applied, one after the other. One thread.</summary>
internal sealed class AccessRulesDraft
{
    private const int HashDigits = SHA256.HashSizeInBytes * 2;

    private readonly AccessCatalog _catalog;
    private readonly bool _allowsAllChannels;

    /// <summary>A new user: disabled, without a password, and nothing is allowed.</summary>
    /// <param name="catalog">The commands.</param>
    /// <param name="allowsAllChannels">What <c>acl-pubsub-default</c> gives to each selector.</param>
    public AccessRulesDraft(AccessCatalog catalog, bool allowsAllChannels)
    {
        _catalog = catalog;
        _allowsAllChannels = allowsAllChannels;
        Selectors.Add(new AccessSelectorDraft(catalog, allowsAllChannels));
    }

    /// <summary>A draft that begins with a user's rules.</summary>
    public AccessRulesDraft(AccessCatalog catalog, bool allowsAllChannels, AccessRules rules)
    {
        _catalog = catalog;
        _allowsAllChannels = allowsAllChannels;
        IsEnabled = rules.IsEnabled;
        HasNoPassword = rules.HasNoPassword;
        PayloadCheck = rules.PayloadCheck;
        Limits = rules.Limits;
        Passwords.AddRange(rules.Passwords);
        Selectors.AddRange(rules.Selectors.Select(selector => new AccessSelectorDraft(catalog, selector)));
    }

    public bool IsEnabled { get; private set; }

    public bool HasNoPassword { get; private set; }

    public PayloadCheck PayloadCheck { get; private set; }

    public AccessLimits Limits { get; private set; } = AccessLimits.None;

    public List<string> Passwords { get; } = [];

    /// <summary>The first is the user's own.</summary>
    public List<AccessSelectorDraft> Selectors { get; } = [];

    /// <summary>Applies one rule.</summary>
    /// <param name="rule">One char a byte; an empty one does nothing.</param>
    public RuleFault Apply(string rule)
    {
        if (rule.Length == 0)
            return RuleFault.None;
        switch (rule.ToLowerInvariant())
        {
            case "on":
                IsEnabled = true;
                break;
            case "off":
                IsEnabled = false;
                break;
            case "sanitize-payload":
                PayloadCheck = PayloadCheck.Done;
                break;
            case "skip-sanitize-payload":
                PayloadCheck = PayloadCheck.Skipped;
                break;
            case "nopass":
                ResetPasswords(hasNoPassword: true);
                break;
            case "resetpass":
                ResetPasswords(hasNoPassword: false);
                break;
            case "clearselectors":
                Selectors.RemoveRange(1, Selectors.Count - 1);
                break;
            case "reset":
                Reset();
                break;
            default:
                return ApplyOther(rule);
        }

        return RuleFault.None;
    }

    private RuleFault ApplyOther(string rule) => rule[0] switch
    {
        '>' => AddPassword(Hash(rule[1..])),
        '#' => IsHash(rule[1..]) ? AddPassword(rule[1..]) : RuleFault.NotAHash,
        '<' => RemovePassword(Hash(rule[1..])),
        '!' => IsHash(rule[1..]) ? RemovePassword(rule[1..]) : RuleFault.NotAHash,
        '(' when rule[^1] == ')' => AddSelector(rule),
        _ when AccessLimits.IsRule(rule) => SetLimit(rule),
        _ => Selectors[0].Apply(rule),
    };

    private void Reset()
    {
        ResetPasswords(hasNoPassword: false);
        Selectors[0].Apply("resetkeys");
        Selectors[0].Apply("resetchannels");
        if (_allowsAllChannels)
            Selectors[0].Apply("allchannels");
        IsEnabled = false;
        PayloadCheck = PayloadCheck.Done;
        Limits = AccessLimits.None;
        Selectors.RemoveRange(1, Selectors.Count - 1);
        Selectors[0].Apply("-@all");
    }

    private void ResetPasswords(bool hasNoPassword)
    {
        HasNoPassword = hasNoPassword;
        Passwords.Clear();
    }

    private RuleFault SetLimit(string rule)
    {
        if (Limits.With(rule) is not { } limits)
            return RuleFault.BadLimit;
        Limits = limits;
        return RuleFault.None;
    }

    private RuleFault AddPassword(string hash)
    {
        if (!Passwords.Contains(hash))
            Passwords.Add(hash);
        HasNoPassword = false;
        return RuleFault.None;
    }

    private RuleFault RemovePassword(string hash) => Passwords.Remove(hash) ? RuleFault.None : RuleFault.NoSuchPassword;

    private RuleFault AddSelector(string rules)
    {
        var selector = new AccessSelectorDraft(_catalog, _allowsAllChannels);

        // As in Redis: a text in C, so it ends at its first zero byte; where quotes are not closed there are no rules.
        var text = rules[1..^1];
        if (text.IndexOf('\0', StringComparison.Ordinal) is var end and >= 0)
            text = text[..end];
        foreach (var rule in QuotedWords.Split(text) ?? [])
        {
            var fault = selector.Apply(rule);
            if (fault != RuleFault.None)
                return fault;
        }

        Selectors.Add(selector);
        return RuleFault.None;
    }

    private static string Hash(string password) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.Latin1.GetBytes(password)));

    private static bool IsHash(string text) =>
        text.Length == HashDigits && text.All(char.IsAsciiHexDigitLower);
}
