using RedisLite.Protocol;

namespace RedisLite.Commands.Server.Introspection;

/// <summary>The keys of a request, for COMMAND GETKEYS and GETKEYSANDFLAGS.</summary>
internal static class KeyExtraction
{
    /// <summary>
    /// The positions of all keys among the arguments, with their use, in the order of the declaration.
    /// </summary>
    public static List<(int Position, KeyAccess Access, KeyUsage Usage)> Keys(
        Command command, in Arguments args, Databases databases)
    {
        var keys = new List<(int, KeyAccess, KeyUsage)>();
        var list = new RequestKeyList();
        foreach (ref readonly var key in list.View(list.Locate(command, args, databases)))
        {
            var (access, usage) = command.UseOf(key, args);
            keys.Add((key.Position, access, usage));
        }

        list.Clear();
        return keys;
    }
}
