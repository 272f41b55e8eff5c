using RedisLite.Protocol;

namespace RedisLite.Commands.Server.Diagnostics;

/// <summary>Which arguments are secrets, to be shown nowhere: not in SLOWLOG, not to MONITOR, not in a log.</summary>
internal static class SensitiveArguments
{
    /// <summary>What is shown instead.</summary>
    public static ReadOnlySpan<byte> Shown => "(redacted)"u8;

    /// <summary>Whether an argument of a request is a secret. O(arguments) for the few commands that may have one.</summary>
    public static bool IsSensitive(Command command, in Arguments args, int index) => command.Name switch
    {
        "auth" => index > 0,
        "hello" => IsHelloSecret(args, index),
        "config|set" => index > 2 && index % 2 == 1 && IsSecretDirective(args[index - 1]),
        _ => false,
    };

    private static bool IsHelloSecret(in Arguments args, int index)
    {
        for (var i = 2; i < args.Count - 2; i++)
        {
            if (args.Is(i, "AUTH"u8))
                return index == i + 1 || index == i + 2;
            if (args.Is(i, "SETNAME"u8))
                i++;
        }

        return false;
    }

    private static bool IsSecretDirective(ReadOnlySpan<byte> name) =>
        System.Text.Ascii.EqualsIgnoreCase(name, "requirepass"u8)
        || System.Text.Ascii.EqualsIgnoreCase(name, "masterauth"u8)
        || System.Text.Ascii.EqualsIgnoreCase(name, "masteruser"u8)
        || System.Text.Ascii.EqualsIgnoreCase(name, "tls-key-file-pass"u8)
        || System.Text.Ascii.EqualsIgnoreCase(name, "tls-client-key-file-pass"u8);
}
