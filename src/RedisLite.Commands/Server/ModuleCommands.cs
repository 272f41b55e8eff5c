namespace RedisLite.Commands.Server;

/// <summary>MODULE: there are none, and none can be loaded.</summary>
[CommandContainer("MODULE", Group = CommandGroup.Server, Since = "4.0.0", Summary = "A container for module commands")]
internal static class ModuleCommands
{
    private const CommandFlags Common = CommandFlags.Admin | CommandFlags.NoScript;
    private const CommandFlags Loading = Common | CommandFlags.NoAsyncLoading;

    [Command("MODULE LIST", Arity = 2, Flags = Common, Group = CommandGroup.Server, Since = "4.0.0",
        Categories = "dangerous", Complexity = "O(N) where N is the number of loaded modules.",
        Summary = "List all modules loaded by the server")]
    public static void List(ref CommandContext ctx) => ctx.Reply.Array(0);

    [Command("MODULE LOAD", Arity = -3, Flags = Loading, Group = CommandGroup.Server, Since = "4.0.0",
        Categories = "dangerous", Syntax = "path [arg [arg ...]]", Summary = "Load a module",
        Notes = "Always refused: RedisLite has no modules.")]
    [Command("MODULE LOADEX", Arity = -3, Flags = Loading, Group = CommandGroup.Server, Since = "7.0.0",
        Categories = "dangerous", Syntax = "path [CONFIG name value [CONFIG name value ...]] [ARGS arg [arg ...]]",
        Summary = "Load a module with extended parameters", Notes = "Always refused: RedisLite has no modules.")]
    [Command("MODULE UNLOAD", Arity = 3, Flags = Loading, Group = CommandGroup.Server, Since = "4.0.0",
        Categories = "dangerous", Syntax = "name", Summary = "Unload a module",
        Notes = "Always refused: RedisLite has no modules.")]
    public static void Refuse(ref CommandContext ctx) => ctx.Reply.Error(
        "ERR MODULE command not allowed. If the enable-module-command option is set to \"local\", you can run it "u8
            + "from a local connection, otherwise you need to set this option in the configuration file, and "u8
            + "then restart the server."u8);
}
