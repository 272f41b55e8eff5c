using System.Runtime.InteropServices;

namespace RedisLite.Storage.Memory;

/// <summary>
/// Descriptions of chunks by slot, in segments that never move. Grows under the gate; any thread reads.
/// </summary>
internal unsafe struct ChunkDirectory
{
    public const int MostSegments = 1024;
    public const int SegmentSlots = 1024;

    public Slab*** Units;
    private fixed ulong _segments[MostSegments];

    /// <summary>The description of a slot below <see cref="ChunkHeap.SlotCount"/>.</summary>
    public Chunk* At(int slot) => (Chunk*)_segments[slot / SegmentSlots] + (slot % SegmentSlots);

    public readonly Slab* SlabAt(Chunk* chunk, int unit) =>
        UnitTable.Find(Units, chunk->Base + (unit * Chunk.UnitSize));

    /// <exception cref="OutOfMemoryException">There is no memory, or 2 TiB of chunks are there.</exception>
    public void Reserve(int slot)
    {
        if (slot >= MostSegments * SegmentSlots)
            throw new InsufficientMemoryException();
        if (_segments[slot / SegmentSlots] == 0)
            _segments[slot / SegmentSlots] = (ulong)NativeMemory.AllocZeroed(SegmentSlots, (nuint)sizeof(Chunk));
        var chunk = At(slot);
        new Span<byte>(chunk->Open, Chunk.UnitCount).Fill(Chunk.NoClass);
        new Span<byte>(chunk->Classes, Chunk.UnitCount).Fill(Chunk.NoClass);
        chunk->Slot = slot;
    }

    public void Free()
    {
        for (var i = 0; i < MostSegments; i++)
            NativeMemory.Free((void*)_segments[i]);
    }
}
