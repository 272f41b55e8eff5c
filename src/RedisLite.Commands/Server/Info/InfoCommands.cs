using System.Text;

namespace RedisLite.Commands.Server.Info;

/// <summary>INFO.</summary>
internal static class InfoCommands
{
    [Command("INFO", Arity = -1, Flags = CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Pooled,
        Group = CommandGroup.Server, Since = "1.0.0", Categories = "dangerous", Syntax = "[section [section ...]]",
        Summary = "Returns information and statistics about the server.",
        Notes = "A field without a counterpart here is left out; what is shown is measured.")]
    public static void Info(ref CommandContext ctx)
    {
        var writer = new InfoWriter();
        foreach (var section in ctx.Services.Info.Sections)
        {
            if (!IsWanted(ref ctx, section))
                continue;
            writer.Heading(section.Name);
            section.Write(writer);
        }

        ctx.Reply.Verbatim("txt"u8, Encoding.Latin1.GetBytes(writer.ToString()));
    }

    private static bool IsWanted(ref CommandContext ctx, InfoSection section)
    {
        if (ctx.Args.Count == 1)
            return section.IsDefault;
        var name = Encoding.ASCII.GetBytes(section.Name);
        for (var i = 1; i < ctx.Args.Count; i++)
        {
            if (Ascii.EqualsIgnoreCase(ctx.Args[i], name) || ctx.Args.Is(i, "EVERYTHING"u8)
                || (ctx.Args.Is(i, "ALL"u8) && section.Name != "Modules")
                || (ctx.Args.Is(i, "DEFAULT"u8) && section.IsDefault))
                return true;
        }

        return false;
    }
}
