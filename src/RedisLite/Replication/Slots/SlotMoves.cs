using System.Collections.Immutable;
using System.Security.Cryptography;
using Akka.Actor;
using RedisLite.Commands.Execution;
using RedisLite.Configuration;
using RedisLite.Storage;

namespace RedisLite.Replication.Slots;

/// <summary>The moves of slots that this server makes, and the last ones that it made.</summary>
/// <remarks>Any thread: decides at once what may begin; an actor for each move does what takes time.</remarks>
internal sealed class SlotMoves(CommandServices services) : ISlotMoves
{
    // As Valkey keeps by default.
    private const int MostRemembered = 1000;

    private readonly Lock _gate = new();
    private ImmutableList<SlotMove> _moves = [];
    private IActorRef _actor = ActorRefs.Nobody;
    private ISlotOwnership? _node;

    private ISlotOwnership Node => _node ?? throw new InvalidOperationException("The node is not there yet");

    /// <summary>Those that are not over. Any thread.</summary>
    public IEnumerable<SlotMove> Active => Volatile.Read(ref _moves).Where(move => !move.Report.IsOver);

    /// <summary>The node is there.</summary>
    public void Attach(ISlotOwnership node) => _node = node;

    /// <summary>The actor is there.</summary>
    public void Attach(IActorRef actor) => Volatile.Write(ref _actor, actor);

    public string? BeginExports(IReadOnlyList<SlotExportWish> wishes)
    {
        List<SlotMove> begun = [];
        lock (_gate)
        {
            if (CheckState() is { } wrong)
                return wrong;
            foreach (var wish in wishes)
                if (CheckExport(wish) is { } problem)
                    return problem;
            foreach (var wish in wishes)
                begun.Add(Add(NewId(), wish.Slots, Node.NodeId, wish.Target, isImport: false, isOurs: true));
        }

        foreach (var move in begun)
            Volatile.Read(ref _actor).Tell(new SlotMovesActor.Export(move));
        return null;
    }

    public string? BeginImport(SlotSet slots, out string id)
    {
        id = NewId();
        SlotMove move;
        lock (_gate)
        {
            if (CheckState() is { } wrong)
                return wrong;
            if (CheckImport(slots, out var source) is { } problem)
                return problem;
            move = Add(id, slots, source, Node.NodeId, isImport: true, isOurs: true);
        }

        Volatile.Read(ref _actor).Tell(new SlotMovesActor.Import(move, IsInDoubt: false));
        return null;
    }

    public string? Pull(SlotMoveRequest request)
    {
        SlotMove move;
        lock (_gate)
        {
            if (CheckState() is { } wrong)
                return wrong;
            if (request.Target != Node.NodeId)
                return $"ERR I am not {request.Target}";
            if (CheckImport(request.Slots, out var source) is { } problem)
                return problem;
            if (source != request.Source)
                return "ERR Slots are not served by the source node";
            move = Add(request.Id, request.Slots, source, Node.NodeId, isImport: true, isOurs: false);
        }

        Volatile.Read(ref _actor).Tell(new SlotMovesActor.Import(move, IsInDoubt: false));
        return null;
    }

    public string? CheckLink(SlotMoveRequest request)
    {
        lock (_gate)
            return FindOrCheck(request, out _);
    }

    /// <summary>The move that a link is for; one that the other node has begun is added.</summary>
    /// <returns>Null, or why there may be none.</returns>
    public string? OpenLink(SlotMoveRequest request, out SlotMove? move)
    {
        lock (_gate)
        {
            if (FindOrCheck(request, out move) is { } problem)
                return problem;
            move ??= Add(request.Id, request.Slots, Node.NodeId, request.Target, isImport: false, isOurs: false);
            return null;
        }
    }

    public string Outcome(SlotMoveRequest request)
    {
        // By its slots: who was started anew knows the move by another name.
        if (Active.Any(move => !move.Report.IsImport && move.Report.Slots.Overlaps(request.Slots)))
            return SlotMoveWords.Pending;
        if (request.Slots.Slots.All(slot => Node.OwnerOf(slot) == request.Target))
            return SlotMoveWords.Committed;
        if (request.Slots.Slots.Any(slot => Node.OwnerOf(slot) != Node.NodeId))
            return SlotMoveWords.Abandoned;

        // They are this node's. What an earlier run of it may have asked for must not be decided any more.
        return Fences.Check(request, Node);
    }

