namespace RedisLite.Commands.Server.Introspection;

/// <summary>First key, last key and step of a command: how Redis described keys before key specifications.</summary>
internal static class KeyRange
{
    /// <summary>
    /// The range of a command with one range of keys, or with several that follow one another without a gap; zeros for
    /// any other command.
    /// </summary>
    public static (int First, int Last, int Step) Of(Command command)
    {
        var specs = command.Keys.Where(spec => spec.Kind != KeySpecKind.WholeKeyspace).ToList();
        if (command.ShardChannels is { } channels)
            specs.Add(channels);
        if (specs is [{ Kind: KeySpecKind.Range } only])
            return (only.First, only.Last, only.Step);

        var (first, last) = (0, 0);
        foreach (var spec in specs.Where(spec => spec.Kind == KeySpecKind.Range))
        {
            if (spec.Step != 1 || (last != 0 && last != spec.First - 1))
                break;
            first = first == 0 ? spec.First : first;
            last = spec.Last;
        }

        return (first, last, first == 0 ? 0 : 1);
    }

    /// <summary>The last key counted from the first; negative when it is counted from the last argument.</summary>
    public static int RelativeLast(KeySpec spec) => spec.Last < 0 ? spec.Last : spec.Last - spec.First;
}
