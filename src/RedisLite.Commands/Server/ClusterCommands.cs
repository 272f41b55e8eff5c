namespace RedisLite.Commands.Server;

/// <summary>CLUSTER, READONLY, READWRITE and ASKING on a server without a cluster: clients ask, to learn that there is none.</summary>
[CommandContainer("CLUSTER", Group = CommandGroup.Cluster, Since = "3.0.0", Summary = "A container for cluster commands")]
internal static class ClusterCommands
{
    private const CommandFlags Administrative = CommandFlags.Admin | CommandFlags.Stale;
    private const CommandFlags Changing = Administrative | CommandFlags.NoAsyncLoading;
    private const CommandFlags OfConnection = CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast;

    [Command("CLUSTER ADDSLOTS", Arity = -3, Flags = Changing, Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "slot [slot ...]",
        Complexity = "O(N) where N is the total number of hash slot arguments", Categories = "dangerous",
        Summary = "Assign new hash slots to receiving node.")]
    [Command("CLUSTER ADDSLOTSRANGE", Arity = -4, Flags = Changing, Group = CommandGroup.Cluster, Since = "7.0.0", Syntax = "start-slot end-slot [start-slot end-slot ...]",
        Complexity = "O(N) where N is the total number of the slots between the start slot and end slot arguments.", Categories = "dangerous",
        Summary = "Assign new hash slots to receiving node.")]
    [Command("CLUSTER BUMPEPOCH", Arity = 2, Flags = Changing, Group = CommandGroup.Cluster, Since = "3.0.0",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "Advance the cluster config epoch.")]
    [Command("CLUSTER COUNT-FAILURE-REPORTS", Arity = 3, Flags = Administrative, Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "node-id",
        Complexity = "O(N) where N is the number of failure reports", Categories = "dangerous",
        Summary = "Return the number of failure reports active for a given node.")]
    [Command("CLUSTER COUNTKEYSINSLOT", Arity = 3, Flags = CommandFlags.Stale, Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "slot",
        Complexity = "O(1)",
        Summary = "Return the number of local keys in the specified hash slot.")]
    [Command("CLUSTER DELSLOTS", Arity = -3, Flags = Changing, Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "slot [slot ...]",
        Complexity = "O(N) where N is the total number of hash slot arguments", Categories = "dangerous",
        Summary = "Set hash slots as unbound in receiving node.")]
    [Command("CLUSTER DELSLOTSRANGE", Arity = -4, Flags = Changing, Group = CommandGroup.Cluster, Since = "7.0.0", Syntax = "start-slot end-slot [start-slot end-slot ...]",
        Complexity = "O(N) where N is the total number of the slots between the start slot and end slot arguments.", Categories = "dangerous",
        Summary = "Set hash slots as unbound in receiving node.")]
    [Command("CLUSTER FAILOVER", Arity = -2, Flags = Changing, Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "[FORCE | TAKEOVER]",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "Forces a replica to perform a manual failover of its master.")]
    [Command("CLUSTER FLUSHSLOTS", Arity = 2, Flags = Changing, Group = CommandGroup.Cluster, Since = "3.0.0",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "Delete a node's own slots information.")]
    [Command("CLUSTER FORGET", Arity = 3, Flags = Changing, Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "node-id",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "Remove a node from the nodes table.")]
    [Command("CLUSTER GETKEYSINSLOT", Arity = 4, Flags = CommandFlags.Stale, Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "slot count",
        Complexity = "O(log(N)) where N is the number of requested keys",
        Summary = "Return local key names in the specified hash slot.")]
    [Command("CLUSTER INFO", Arity = 2, Flags = CommandFlags.Stale, Group = CommandGroup.Cluster, Since = "3.0.0",
        Complexity = "O(1)",
        Summary = "Provides info about Redis Cluster node state.")]
    [Command("CLUSTER KEYSLOT", Arity = 3, Flags = CommandFlags.Stale, Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "key",
        Complexity = "O(N) where N is the number of bytes in the key",
        Summary = "Returns the hash slot of the specified key.")]
    [Command("CLUSTER LINKS", Arity = 2, Flags = CommandFlags.Stale, Group = CommandGroup.Cluster, Since = "7.0.0",
        Complexity = "O(N) where N is the total number of Cluster nodes",
        Summary = "Returns a list of all TCP links to and from peer nodes in cluster.")]
    [Command("CLUSTER MEET", Arity = -4, Flags = Changing, Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "ip port [cluster_bus_port]",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "Force a node cluster to handshake with another node.")]
    [Command("CLUSTER MYID", Arity = 2, Flags = CommandFlags.Stale, Group = CommandGroup.Cluster, Since = "3.0.0",
        Complexity = "O(1)",
        Summary = "Return the node id.")]
    [Command("CLUSTER NODES", Arity = 2, Flags = CommandFlags.Stale, Group = CommandGroup.Cluster, Since = "3.0.0",
        Complexity = "O(N) where N is the total number of Cluster nodes",
        Summary = "Get Cluster config for the node.")]
    [Command("CLUSTER REPLICAS", Arity = 3, Flags = Administrative, Group = CommandGroup.Cluster, Since = "5.0.0", Syntax = "node-id",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "List replica nodes of the specified master node.")]
    [Command("CLUSTER REPLICATE", Arity = 3, Flags = Changing, Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "node-id",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "Reconfigure a node as a replica of the specified master node.")]
    [Command("CLUSTER RESET", Arity = -2, Flags = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Stale, Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "[HARD | SOFT]",
        Complexity = "O(N) where N is the number of known nodes. The command may execute a FLUSHALL as a side effect.", Categories = "dangerous",
        Summary = "Reset a Redis Cluster node.")]
    [Command("CLUSTER SAVECONFIG", Arity = 2, Flags = Changing, Group = CommandGroup.Cluster, Since = "3.0.0",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "Forces the node to save cluster state on disk.")]
    [Command("CLUSTER SET-CONFIG-EPOCH", Arity = 3, Flags = Changing, Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "config-epoch",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "Set the configuration epoch in a new node.")]
    [Command("CLUSTER SETSLOT", Arity = -4, Flags = Changing, Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "slot <IMPORTING node-id | MIGRATING node-id | NODE node-id | STABLE>",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "Bind a hash slot to a specific node.")]
    [Command("CLUSTER SHARDS", Arity = 2, Flags = CommandFlags.Stale, Group = CommandGroup.Cluster, Since = "7.0.0",
        Complexity = "O(N) where N is the total number of cluster nodes",
        Summary = "Get array of cluster slots to node mappings.")]
    [Command("CLUSTER SLAVES", Arity = 3, Flags = Administrative, Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "node-id",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "List replica nodes of the specified master node.")]
    [Command("CLUSTER SLOTS", Arity = 2, Flags = CommandFlags.Stale, Group = CommandGroup.Cluster, Since = "3.0.0",
        Complexity = "O(N) where N is the total number of Cluster nodes",
        Summary = "Get array of Cluster slot to node mappings.")]
    [Command("READONLY", Arity = 1, Flags = OfConnection, Group = CommandGroup.Cluster, Since = "3.0.0", Categories = "connection",
        Summary = "Enables read queries for a connection to a cluster replica node")]
    [Command("READWRITE", Arity = 1, Flags = OfConnection, Group = CommandGroup.Cluster, Since = "3.0.0", Categories = "connection",
        Summary = "Disables read queries for a connection to a cluster replica node")]
    [Command("ASKING", Arity = 1, Flags = CommandFlags.Fast, Group = CommandGroup.Cluster, Since = "3.0.0", Categories = "connection",
        Summary = "Sent by cluster clients after an -ASK redirect")]
    public static void Refuse(ref CommandContext ctx) => ctx.Reply.Error("ERR This instance has cluster support disabled"u8);
}
