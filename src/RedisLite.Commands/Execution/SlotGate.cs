using System.Text;
using RedisLite.Commands.Transactions;
using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.Execution;

/// <summary>Whether the keys of a request are this node's, in a cluster; else the client is told where to go.</summary>
/// <remarks>
/// Asked twice: before a request may be queued or wait for anything, and once more when its stripes are held, since
/// slots may have moved meanwhile. Of a slot whose keys are on their way one by one, only the second can say which keys
/// are here. The order of the answers is Redis's (<c>getNodeByQuery</c>).
/// </remarks>
internal static class SlotGate
{
    private static readonly byte[] CrossSlot = "CROSSSLOT Keys in request don't hash to the same slot"u8.ToArray();
    private static readonly byte[] TryAgain = "TRYAGAIN Multiple keys request during rehashing of slot"u8.ToArray();
    private static readonly byte[] WriteWhileDown =
        "ERR Script attempted to execute a write command while the cluster is down and readonly"u8.ToArray();

    private static readonly byte[] Down = "CLUSTERDOWN The cluster is down"u8.ToArray();
    private static readonly byte[] NotServed = "CLUSTERDOWN Hash slot not served"u8.ToArray();

    private static readonly byte[] OnlyReads =
        "CLUSTERDOWN The cluster is down and only accepts read commands"u8.ToArray();

    /// <summary>Before a request runs or is queued; no stripe is held.</summary>
    /// <param name="cluster">The node's.</param>
    /// <param name="request">The request.</param>
    /// <param name="parked">What it has to wait for: its slot has arrived, and may be this node's any moment.</param>
    public static bool Admits(ICluster cluster, in CommandContext request, out ParkedCommand? parked) =>
        Admits(cluster, request, holdsStripes: false, out parked);

    /// <summary>When its stripes are held. A transaction that is refused is over.</summary>
    public static bool AdmitsHeld(ICluster cluster, in CommandContext request) =>
        Admits(cluster, request, holdsStripes: true, out _);

    /// <summary>What a script calls.</summary>
    /// <param name="services">The server's.</param>
    /// <param name="caller">The client that runs the script.</param>
    /// <param name="command">What is called.</param>
    /// <param name="args">Its request.</param>
    /// <param name="keys">Its keys, whose stripes are held.</param>
    /// <param name="scriptSlot">The one slot that the script may use, once it has used one; null when it may use
    /// several.</param>
    /// <returns>The error; null when it may run.</returns>
    public static byte[]? RefusalInScript(
        CommandServices services, ClientSession caller, Command command, in Arguments args, in RequestKeys keys,
        ref int? scriptSlot)
    {
        if (services.Cluster is not { } cluster)
            return null;
        var search = new SlotSearch(cluster.Routing, services, holdsStripes: true);
        search.Add(command, args, keys);
        if (search.Slot < 0)
            return null;
        switch (search.Judge(caller, command, command.IsWrite).Answer)
        {
            case SlotAnswer.Here:
                break;
            case SlotAnswer.DownForWrites:
                return WriteWhileDown;
            case SlotAnswer.Down:
                return "ERR Script attempted to execute a command while the cluster is down"u8.ToArray();
            case SlotAnswer.CrossSlot:
                return "ERR Script attempted to access keys that do not hash to the same slot"u8.ToArray();
            default:
                return "ERR Script attempted to access a non local key in a cluster node"u8.ToArray();
        }

        if (scriptSlot is >= 0 && scriptSlot != search.Slot)
            return "ERR Script attempted to access keys that do not hash to the same slot"u8.ToArray();
        if (scriptSlot is not null)
            scriptSlot = search.Slot;
        return null;
    }

    /// <summary>
    /// The one slot of a request's keys; <see cref="CommandBatch.SeveralSlots"/> when it has none.
    /// </summary>
    public static int SlotOf(in RequestKeys keys) =>
        keys.Count == 0 ? CommandBatch.SeveralSlots : KeySlot.OfHash(keys[0].Hash);

    private static bool Admits(
        ICluster cluster, in CommandContext request, bool holdsStripes, out ParkedCommand? parked)
    {
        parked = null;
        if (request.Session.IsObeyed)
            return true;
        var command = request.Command;
        var isWrite = command.IsWrite;
        var search = new SlotSearch(cluster.Routing, request.Services, holdsStripes);
        if (!command.Has(CommandFlags.RunsQueue))
        {
            search.Add(command, request.Args, request.Keys);
        }
        else if (request.Session.Transaction is { IsAborted: false } transaction)
        {
            foreach (var queued in transaction.Queue)
                search.Add(queued.Command, queued.Arguments, queued.Keys);
            isWrite = transaction.HasWrites;
        }

        if (search.Slot < 0)
            return true;
        var (answer, endpoint) = search.Judge(request.Session, command, isWrite);
        if (answer == SlotAnswer.Here)
            return true;
        if (answer == SlotAnswer.Moved && !holdsStripes
            && request.Services.SlotHolds.ParkEarly(search.Slot, request.Session.Connection) is { } early)
        {
            parked = early;
            return false;
        }

        if (holdsStripes && command.Has(CommandFlags.RunsQueue))
            TransactionCommands.Drop(request.Session);
        request.Reply.Error(ErrorOf(answer, search.Slot, endpoint));
        return false;
    }

    private static byte[] ErrorOf(SlotAnswer answer, int slot, string endpoint) => answer switch
    {
        SlotAnswer.CrossSlot => CrossSlot,
        SlotAnswer.TryAgain => TryAgain,
        SlotAnswer.Down => Down,
        SlotAnswer.DownForWrites => OnlyReads,
        SlotAnswer.NotServed => NotServed,
        SlotAnswer.Ask => Encoding.UTF8.GetBytes($"ASK {slot} {endpoint}"),
        _ => Encoding.UTF8.GetBytes($"MOVED {slot} {endpoint}"),
    };
}