    private SlotFences Fences { get; } = new();

    public int CancelExports() => Active.Count(move => !move.Report.IsImport && move.TryCancel());

    public int Cancel(string? id) => Active.Count(move => (id is null || move.Id == id) && move.TryCancel());

    public IReadOnlyList<SlotMoveReport> Reports() =>
        [.. Volatile.Read(ref _moves).Select(move => move.Report).Reverse()];

    public void NoteFlushed()
    {
        foreach (var move in Active)
        {
            if (!move.Report.IsImport)
                continue;
            move.IsFlushed = true;
            move.Actor.Tell(SlotImportActor.Flushed.Instance);
        }
    }

    /// <summary>What was on its way when this server ended; asked for when the data is loaded.</summary>
    public void Resume()
    {
        foreach (var (source, slots) in Node.Arriving)
        {
            SlotMove move;
            lock (_gate)
                move = Add(NewId(), slots, source, Node.NodeId, isImport: true, isOurs: false);
            Volatile.Read(ref _actor).Tell(new SlotMovesActor.Import(move, IsInDoubt: true));
        }
    }

    private static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));

    private string? CheckState()
    {
        if (services.IsLoading || Volatile.Read(ref _actor).IsNobody())
            return "LOADING Redis is loading the dataset in memory";
        return Node.IsPrimary ? null : "ERR Slot migration can only be used on primary nodes.";
    }

    private string? CheckExport(SlotExportWish wish)
    {
        foreach (var slot in wish.Slots.Slots)
        {
            if (Node.OwnerOf(slot) is not { } owner)
                return $"ERR Slot {slot} has no node served.";
            if (owner != Node.NodeId)
                return "ERR Slots are not served by this node.";
            if (Active.Any(move => !move.Report.IsImport && move.Report.Slots.Contains(slot)))
                return $"ERR I am already migrating slot {slot}.";
        }

        if (Node.FirstMovedByKeys(wish.Slots) is not null)
            return "ERR Slots are being manually migrated";
        if (wish.Target.Length != 40)
            return $"ERR Invalid node name: {wish.Target}";
        if (wish.Target == Node.NodeId)
            return "ERR Target node can not be this node.";
        return Node.Find(wish.Target) is null ? $"ERR Unknown node name: {wish.Target}" : null;
    }

    private string? CheckImport(SlotSet slots, out string source)
    {
        source = "";
        foreach (var slot in slots.Slots)
        {
            if (Node.OwnerOf(slot) is not { } owner)
                return $"ERR slot has no owner: {slot}";
            if (source.Length != 0 && source != owner)
                return "ERR slots belong to different source nodes";
            source = owner;
            if (Active.Any(move => move.Report.Slots.Contains(slot)))
                return $"ERR slot {slot} is already on its way";
            if (services.Databases[0].HasKeysInSlot(slot) && !Node.Leaving.Contains(slot))
                return $"ERR there are keys of slot {slot} here already";
        }

        if (source == Node.NodeId)
            return "ERR this node is already the owner of the slot range";
        if (Node.FirstMovedByKeys(slots) is not null)
            return "ERR all slot states must be STABLE to start a slot migration task.";
        return Node.Find(source) is null ? "ERR the source node is not known" : null;
    }

    private string? FindOrCheck(SlotMoveRequest request, out SlotMove? move)
    {
        move = Active.FirstOrDefault(other => !other.Report.IsImport && other.Id == request.Id);
        if (CheckState() is { } wrong)
            return wrong;
        if (request.Source != Node.NodeId)
            return $"ERR I am not {request.Source}";
        if (move is null)
            return CheckExport(new SlotExportWish(request.Slots, request.Target));
        return move.Report.State == SlotMoveState.Connecting ? null : "ERR the move has a link already";
    }

    private SlotMove Add(string id, SlotSet slots, string source, string target, bool isImport, bool isOurs)
    {
        var now = services.NowMs;
        var move = new SlotMove(
            new SlotMoveReport
            {
                Id = id,
                Slots = slots,
                Source = source,
                Target = target,
                IsImport = isImport,
                CreatedMs = now,
                UpdatedMs = now,
            }, services.Clock, isOurs);
        var moves = _moves.Add(move);
        while (moves.Count > MostRemembered && moves.FirstOrDefault(other => other.Report.IsOver) is { } oldest)
            moves = moves.Remove(oldest);
        Volatile.Write(ref _moves, moves);
        return move;
    }
}
