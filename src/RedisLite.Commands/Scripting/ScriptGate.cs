using System.Text;
using RedisLite.Commands.Execution;

namespace RedisLite.Commands.Scripting;

/// <summary>What a script or function must pass before it runs, in the order in which Redis checks it.</summary>
/// <remarks>A script that declares nothing is judged call by call instead (<see cref="RedisCall"/>).</remarks>
internal static class ScriptGate
{
    /// <returns>The error; null when it may run.</returns>
    public static byte[]? Refuse(
        CommandServices services, ClientSession session, ScriptFlags flags, bool isReadOnlyCommand, bool isOutOfMemory)
    {
        if (flags.HasFlag(ScriptFlags.Undeclared))
            return null;
        if (!flags.HasFlag(ScriptFlags.NoWrites))
        {
            if (!session.IsObeyed && services.Role == ServerRole.Replica && services.Options.ReplicaReadOnly)
                return "READONLY You can not run script with write flag on readonly replica."u8.ToArray();
            if (!session.IsObeyed && services.Persistence.WriteRefusal is { } refusal)
                return Blocked(refusal);
            if (isReadOnlyCommand)
                return "ERR Can not execute a script with write flag using *_ro command."u8.ToArray();
        }

        return isOutOfMemory && !session.IsObeyed && (flags & (ScriptFlags.AllowOom | ScriptFlags.NoWrites)) == 0
            ? "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'"u8.ToArray()
            : null;
    }

    /// <summary>The refusal of writes, with what helps a script.</summary>
    private static byte[] Blocked(byte[] refusal) =>
        [.. refusal, .. Encoding.ASCII.GetBytes(" Writable scripts are blocked. Use 'no-writes' flag for read only scripts.")];
}
