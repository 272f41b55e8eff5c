using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.Execution;

/// <summary>What a node of a cluster answers to a request with keys.</summary>
internal enum SlotAnswer
{
    Here,
    Moved,
    Ask,
    CrossSlot,
    TryAgain,
    Down,
    DownForWrites,
    NotServed,
}

/// <summary>Collects the keys of a request, or of a whole transaction, and judges whose they are.</summary>
internal ref struct SlotSearch(SlotRouting routing, CommandServices services, bool holdsStripes)
{
    private readonly SlotRouting _routing = routing;
    private readonly CommandServices _services = services;
    private readonly bool _holdsStripes = holdsStripes;
    private ulong _firstHash;
    private bool _hasSeveral;
    private bool _isCrossSlot;
    private bool _isMoving;
    private bool _hasChannels;
    private int _missing;
    private int _present;

    /// <summary>The slot of the first key; -1 while there is none.</summary>
    public int Slot { get; private set; } = -1;

    public void Add(Command command, in Arguments args, in RequestKeys keys)
    {
        foreach (ref readonly var key in keys)
            Add(args, key.Position, key.Hash, isChannel: false);
        if (command.ShardChannels is not { } channels)
            return;
        foreach (var position in channels.PositionsIn(args))
            Add(args, position, _services.Databases.MakeKey(args[position]).Hash, isChannel: true);
    }

    /// <summary>Only when there is a <see cref="Slot"/>.</summary>
    /// <param name="session">Whose request it is.</param>
    /// <param name="command">Which command.</param>
    /// <param name="isWrite">Whether it, or what it runs, may write.</param>
    public readonly (SlotAnswer Answer, string Endpoint) Judge(ClientSession session, Command command, bool isWrite)
    {
        var owner = _routing.OwnerOf(Slot);
        if (owner == SlotRouting.Unbound)
            return (SlotAnswer.NotServed, "");
        if (_isCrossSlot)
            return (SlotAnswer.CrossSlot, "");
        if (_routing.IsDown && JudgeDown(isWrite) is var down and not SlotAnswer.Here)
            return (down, "");
        return _isMoving ? JudgeMoving(session, command, owner) : JudgeSettled(session, owner, isWrite);
    }

    private readonly SlotAnswer JudgeDown(bool isWrite)
    {
        var options = _services.Options.Cluster;
        if (_hasChannels)
            return options.AllowsChannelsWhenDown ? SlotAnswer.Here : SlotAnswer.Down;
        if (!options.AllowsReadsWhenDown)
            return SlotAnswer.Down;
        return isWrite ? SlotAnswer.DownForWrites : SlotAnswer.Here;
    }

    private readonly (SlotAnswer Answer, string Endpoint) JudgeMoving(ClientSession session, Command command,
        ushort owner)
    {
        // Which of its keys are here shows when their stripes are held.
        var isMine = owner == SlotRouting.Self;
        if (command.Has(CommandFlags.MovesKeys))
            return (SlotAnswer.Here, "");
        if (isMine && _missing > 0)
            return _present > 0 ? (SlotAnswer.TryAgain, "") : (SlotAnswer.Ask, _routing.Migrating![Slot]);
        if (!isMine && (session.Asking != 0 || command.Has(CommandFlags.Asking)))
            return _hasSeveral && _missing > 0 ? (SlotAnswer.TryAgain, "") : (SlotAnswer.Here, "");
        return isMine ? (SlotAnswer.Here, "") : (SlotAnswer.Moved, _routing.EndpointOf(owner));
    }

    private readonly (SlotAnswer Answer, string Endpoint) JudgeSettled(ClientSession session, ushort owner,
        bool isWrite)
    {
        if (owner == SlotRouting.Self)
            return (SlotAnswer.Here, "");
        var readsCopy = (session.ReadsReplicas || _hasChannels) && !isWrite && owner == _routing.Primary;
        return readsCopy ? (SlotAnswer.Here, "") : (SlotAnswer.Moved, _routing.EndpointOf(owner));
    }

    private void Add(in Arguments args, int position, ulong hash, bool isChannel)
    {
        var slot = KeySlot.OfHash(hash);
        _hasChannels |= isChannel;
        if (Slot < 0)
        {
            (Slot, _firstHash) = (slot, hash);
            _isMoving = IsMoving(slot);
        }
        else if (hash != _firstHash)
        {
            _hasSeveral = true;
            _isCrossSlot |= slot != Slot;
        }

        if (!_isMoving || !_holdsStripes || isChannel || _isCrossSlot)
            return;
        if (_services.Databases[0].TryGet(new Key(args[position], hash), _services.NowMs, out _))
            _present++;
        else
            _missing++;
    }

    private readonly bool IsMoving(int slot) => _routing.OwnerOf(slot) == SlotRouting.Self
        ? _routing.Migrating is { } migrating && migrating.ContainsKey(slot)
        : _routing.Importing is { } importing && importing.Contains(slot);
}
