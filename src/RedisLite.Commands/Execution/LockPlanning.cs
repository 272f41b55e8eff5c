using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.Execution;

/// <summary>Turns the declared keys of a request into the stripes that must be held while it runs.</summary>
internal static class LockPlanning
{
    /// <summary>Adds the stripes of one command to a plan.</summary>
    public static void Add(Command command, in Arguments args, ClientSession session, Databases databases, LockPlan plan, bool inTransaction)
    {
        foreach (var spec in command.Keys)
        {
            if (spec.Kind == KeySpecKind.WholeKeyspace)
            {
                var changesAll = (spec.Access & KeyAccess.Write) != 0;
                if (changesAll || inTransaction)
                    plan.AddAll(changesAll);
                continue;
            }

            // A write command's sources too: one that it finds expired must be deleted, in the log, before its own effect
            // (BITOP, COPY), or a replay would still find it there.
            foreach (var position in spec.PositionsIn(args))
                plan.Add(databases.MakeKey(args[position]).Hash, command.IsWrite);
        }

        command.Planner?.Invoke(args, session, databases, plan);
    }
}
