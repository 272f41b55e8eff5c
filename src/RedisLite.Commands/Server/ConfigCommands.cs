using System.Text;
using RedisLite.Protocol;

namespace RedisLite.Commands.Server;

/// <summary>CONFIG: reads and changes the configuration while the server runs.</summary>
[CommandContainer("CONFIG", Group = CommandGroup.Server, Since = "2.0.0",
    Summary = "A container for server configuration commands.")]
internal static class ConfigCommands
{
    private const CommandFlags Common =
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Pooled;

    [Command("CONFIG GET", Arity = -3, Flags = Common, Group = CommandGroup.Server, Since = "2.0.0",
        Categories = "dangerous", Complexity = "O(N) when N is the number of configuration parameters provided",
        AuditedWith = nameof(IsNamedByGet), Syntax = "parameter [parameter ...]",
        Summary = "Returns the effective values of configuration parameters.")]
    public static void Get(ref CommandContext ctx)
    {
        var patterns = new string[ctx.Args.Count - 2];
        for (var i = 0; i < patterns.Length; i++)
            patterns[i] = Encoding.Latin1.GetString(ctx.Args[i + 2]);
        var values = ctx.Services.Configuration.Get(patterns);
        ctx.Reply.Map(values.Count);
        foreach (var (name, value) in values)
        {
            ctx.Reply.Bulk(Encoding.Latin1.GetBytes(name));
            ctx.Reply.Bulk(Encoding.Latin1.GetBytes(value));
        }
    }

    [Command("CONFIG SET", Arity = -4, Flags = Common, Group = CommandGroup.Server, Since = "2.0.0",
        Categories = "dangerous", Complexity = "O(N) when N is the number of configuration parameters provided",
        Syntax = "parameter value [parameter value ...]", Summary = "Sets configuration parameters in-flight.",
        SecretsWith = nameof(IsSecret), AuditedWith = nameof(IsNamedBySet))]
    public static void Set(ref CommandContext ctx)
    {
        if (ctx.Args.Count % 2 != 0)
        {
            ctx.Reply.Error(Errors.Syntax);
            return;
        }

        var values = new KeyValuePair<string, string>[(ctx.Args.Count - 2) / 2];
        for (var i = 0; i < values.Length; i++)
            values[i] = new(
                Encoding.Latin1.GetString(ctx.Args[(2 * i) + 2]), Encoding.Latin1.GetString(ctx.Args[(2 * i) + 3]));
        Answer(ref ctx, ctx.Services.Configuration.TrySet(values));
    }

    [Command("CONFIG REWRITE", Arity = 2, Flags = Common, Group = CommandGroup.Server, Since = "2.8.0",
        Categories = "dangerous", Summary = "Persists the effective configuration to file.")]
    public static void Rewrite(ref CommandContext ctx) => Answer(ref ctx, ctx.Services.Configuration.Rewrite());

    [Command("CONFIG RESETSTAT", Arity = 2, Flags = Common, Group = CommandGroup.Server, Since = "2.0.0",
        Categories = "dangerous", Summary = "Resets the server's statistics.")]
    public static void ResetStatistics(ref CommandContext ctx)
    {
        ctx.Services.Statistics.Reset();
        ctx.Reply.Ok();
    }

    private static void Answer(ref CommandContext ctx, string? error)
    {
        if (error is null)
            ctx.Reply.Ok();
        else
            ctx.Reply.Error(Encoding.Latin1.GetBytes(error));
    }

    private static bool IsNamedByGet(in Arguments args, int index) => index > 1;

    private static bool IsNamedBySet(in Arguments args, int index) => index > 1 && index % 2 == 0;

    private static bool IsSecret(in Arguments args, int index) =>
        index > 2 && index % 2 == 1 && IsSecretDirective(args[index - 1]);

    private static bool IsSecretDirective(ReadOnlySpan<byte> name) =>
        Ascii.EqualsIgnoreCase(name, "requirepass"u8)
        || Ascii.EqualsIgnoreCase(name, "masterauth"u8)
        || Ascii.EqualsIgnoreCase(name, "masteruser"u8)
        || Ascii.EqualsIgnoreCase(name, "tls-key-file-pass"u8)
        || Ascii.EqualsIgnoreCase(name, "tls-client-key-file-pass"u8);
}
