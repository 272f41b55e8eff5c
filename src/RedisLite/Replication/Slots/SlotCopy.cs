using RedisLite.Log;
using RedisLite.Persistence;
using RedisLite.Storage;

namespace RedisLite.Replication.Slots;

/// <summary>The keys of some slots, as they are at one moment, on their way to another node as commands.</summary>
/// <remarks>
/// As <see cref="FullCopy"/>: belongs to the thread that writes snapshots, which waits for who reads.
/// </remarks>
internal sealed class SlotCopy : ICopyTarget
{
    private readonly CopyShare _share;
    private readonly ChangeLog _log;
    private readonly LogReaderOptions _reading;
    private readonly Func<TimeSpan> _timeout;
    private readonly CancellationToken _stopping;
    private readonly PieceStream _stream;
    private readonly CopyPieces _pieces = new();

    /// <param name="slots">Which.</param>
    /// <param name="share">Who gets it.</param>
    /// <param name="log">Read from the same moment on.</param>
    /// <param name="reading">How.</param>
    /// <param name="timeout">How long nothing may be taken.</param>
    /// <param name="stopping">The server stops.</param>
    public SlotCopy(
        SlotSet slots, CopyShare share, ChangeLog log, LogReaderOptions reading, Func<TimeSpan> timeout,
        CancellationToken stopping)
    {
        Slots = slots;
        (_share, _log, _reading, _timeout, _stopping) = (share, log, reading, timeout, stopping);
        _stream = new PieceStream(Send);
    }

    public SlotSet Slots { get; }

    public Stream Output => _stream;

    public bool HasKeys => true;

    public IReadOnlyList<KeyValuePair<string, string>> Facts => [];

    public void AtCut() => _share.Open(() => _log.AddReader($"slots for {_share.Name}", _reading));

    public void Begin()
    {
    }

    public void End() => _share.Actor.Tell(LinkActor.CopyEnds.Instance, Akka.Actor.ActorRefs.NoSender);

    private void Send(ReadOnlySpan<byte> bytes)
    {
        var piece = _pieces.Rent();
        piece.Fill(bytes, holders: 1);
        _share.Send(piece);
        if (!_share.WaitForRoom(_timeout, _stopping))
            throw new OperationCanceledException("The node that wanted the slots has gone");
    }
}
