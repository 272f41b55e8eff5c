namespace RedisLite.Commands.Keys;

/// <summary>Reads an argument that numbers a database, with Redis's three errors.</summary>
internal static class DatabaseArgument
{
    /// <param name="ctx">Gets the error reply when the result is false.</param>
    /// <param name="argument">The argument's position.</param>
    /// <param name="database">The database of that number.</param>
    public static bool TryRead(ref CommandContext ctx, int argument, out Keyspace database)
    {
        database = ctx.Keyspace;
        if (!ctx.Args.TryGetInt64(argument, out var index))
            ctx.Reply.Error(Errors.NotAnInteger);
        else if (index != (int)index)
            ctx.Reply.Error(Errors.NotAnInt32);
        else if (index < 0 || index >= ctx.Databases.Count)
            ctx.Reply.Error(Errors.DatabaseOutOfRange);
        else
        {
            database = ctx.Databases[(int)index];
            return true;
        }

        return false;
    }
}
