using RedisLite.Commands.Execution;

namespace RedisLite.Commands.Scripting;

/// <summary>What a script or function must pass before it runs, in the order in which Redis checks it.</summary>
/// <remarks>
/// By its flags it is a command that writes or does not, and is judged as other commands are. A script that declares
/// nothing is judged call by call instead (<see cref="RedisCall"/>).
/// </remarks>
internal static class ScriptGate
{
    /// <returns>The error; null when it may run.</returns>
    public static byte[]? Refuse(
        CommandServices services, ClientSession session, ScriptFlags flags, bool isReadOnlyCommand, bool isOutOfMemory)
    {
        if (services.Cluster is not null && !session.IsObeyed && flags.Has(ScriptFlags.NoCluster))
            return "ERR Can not run script on cluster, 'no-cluster' flag is set."u8.ToArray();
        var isStale = services.Role == ServerRole.Replica && !session.IsObeyed && services.Replication.IsStale;
        if (flags.Has(ScriptFlags.Undeclared))
            return isStale ? Errors.PrimaryDown.ToArray() : null;
        var writes = !flags.Has(ScriptFlags.NoWrites);
        if (writes && !session.IsObeyed
            && RefuseWrites(services, isOutOfMemory && !flags.Has(ScriptFlags.AllowOom)) is { } refusal)
            return refusal;
        if (isStale && !flags.Has(ScriptFlags.AllowStale))
            return Errors.PrimaryDown.ToArray();
        return writes && isReadOnlyCommand
            ? "ERR Can not execute a script with write flag using *_ro command."u8.ToArray()
            : null;
    }

    /// <summary>Whether a write would reach too few replicas.</summary>
    public static bool LacksReplicas(CommandServices services) =>
        services.Options.Replication.MinReplicasToWrite != 0 && services.Role == ServerRole.Primary
        && !services.Replication.HasEnoughReplicas;

    private static byte[]? RefuseWrites(CommandServices services, bool lacksMemory)
    {
        if (lacksMemory)
            return Errors.OutOfMemory.ToArray();
        if (services.WriteRefusal is { } refusal)
            return refusal;
        if (LacksReplicas(services))
            return Errors.NotEnoughReplicas.ToArray();
        return services.Role == ServerRole.Replica
            && services.Options.ReplicaReadOnly ? Errors.ReadOnly.ToArray() : null;
    }
}
