using System.Collections.Immutable;
using System.Globalization;

namespace RedisLite.Cluster.Map;

/// <summary>Slots from the first to the last, both included.</summary>
internal readonly record struct SlotRange(int First, int Last)
{
    /// <summary>Reads "5" or "5-9"; false for what is not within a map.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out SlotRange range)
    {
        var dash = text.IndexOf('-');
        range = default;
        if (!TrySlot(dash < 0 ? text : text[..dash], out var first) || !TrySlot(dash < 0 ? text
            : text[(dash + 1)..], out var last))
            return false;
        range = new SlotRange(first, last);
        return first <= last;
    }

    /// <summary>Adds a slot to ranges in ascending order, as a part of the last one where it follows it.</summary>
    public static void Append(ImmutableArray<SlotRange>.Builder ranges, int slot)
    {
        if (ranges.Count > 0 && ranges[^1].Last == slot - 1)
            ranges[^1] = ranges[^1] with { Last = slot };
        else
            ranges.Add(new SlotRange(slot, slot));
    }

    /// <summary>Ascending slots as ranges.</summary>
    public static ImmutableArray<SlotRange> Of(IEnumerable<int> slots)
    {
        var ranges = ImmutableArray.CreateBuilder<SlotRange>();
        foreach (var slot in slots)
            Append(ranges, slot);
        return ranges.ToImmutable();
    }

    public override string ToString() => First == Last ? $"{First}" : $"{First}-{Last}";

    private static bool TrySlot(ReadOnlySpan<char> text, out int slot) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out slot) && slot < SlotMap.SlotCount;
}
