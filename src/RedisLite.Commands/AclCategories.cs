using RedisLite.Commands.Access;

namespace RedisLite.Commands;

/// <summary>The ACL categories of a command, which follow from its keys, flags and group.</summary>
internal static class AclCategories
{
    /// <summary>Without the leading @, in Redis's order.</summary>
    public static IReadOnlyList<string> Of(Command command)
    {
        var own = command.Declaration.Categories.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return
        [
            .. AccessCategories.All.Where(category =>
                (Follows(command, category) || own.Contains(category)) && !own.Contains("-" + category)),
        ];
    }

    private static bool Follows(Command command, string category) => category switch
    {
        "read" => command.IsRead && !command.IsWrite,
        "write" => command.IsWrite,
        "pubsub" => command.Has(CommandFlags.PubSub),
        "admin" => command.Has(CommandFlags.Admin),
        "dangerous" => command.Has(CommandFlags.Admin),
        "blocking" => command.Has(CommandFlags.Blocking),
        "fast" => command.Has(CommandFlags.Fast),
        "slow" => !command.Has(CommandFlags.Fast),
        _ => command.Subcommands is null && category == OfGroup(command.Declaration.Group),
    };

    private static string? OfGroup(CommandGroup group) => group switch
    {
        CommandGroup.Generic => "keyspace",
        CommandGroup.Transactions => "transaction",
        CommandGroup.PubSub or CommandGroup.Server or CommandGroup.Cluster => null,
        _ => group.ToString().ToLowerInvariant(),
    };
}
