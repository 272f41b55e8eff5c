using System.Text;
using RedisLite.Storage;
using RedisLite.Storage.Memory;
using RedisLite.Storage.Values;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Core.Tests.Storage.Values;

/// <summary>A comparison looks at elements, not at forms.</summary>
public sealed class ValueComparisonTests
{
    private static readonly SmallLimits Small = new(100, 64);
    private static readonly SmallLimits Large = new(1, 64);

    [Theory]
    [InlineData(EntryType.Hash)]
    [InlineData(EntryType.Set)]
    [InlineData(EntryType.SortedSet)]
    [InlineData(EntryType.List)]
    public void Values_are_equal_until_one_element_differs(EntryType type)
    {
        using var allocator = new CheckingAllocator();
        var memory = new ValueMemory(allocator, ConstantHasher.Of(0));
        nint left = 0, right = 0;
        for (var i = 0; i < 50; i++)
        {
            Add(memory, type, ref left, i, Small);
            Add(memory, type, ref right, type == EntryType.List ? i : 49 - i, Large);
        }
        Assert.True(ValueComparison.AreEqual(memory, type, left, right));
        var copy = ValueSlots.Retain(right);
        Add(memory, type, ref right, 50, Large);
        Assert.False(ValueComparison.AreEqual(memory, type, left, right));
        Add(memory, type, ref left, 51, Small);
        Assert.False(ValueComparison.AreEqual(memory, type, left, right));
        Assert.Equal(50, ValueSlots.Count(copy));
        foreach (var value in new[] { left, right, copy })
            ValueSlots.Release(memory, value);
        Assert.Equal(0, memory.UsedBytes);
    }

    private static void Add(ValueMemory memory, EntryType type, ref nint slot, int number, SmallLimits limits)
    {
        var bytes = Encoding.ASCII.GetBytes($"{number}");
        switch (type)
        {
            case EntryType.Hash:
                new HashValue(memory, ref slot).Set(bytes, bytes, limits);
                break;
            case EntryType.Set:
                new SetValue(memory, ref slot).Add(bytes, limits.MaxEntries);
                break;
            case EntryType.SortedSet:
                new SortedSetValue(memory, ref slot).Set(bytes, number, limits);
                break;
            default:
                new ListValue(memory, ref slot).AddLast(bytes);
                break;
        }
    }
}
