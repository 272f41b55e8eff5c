namespace RedisLite.Replication;

/// <summary>
/// The memory that a copy is sent from: used again and again, so that a copy of any size takes little.
/// </summary>
/// <remarks>
/// <code>
///   Rent --> filled --> sent to each replica --Release by the last of them--> Rent ..
/// </code>
/// The thread that writes the copy rents, those that send give back. A replica that has gone gives nothing back: its
/// socket may still send from what it was given, which is left to the garbage collector.
/// </remarks>
internal sealed class CopyPieces
{
    /// <summary>Bytes of a piece.</summary>
    public const int Size = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Stack<CopyPiece> _free = new();

    /// <summary>An empty piece.</summary>
    public CopyPiece Rent()
    {
        lock (_gate)
            if (_free.TryPop(out var piece))
                return piece;
        return new CopyPiece(this);
    }

    internal void Return(CopyPiece piece)
    {
        lock (_gate)
            _free.Push(piece);
    }
}

/// <summary>A part of a copy, on its way to one replica or to several.</summary>
internal sealed class CopyPiece(CopyPieces pieces)
{
    // Pinned: the system sends from it, and the garbage collector need not move it.
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(CopyPieces.Size, pinned: true);
    private int _holders;

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, Length);

    /// <summary>Fills it, for so many who give it back.</summary>
    public void Fill(ReadOnlySpan<byte> bytes, int holders)
    {
        bytes.CopyTo(_bytes);
        Length = bytes.Length;
        Volatile.Write(ref _holders, holders);
    }

    /// <summary>One of them is done with it.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            pieces.Return(this);
    }
}
