using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.Execution;

/// <summary>Turns the declared keys of a request into the stripes that must be held while it runs.</summary>
internal static class LockPlanning
{
    /// <summary>Adds the stripes of one command to a plan.</summary>
    /// <param name="command">The command.</param>
    /// <param name="args">Its whole request.</param>
    /// <param name="session">Whose database and transaction count.</param>
    /// <param name="databases">Hashes the keys.</param>
    /// <param name="plan">Takes the stripes.</param>
    /// <param name="inTransaction">Whether commands that go stripe by stripe otherwise find all of them taken.</param>
    /// <param name="keys">Told of the declared keys' hashes; null if nobody wants them.</param>
    public static void Add(
        Command command, in Arguments args, ClientSession session, Databases databases, LockPlan plan, bool inTransaction,
        KeyPrefetch? keys = null)
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
            {
                var hash = databases.MakeKey(args[position]).Hash;
                plan.Add(hash, command.LocksExclusive);
                keys?.Add(hash);
            }
        }

        command.Planner?.Invoke(args, session, databases, plan);
    }
}
