using System.Numerics;
using System.Text;

namespace RedisLite.Storage;

/// <summary>Some of a cluster's slots. Immutable; any thread.</summary>
public sealed class SlotSet
{
    private readonly ulong[] _bits;

    private SlotSet(ulong[] bits)
    {
        _bits = bits;
        foreach (var word in bits)
            Count += BitOperations.PopCount(word);
    }

    /// <summary>No slot.</summary>
    public static SlotSet Empty { get; } = new(new ulong[KeySlot.Count / 64]);

    /// <summary>How many slots.</summary>
    public int Count { get; }

    public bool IsEmpty => Count == 0;

    /// <exception cref="ArgumentOutOfRangeException">A number is no slot.</exception>
    public static SlotSet Of(IEnumerable<int> slots)
    {
        ArgumentNullException.ThrowIfNull(slots);
        var bits = new ulong[KeySlot.Count / 64];
        foreach (var slot in slots)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)KeySlot.Count, nameof(slots));
            bits[slot >> 6] |= 1UL << (slot & 63);
        }

        return new SlotSet(bits);
    }

    public bool Contains(int slot) => (_bits[slot >> 6] & (1UL << (slot & 63))) != 0;

    public SlotSet With(SlotSet other) => Combine(other, static (a, b) => a | b);

    public SlotSet Without(SlotSet other) => Combine(other, static (a, b) => a & ~b);

    public bool Overlaps(SlotSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (var i = 0; i < _bits.Length; i++)
            if ((_bits[i] & other._bits[i]) != 0)
                return true;
        return false;
    }

    /// <summary>Whether it has one of the slots from a first up to, and without, an end.</summary>
    public bool HasAnyIn(int first, int end)
    {
        for (var slot = first; slot < end; slot++)
            if (Contains(slot))
                return true;
        return false;
    }

    /// <summary>Ascending.</summary>
    public IEnumerable<int> Slots
    {
        get
        {
            for (var i = 0; i < _bits.Length; i++)
                for (var word = _bits[i]; word != 0; word &= word - 1)
                    yield return (i << 6) + BitOperations.TrailingZeroCount(word);
        }
    }

    /// <summary>Ascending, as long as they can be; both ends included.</summary>
    public IEnumerable<(int First, int Last)> Ranges
    {
        get
        {
            var (first, last) = (-1, -2);
            foreach (var slot in Slots)
            {
                if (slot == last + 1)
                {
                    last = slot;
                    continue;
                }

                if (first >= 0)
                    yield return (first, last);
                (first, last) = (slot, slot);
            }

            if (first >= 0)
                yield return (first, last);
        }
    }

    /// <summary>"0-5 7-7".</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (first, last) in Ranges)
            text.Append(text.Length == 0 ? "" : " ").Append(first).Append('-').Append(last);
        return text.ToString();
    }

    private SlotSet Combine(SlotSet other, Func<ulong, ulong, ulong> combine)
    {
        ArgumentNullException.ThrowIfNull(other);
        var bits = new ulong[_bits.Length];
        for (var i = 0; i < bits.Length; i++)
            bits[i] = combine(_bits[i], other._bits[i]);
        return new SlotSet(bits);
    }
}
