using RedisLite.Commands.Access;
using RedisLite.Protocol;

namespace RedisLite.Commands;

/// <summary>Whether rules allow a request: its command, its keys with what it does with them, its channels.</summary>
internal static class RequestPermissions
{
    /// <summary>Looks at one selector after the other until one allows the request.</summary>
    /// <param name="rules">Of the user.</param>
    /// <param name="command">What the request names.</param>
    /// <param name="args">The whole request.</param>
    /// <param name="keys">Its keys, as they were located.</param>
    /// <param name="argument">The argument that is not allowed, when that is a key or a channel.</param>
    /// <returns>Why not; of several reasons that which comes furthest.</returns>
    public static DenialReason Check(
        AccessRules rules, Command command, in Arguments args, RequestKeys keys, out int argument)
    {
        argument = 0;
        var denial = DenialReason.Command;
        foreach (var selector in rules.Selectors)
        {
            var reason = Check(selector, command, args, keys, out var at);
            if (reason == DenialReason.None)
                return reason;
            if (reason > denial || (reason == denial && at > argument))
                (denial, argument) = (reason, at);
        }

        return denial;
    }

    /// <summary>Whether the user may read every key by the command: what SORT's patterns need.</summary>
    public static bool ReadsAllKeys(AccessRules rules, Command command, in Arguments args, RequestKeys keys)
    {
        foreach (var selector in rules.Selectors)
            if (selector.ReadsAllKeys && Check(selector, command, args, keys, out _) == DenialReason.None)
                return true;
        return false;
    }

    private static DenialReason Check(
        AccessSelector selector, Command command, in Arguments args, RequestKeys keys, out int argument)
    {
        argument = 0;
        var first = command.Parent is null ? 1 : 2;
        if (!command.Has(CommandFlags.NoAuth) && !selector.Allows(command.Ordinal, args, first))
            return DenialReason.Command;
        if (!selector.AllowsAllKeys)
            foreach (ref readonly var key in keys)
                if (!selector.AllowsKey(args[key.Position], Needed(command, key, args)))
                {
                    argument = key.Position;
                    return DenialReason.Key;
                }

        return command.Declaration.Channels == ChannelArguments.None || selector.AllowsAllChannels
            ? DenialReason.None
            : CheckChannels(selector, command.Declaration.Channels, args, out argument);
    }

    private static KeyPermissions Needed(Command command, in RequestKey key, in Arguments args)
    {
        const KeyUsage writes = KeyUsage.Insert | KeyUsage.Delete | KeyUsage.Update;
        var (_, usage) = command.UseOf(key, args);
        return ((usage & KeyUsage.Access) != 0 ? KeyPermissions.Read : KeyPermissions.None)
            | ((usage & writes) != 0 ? KeyPermissions.Write : KeyPermissions.None);
    }

    private static DenialReason CheckChannels(
        AccessSelector selector, ChannelArguments channels, in Arguments args, out int argument)
    {
        var last = channels == ChannelArguments.First ? 1 : args.Count - 1;
        for (argument = 1; argument <= last; argument++)
        {
            var allowed = channels == ChannelArguments.AllPatterns
                ? selector.AllowsChannelPattern(args[argument])
                : selector.AllowsChannel(args[argument]);
            if (!allowed)
                return DenialReason.Channel;
        }

        argument = 0;
        return DenialReason.None;
    }
}
