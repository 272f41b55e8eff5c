namespace RedisLite.Storage.Serialization;

/// <summary>Where a serialized value goes.</summary>
public interface IRdbOutput
{
    /// <summary>Room for what comes next; what is written to it counts with <see cref="Advance"/>.</summary>
    /// <param name="sizeHint">At least so many bytes.</param>
    Span<byte> GetSpan(int sizeHint);

    /// <summary>So many bytes of the room have been written.</summary>
    void Advance(int count);

    /// <summary>
    /// A piece is complete: what was written so far may go to the disk now. Called often enough that a value of any
    /// size needs no buffer of its size.
    /// </summary>
    void EndPiece();
}
