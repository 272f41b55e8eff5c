using RedisLite.Protocol;

namespace RedisLite.Commands.Server.Introspection;

/// <summary>The keys of a request, for COMMAND GETKEYS and GETKEYSANDFLAGS.</summary>
internal static class KeyExtraction
{
    /// <summary>The positions of all keys among the arguments, with their use, in the order of the declaration.</summary>
    public static List<(int Position, KeyAccess Access, KeyUsage Usage)> Keys(Command command, in Arguments args)
    {
        var keys = new List<(int, KeyAccess, KeyUsage)>();
        foreach (var spec in command.Keys)
        {
            var (access, usage) = UseOf(command, spec, args);
            foreach (var position in spec.PositionsIn(args))
                keys.Add((position, access, usage));
        }

        return keys;
    }

    /// <summary>What this very request does with a key, where its options decide: SET reads only with GET, ...</summary>
    private static (KeyAccess Access, KeyUsage Usage) UseOf(Command command, KeySpec spec, in Arguments args)
    {
        var usage = spec.Usage & ~KeyUsage.Variable;
        if (usage == spec.Usage)
            return (spec.Access, usage);
        return command.Name switch
        {
            "set" when !HasOption(args, 3, "GET"u8) => (KeyAccess.Write, KeyUsage.Update),
            "bitfield" when !HasOption(args, 2, "SET"u8) && !HasOption(args, 2, "INCRBY"u8) => (KeyAccess.Read, KeyUsage.Access),
            _ => (spec.Access, usage),
        };
    }

    private static bool HasOption(in Arguments args, int from, ReadOnlySpan<byte> option)
    {
        for (var i = from; i < args.Count; i++)
            if (args.Is(i, option))
                return true;
        return false;
    }
}
