using System.Collections.Immutable;
using System.Text;
using RedisLite.Protocol;

namespace RedisLite.Commands.Access;

/// <summary>A set of commands, keys and channels: a request that keeps within all three is allowed.</summary>
/// <remarks>
/// Immutable; any thread. A command is a bit; keys and channels are looked at only where patterns are not everything.
/// </remarks>
public sealed class AccessSelector
{
    private readonly ulong[] _commands;
    private readonly ImmutableDictionary<int, byte[][]> _firstArguments;

    internal AccessSelector(AccessSelectorDraft draft)
    {
        _commands = [.. draft.Commands];
        _firstArguments = draft.FirstArguments.ToImmutableDictionary(
            static item => item.Key, static item => item.Value.Select(Encoding.Latin1.GetBytes).ToArray());
        FirstArguments = draft.FirstArguments.ToImmutableDictionary(
            static item => item.Key, static item => item.Value.ToImmutableArray());
        AllowsAllCommands = draft.AllowsAllCommands;
        AllowsFutureCommands = draft.AllowsFutureCommands;
        AllowsAllKeys = draft.AllowsAllKeys;
        AllowsAllChannels = draft.AllowsAllChannels;
        Keys = [.. draft.Keys];
        Channels = [.. draft.Channels];
        ReadsAllKeys = AllowsAllKeys
            || Keys.Any(static key => key.Pattern.Text == "*" && key.Permissions.HasFlag(KeyPermissions.Read));
    }

    public bool AllowsAllCommands { get; }

    /// <summary>Whether it began with +@all, so that what it does not name is allowed.</summary>
    public bool AllowsFutureCommands { get; }

    public bool AllowsAllKeys { get; }

    /// <summary>Whether every key may be read, by one pattern.</summary>
    public bool ReadsAllKeys { get; }

    public bool AllowsAllChannels { get; }

    /// <summary>Empty when all keys are allowed, as when none is.</summary>
    public ImmutableArray<KeyPattern> Keys { get; }

    /// <summary>Empty when all channels are allowed, as when none is.</summary>
    public ImmutableArray<NamePattern> Channels { get; }

    public bool IsUnrestricted => AllowsAllCommands && AllowsAllKeys && AllowsAllChannels;

    /// <summary>First arguments with which a command is allowed that otherwise is not, by its ordinal.</summary>
    internal ImmutableDictionary<int, ImmutableArray<string>> FirstArguments { get; }

    internal ReadOnlySpan<ulong> Commands => _commands;

    /// <summary>Whether a command is allowed with any arguments.</summary>
    public bool Allows(int ordinal) => (_commands[ordinal >> 6] & (1ul << (ordinal & 63))) != 0;

    /// <summary>Whether a command is allowed with these arguments, keys and channels aside.</summary>
    /// <param name="ordinal">The command's.</param>
    /// <param name="args">The whole request.</param>
    /// <param name="first">Where the arguments begin: 1, or 2 for a subcommand.</param>
    public bool Allows(int ordinal, in Arguments args, int first) =>
        AllowsAllCommands || Allows(ordinal) || AllowsFirst(ordinal, args, first);

    /// <summary>Whether a key may be used as a command uses it.</summary>
    public bool AllowsKey(ReadOnlySpan<byte> key, KeyPermissions needed)
    {
        if (AllowsAllKeys)
            return true;
        foreach (var pattern in Keys)
            if ((pattern.Permissions & needed) == needed && pattern.Pattern.IsMatch(key))
                return true;
        return false;
    }

    /// <summary>Whether messages may be sent to a channel or received from it.</summary>
    public bool AllowsChannel(ReadOnlySpan<byte> channel)
    {
        if (AllowsAllChannels)
            return true;
        foreach (var pattern in Channels)
            if (pattern.IsMatch(channel))
                return true;
        return false;
    }

    /// <summary>Whether one may subscribe to a pattern: it must be one of the patterns here, to the byte.</summary>
    public bool AllowsChannelPattern(ReadOnlySpan<byte> pattern)
    {
        if (AllowsAllChannels)
            return true;
        foreach (var known in Channels)
            if (known.IsSame(pattern))
                return true;
        return false;
    }

    private bool AllowsFirst(int ordinal, in Arguments args, int first)
    {
        if (_firstArguments.IsEmpty || args.Count <= first || !_firstArguments.TryGetValue(ordinal, out var allowed))
            return false;
        foreach (var argument in allowed)
            if (Ascii.EqualsIgnoreCase(args[first], argument))
                return true;
        return false;
    }
}
