using System.Text;

namespace RedisLite.Commands.Access;

/// <summary>A user's rules as text that gives the same rules when it is read again.</summary>
/// <remarks>
/// Commands are described as Redis 7.0 does it, from the bitmap alone: whole categories as long as more of their
/// commands agree than not, the best first, then the single commands that are left.
/// </remarks>
internal static class RuleText
{
    /// <summary>As ACL LIST and ACL files have it, without the name.</summary>
    public static string Of(AccessCatalog catalog, AccessRules rules)
    {
        var text = new StringBuilder();
        foreach (var flag in Flags(rules))
            text.Append(flag).Append(' ');
        foreach (var hash in rules.Passwords)
            text.Append('#').Append(hash).Append(' ');
        foreach (var limit in rules.Limits.Rules)
            text.Append(limit).Append(' ');
        text.Append(Of(catalog, rules.Selectors[0]));
        foreach (var selector in rules.Selectors.Skip(1))
            text.Append(" (").Append(Of(catalog, selector)).Append(')');
        return text.ToString();
    }

    /// <summary>In Redis's order.</summary>
    public static IEnumerable<string> Flags(AccessRules rules)
    {
        yield return rules.IsEnabled ? "on" : "off";
        if (rules.HasNoPassword)
            yield return "nopass";
        if (rules.PayloadCheck != PayloadCheck.Unset)
            yield return rules.PayloadCheck == PayloadCheck.Skipped ? "skip-sanitize-payload" : "sanitize-payload";
    }

    /// <summary>Separated by spaces; empty when none is allowed.</summary>
    public static string Keys(AccessSelector selector) =>
        selector.AllowsAllKeys ? "~*" : string.Join(' ', selector.Keys);

    /// <inheritdoc cref="Keys"/>
    public static string Channels(AccessSelector selector) =>
        selector.AllowsAllChannels
            ? "&*"
            : string.Join(' ', selector.Channels.Select(static channel => "&" + channel.Text));

    /// <summary>The rules that give the selector's commands, beginning with +@all or -@all.</summary>
    public static string Commands(AccessCatalog catalog, AccessSelector selector)
    {
        var adds = !selector.AllowsFutureCommands;
        var rules = new List<string> { adds ? "-@all" : "+@all" };
        var described = new AccessSelectorDraft(catalog, allowsAllChannels: false);
        described.Apply(rules[0]);
        AddCategories(catalog, selector, adds, described, rules);
        foreach (var command in catalog.Commands)
        {
            AddCommand(command, selector, described, rules);
            foreach (var sub in command.Subcommands ?? [])
                AddCommand(sub, selector, described, rules);
        }

        return string.Join(' ', rules);
    }

    private static string Of(AccessCatalog catalog, AccessSelector selector)
    {
        var text = new StringBuilder(Keys(selector));
        if (text.Length > 0)
            text.Append(' ');
        if (!selector.AllowsAllChannels)
            text.Append("resetchannels ");
        var channels = Channels(selector);
        if (channels.Length > 0)
            text.Append(channels).Append(' ');
        return text.Append(Commands(catalog, selector)).ToString();
    }

    private static void AddCategories(
        AccessCatalog catalog, AccessSelector selector, bool adds, AccessSelectorDraft described, List<string> rules)
    {
        // What is not told yet: a category that has been told is taken out.
        var left = new AccessSelectorDraft(catalog, selector);
        var told = 0u;
        while (Best(catalog, left, adds, told) is { } best)
        {
            described.Apply((adds ? "+@" : "-@") + best);
            left.Apply((adds ? "-@" : "+@") + best);
            rules.Add((adds ? "+@" : "-@") + best);
            told |= AccessCategories.BitOf(best);
        }
    }

    /// <summary>The category with the fewest commands that differ; of several that with the most that agree.</summary>
    private static string? Best(AccessCatalog catalog, AccessSelectorDraft left, bool adds, uint told)
    {
        string? best = null;
        var (fewest, most) = (int.MaxValue, 0);
        foreach (var category in AccessCategories.All)
        {
            var bit = AccessCategories.BitOf(category);
            if ((told & bit) != 0)
                continue;
            var (same, other) = (0, 0);
            foreach (var command in catalog.WithSubcommands)
            {
                if ((command.Categories & bit) == 0)
                    continue;
                if (left.Allows(command) == adds)
                    same++;
                else
                    other++;
            }

            if (same > other && (other < fewest || (other == fewest && same > most)))
                (best, fewest, most) = (category, other, same);
        }

        return best;
    }

    private static void AddCommand(
        AccessCommand command, AccessSelector selector, AccessSelectorDraft described, List<string> rules)
    {
        var allowed = selector.Allows(command.Ordinal);
        if (allowed != described.Allows(command))
        {
            rules.Add((allowed ? "+" : "-") + command.Name);
            described.Set(command, allowed);
        }

        if (!allowed && selector.FirstArguments.TryGetValue(command.Ordinal, out var arguments))
            foreach (var argument in arguments)
                rules.Add($"+{command.Name}|{argument}");
    }
}
