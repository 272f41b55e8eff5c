using CsCheck;
using RedisLite.Storage.Memory;

namespace RedisLite.Core.Tests.Storage.Memory;

public sealed class SlotSetTests
{
    [Fact]
    public void It_is_a_sorted_set_of_numbers() =>
        Gen.Select(Gen.Bool, Gen.OneOf(Gen.Int[0, 70], Gen.Int[0, 20_000])).Array[0, 200].Sample(
            steps =>
            {
                var set = default(SlotSet);
                var model = new SortedSet<int>();
                foreach (var (adds, slot) in steps)
                {
                    if (adds)
                    {
                        set.Reserve(slot);
                        set.Add(slot);
                        model.Add(slot);
                    }
                    else
                    {
                        set.Remove(slot);
                        model.Remove(slot);
                    }

                    Assert.Equal(model.Count, set.Count);
                    Assert.Equal(model.Contains(slot), set.Contains(slot));
                    Assert.Equal(model.Count == 0 ? -1 : model.Max, set.Last());
                    var next = model.GetViewBetween(slot, int.MaxValue);
                    Assert.Equal(next.Count == 0 ? -1 : next.Min, set.NextFrom(slot));
                    Assert.Equal(model.Count == 0 ? -1 : model.Min, set.NextFrom(0));
                }

                set.Free();
            },
            iter: 500);
}
