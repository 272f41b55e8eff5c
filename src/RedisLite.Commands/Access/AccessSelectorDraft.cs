using System.Buffers;

namespace RedisLite.Commands.Access;

/// <summary>A selector while rules are applied to it, one after the other.</summary>
/// <remarks>One thread. Rules and what they do are Redis's, to the last detail: ACL files go between servers.</remarks>
internal sealed class AccessSelectorDraft
{
    private static readonly SearchValues<char> Separators = SearchValues.Create(" \t\n\v\f\r\0");

    private readonly AccessCatalog _catalog;

    /// <param name="catalog">The commands.</param>
    /// <param name="allowsAllChannels">What <c>acl-pubsub-default</c> gives.</param>
    public AccessSelectorDraft(AccessCatalog catalog, bool allowsAllChannels)
    {
        _catalog = catalog;
        Commands = new ulong[(catalog.OrdinalCount + 63) / 64];
        AllowsAllChannels = allowsAllChannels;
    }

    /// <summary>A draft that begins with what a selector allows.</summary>
    public AccessSelectorDraft(AccessCatalog catalog, AccessSelector selector)
    {
        _catalog = catalog;
        Commands = selector.Commands.ToArray();
        AllowsAllCommands = selector.AllowsAllCommands;
        AllowsFutureCommands = selector.AllowsFutureCommands;
        AllowsAllKeys = selector.AllowsAllKeys;
        AllowsAllChannels = selector.AllowsAllChannels;
        Keys = [.. selector.Keys];
        Channels = [.. selector.Channels];
        foreach (var (ordinal, arguments) in selector.FirstArguments)
            FirstArguments[ordinal] = [.. arguments];
    }

    /// <summary>A bit for each command.</summary>
    public ulong[] Commands { get; }

    public Dictionary<int, List<string>> FirstArguments { get; } = [];

    public bool AllowsAllCommands { get; private set; }

    public bool AllowsFutureCommands { get; private set; }

    public bool AllowsAllKeys { get; private set; }

    public bool AllowsAllChannels { get; private set; }

    public List<KeyPattern> Keys { get; } = [];

    public List<NamePattern> Channels { get; } = [];

    /// <summary>Applies one rule.</summary>
    public RuleFault Apply(string rule)
    {
        // Quotes with nothing between them.
        if (rule.Length == 0)
            return RuleFault.Syntax;
        switch (rule.ToLowerInvariant())
        {
            case "allkeys" or "~*":
                SetAllKeys(true);
                return RuleFault.None;
            case "resetkeys":
                SetAllKeys(false);
                return RuleFault.None;
            case "allchannels" or "&*":
                SetAllChannels(true);
                return RuleFault.None;
            case "resetchannels":
                SetAllChannels(false);
                return RuleFault.None;
            case "allcommands" or "+@all":
                SetAllCommands(true);
                return RuleFault.None;
            case "nocommands" or "-@all":
                SetAllCommands(false);
                return RuleFault.None;
        }

        return rule[0] switch
        {
            '~' or '%' => AddKey(rule),
            '&' => AddChannel(rule[1..]),
            '+' or '-' when rule.Length > 1 && rule[1] == '@' => SetCategory(rule[2..], rule[0] == '+'),
            '+' => AddCommand(rule[1..]),
            '-' => RemoveCommand(rule[1..]),
            _ => RuleFault.Syntax,
        };
    }

    public bool Allows(AccessCommand command) =>
        (Commands[command.Ordinal >> 6] & (1ul << (command.Ordinal & 63))) != 0;

    /// <summary>Allows a command or not, and with a container its subcommands.</summary>
    public void Set(AccessCommand command, bool allowed)
    {
        SetBit(command, allowed);
        FirstArguments.Remove(command.Ordinal);
        foreach (var sub in command.Subcommands ?? [])
            SetBit(sub, allowed);
    }

