namespace RedisLite.Commands.Access;

/// <summary>What is wrong with a rule.</summary>
public enum RuleFault
{
    None,
    Syntax,
    UnknownCommand,
    KeyAfterAll,
    ChannelAfterAll,
    NoSuchPassword,
    NotAHash,
    FirstArgumentOfSubcommand,
    DuplicateUser,
    BadLimit,
}

/// <summary>What is told of a rule that is wrong.</summary>
public static class RuleFaults
{
    /// <summary>In Redis's words.</summary>
    public static string Text(this RuleFault fault) => fault switch
    {
        RuleFault.Syntax => "Syntax error",
        RuleFault.UnknownCommand => "Unknown command or category name in ACL",
        RuleFault.KeyAfterAll =>
            "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. "
            + "Try 'resetkeys' to start with an empty list of patterns",
        RuleFault.ChannelAfterAll =>
            "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any "
            + "effect. Try 'resetchannels' to start with an empty list of channels",
        RuleFault.NoSuchPassword => "The password you are trying to remove from the user does not exist",
        RuleFault.NotAHash =>
            "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters",
        RuleFault.FirstArgumentOfSubcommand => "Allowing first-arg of a subcommand is not supported",
        RuleFault.DuplicateUser => "Duplicate user found. A user can only be defined once in config files",
        RuleFault.BadLimit => "A limit is limit-commands, limit-bytes or limit-clients, a colon, and a whole number",
        _ => "Wrong format",
    };
}
