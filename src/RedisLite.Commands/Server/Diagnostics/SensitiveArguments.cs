using RedisLite.Protocol;

namespace RedisLite.Commands.Server.Diagnostics;

/// <summary>Which arguments are secrets, to be shown nowhere: not in SLOWLOG, not to MONITOR, not in a log.</summary>
internal static class SensitiveArguments
{
    /// <summary>What is shown instead.</summary>
    public static ReadOnlySpan<byte> Shown => "(redacted)"u8;

    /// <summary>
    /// Whether an argument of a request is a secret. O(arguments) for the few commands that may have one.
    /// </summary>
    public static bool IsSensitive(Command command, in Arguments args, int index) =>
        command.Secrets is { } secrets && secrets(args, index);
}