    private void SetBit(AccessCommand command, bool allowed)
    {
        var bit = 1ul << (command.Ordinal & 63);
        if (allowed)
        {
            Commands[command.Ordinal >> 6] |= bit;
            return;
        }

        Commands[command.Ordinal >> 6] &= ~bit;
        AllowsAllCommands = false;
    }

    private void SetAllKeys(bool allowed)
    {
        AllowsAllKeys = allowed;
        Keys.Clear();
    }

    private void SetAllChannels(bool allowed)
    {
        AllowsAllChannels = allowed;
        Channels.Clear();
    }

    private void SetAllCommands(bool allowed)
    {
        Commands.AsSpan().Fill(allowed ? ulong.MaxValue : 0);
        AllowsAllCommands = AllowsFutureCommands = allowed;
        FirstArguments.Clear();
    }

    private RuleFault SetCategory(string name, bool allowed)
    {
        var bit = AccessCategories.BitOf(name);
        if (bit == 0)
            return RuleFault.UnknownCommand;
        foreach (var command in _catalog.WithSubcommands)
            if ((command.Categories & bit) != 0)
                Set(command, allowed);
        return RuleFault.None;
    }

    private RuleFault AddKey(string rule)
    {
        if (AllowsAllKeys)
            return RuleFault.KeyAfterAll;
        var permissions = rule[0] == '~' ? KeyPermissions.All : KeyPermissions.None;
        var start = 1;
        for (; rule[0] == '%' && start < rule.Length; start++)
        {
            if (rule[start] == '~')
            {
                start++;
                break;
            }

            var letter = rule[start] switch
            {
                'R' or 'r' => KeyPermissions.Read,
                'W' or 'w' => KeyPermissions.Write,
                _ => KeyPermissions.None,
            };
            if (letter == KeyPermissions.None || (permissions & letter) != 0)
                return RuleFault.Syntax;
            permissions |= letter;
        }

        // "%" alone names no permission.
        if (permissions == KeyPermissions.None || HasSpaces(rule.AsSpan(start)))
            return RuleFault.Syntax;
        var pattern = rule[start..];
        var present = Keys.FindIndex(key => key.Pattern.Text == pattern);
        if (present < 0)
            Keys.Add(new KeyPattern(new NamePattern(pattern), permissions));
        else
            Keys[present] = Keys[present] with { Permissions = Keys[present].Permissions | permissions };
        return RuleFault.None;
    }

    private RuleFault AddChannel(string pattern)
    {
        if (AllowsAllChannels)
            return RuleFault.ChannelAfterAll;
        if (HasSpaces(pattern))
            return RuleFault.Syntax;
        if (!Channels.Exists(channel => channel.Text == pattern))
            Channels.Add(new NamePattern(pattern));
        return RuleFault.None;
    }

    private RuleFault AddCommand(string name)
    {
        var bar = name.LastIndexOf('|');
        if (bar < 0)
            return SetCommand(name, true);
        if (_catalog.Find(name[..bar]) is not { } command)
            return RuleFault.UnknownCommand;
        if (command.IsSubcommand)
            return RuleFault.FirstArgumentOfSubcommand;
        if (bar == name.Length - 1)
            return RuleFault.Syntax;
        if (command.Subcommands is not null)
            return SetCommand(name, true);
        if (!FirstArguments.TryGetValue(command.Ordinal, out var arguments))
            FirstArguments[command.Ordinal] = arguments = [];
        if (!arguments.Contains(name[(bar + 1)..], StringComparer.OrdinalIgnoreCase))
            arguments.Add(name[(bar + 1)..]);
        return RuleFault.None;
    }

    private RuleFault RemoveCommand(string name) => SetCommand(name, false);

    private RuleFault SetCommand(string name, bool allowed)
    {
        if (_catalog.Find(name) is not { } command)
            return RuleFault.UnknownCommand;
        Set(command, allowed);
        return RuleFault.None;
    }

    /// <summary>Whether there is anything that separates rules in a file.</summary>
    internal static bool HasSpaces(ReadOnlySpan<char> text) => text.ContainsAny(Separators);
}
