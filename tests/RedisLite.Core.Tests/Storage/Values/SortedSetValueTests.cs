using System.Text;
using CsCheck;
using RedisLite.Storage.Values;

namespace RedisLite.Core.Tests.Storage.Values;

/// <summary>Any sequence of operations leaves a sorted set as it leaves a plain one.</summary>
public sealed class SortedSetValueTests
{
    private enum Act
    {
        Set, SetMany, SetLong, Remove, RemoveMany, RemoveRange, Hold, LetGo, Clear,
    }

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Frequency((1, Gen.Enum<Act>()), (1, Gen.Const(Act.SetMany))), Gen.Int[0, 500], Gen.Int[0, 300],
        (act, at, size) => new Step(act, at, size));

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    public void A_sorted_set_agrees_with_a_plain_one(uint hashes, bool failing) =>
        Steps.Array[0, 40].Sample(
            steps =>
            {
                using var run = new Run(hashes, failing);
                foreach (var step in steps)
                    run.Do(step);
                run.Compare();
            },
            iter: failing ? 8 : 40);

    [Fact]
    public void Scores_order_like_their_keys() =>
        Gen.Select(Gen.Double, Gen.Double).Where((a, b) => !double.IsNaN(a) && !double.IsNaN(b)).Sample((a, b) =>
        {
            Assert.Equal(a.CompareTo(b), Score.ToKey(a).CompareTo(Score.ToKey(b)));
            Assert.Equal(a, Score.FromKey(Score.ToKey(a)));
        });

    [Fact]
    public void Members_of_one_score_count_by_their_bytes()
    {
        using var run = new Run(0, failing: false);
        var set = new SortedSetValue(run.Memory, ref run.Slot);
        foreach (var name in new[] { "b", "d", "a", "c" })
            set.Set(Encoding.ASCII.GetBytes(name), 0, new SmallLimits(2, 64));
        Assert.Equal(1, set.CountBelow("b"u8, inclusive: false));
        Assert.Equal(2, set.CountBelow("b"u8, inclusive: true));
        Assert.Equal(2, set.CountBelow("bb"u8, inclusive: true));
        Assert.Equal(4, set.CountBelow("x"u8, inclusive: false));
        Assert.Equal(0, set.CountBelow(""u8, inclusive: true));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_large_set_keeps_the_sign_of_zero_and_orders_both_zeros_as_one(bool longMembers)
    {
        using var run = new Run(0, failing: false);
        var set = new SortedSetValue(run.Memory, ref run.Slot);
        var limits = new SmallLimits(1, 64);
        var tail = new string('x', longMembers ? 300 : 1);
        byte[] Name(string name) => Encoding.ASCII.GetBytes(name + tail);
        Assert.Equal(ScoreChange.Added, set.Set(Name("z"), 1, limits));
        for (var i = 0; i < 100; i++)
            Assert.Equal(ScoreChange.Added, set.Set(Name($"{i:00}"), i % 2 == 0 ? 0 : -0.0, limits));
        Assert.Equal(ScoreChange.Unchanged, set.Set(Name("01"), 0, limits));
        Assert.Equal(ScoreChange.Updated, set.Set(Name("z"), -0.0, limits));
        Assert.True(set.Remove(Name("50")));
        Assert.Equal(1, set.RemoveRange(0, 1));
        ValueVerifier.Verify(run.Slot);
        Assert.Equal(99, set.Count);

        var cursor = set.At(0);
        for (var i = 1; i < 100; i++)
        {
            if (i == 50)
                continue;
            Assert.Equal(Name($"{i:00}"), cursor.Member.ToArray());
            Assert.Equal(i % 2 != 0, double.IsNegative(cursor.Score));
            Assert.True(set.TryGetScore(cursor.Member, out var score) && double.IsNegative(score) == (i % 2 != 0));
            Assert.True(set.TryGetRank(cursor.Member, out var rank, out _) && rank == (i < 50 ? i - 1 : i - 2));
            cursor.MoveNext();
        }

        Assert.True(double.IsNegative(cursor.Score));
        Assert.Equal(0, set.CountBelow(0, inclusive: false));
        Assert.Equal(99, set.CountBelow(-0.0, inclusive: true));
        var negative = 0;
        for (var scan = set.Scan(0, 1000); scan.MoveNext();)
            negative += double.IsNegative(scan.Score) ? 1 : 0;
        Assert.Equal(51, negative);
    }

    private sealed record Step(Act Act, int At, int Size);

    private sealed class Run(uint hashes, bool failing) : ValueRun<Dictionary<string, double>>(hashes, failing)
    {
        private static readonly SmallLimits Limits = new(60, 64);

        protected override Dictionary<string, double> Model { get; } = [];

        protected override Dictionary<string, double> CopyOf(Dictionary<string, double> model) => new(model);

        public void Do(Step step)
        {
            switch (step.Act)
            {
                case Act.Set:
                    Set($"m{step.At}", ScoreOf(step.Size));
                    break;
                case Act.SetMany:
                    for (var i = 0; i < step.Size / 3; i++)
                        Set($"m{(step.At + (i * 37)) % 501}", ScoreOf((step.Size * i) % 301));
                    break;
                case Act.SetLong:
                    Set($"m{step.At % 20}" + new string('-', step.At), ScoreOf(step.Size));
                    break;
                case Act.Remove:
                    Remove($"m{step.At}");
                    break;
                case Act.RemoveMany:
                    for (var i = 0; i < step.Size; i++)
                        Remove($"m{(step.At + (i * 41)) % 501}");
                    break;
                case Act.RemoveRange when Model.Count > 0:
                    RemoveRange(step.At % Model.Count, step.Size);
                    break;
                case Act.Hold:
                    Hold();
                    break;
                case Act.LetGo:
                    LetGo(step.At);
                    break;
                case Act.Clear when step.At % 4 == 0:
                    Clear();
                    Model.Clear();
                    break;
            }
        }

        private static double ScoreOf(int number) => number switch
        {
            0 => double.NegativeInfinity,
            1 => double.PositiveInfinity,
            _ => (number - 150) / 7 * 0.5,
        };

        private static KeyValuePair<string, double>[] Ordered(Dictionary<string, double> model) =>
            [.. model.OrderBy(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)];

        private void Set(string member, double score)
        {
            var bytes = Encoding.ASCII.GetBytes(member);
            var expected = !Model.TryGetValue(member, out var former) ? ScoreChange.Added
                : former.Equals(score) ? ScoreChange.Unchanged : ScoreChange.Updated;
            Assert.Equal(expected, Change(() => new SortedSetValue(Memory, ref Slot).Set(bytes, score, Limits)));
            Model[member] = score;
        }

        private void Remove(string member)
        {
            var bytes = Encoding.ASCII.GetBytes(member);
            Assert.Equal(Model.ContainsKey(member), Change(() => new SortedSetValue(Memory, ref Slot).Remove(bytes)));
            Model.Remove(member);
        }

        private void RemoveRange(int rank, int count)
        {
            count = Math.Min(count, Model.Count - rank);
            var gone = Ordered(Model)[rank..(rank + count)];
            // In steps of one, which fail one by one.
            foreach (var (name, _) in gone)
            {
                if (count == Model.Count)
                {
                    Assert.Equal(count, Change(() => new SortedSetValue(Memory, ref Slot).RemoveRange(rank, count)));
                    Model.Clear();
                    return;
                }
                Assert.Equal(1, Change(() => new SortedSetValue(Memory, ref Slot).RemoveRange(rank, 1, 1)));
                Model.Remove(name);
                count--;
            }
        }

        protected override void CompareTo(ref nint value, Dictionary<string, double> model)
        {
            var set = new SortedSetValue(Memory, ref value);
            Assert.Equal(model.Count, set.Count);
            var ordered = Ordered(model);
            var cursor = set.At(0);
            for (var i = 0; i < ordered.Length; i++)
            {
                var (name, score) = ordered[i];
                Assert.Equal(name, Encoding.ASCII.GetString(cursor.Member));
                Assert.Equal(score, cursor.Score);
                Assert.True(set.TryGetRank(Encoding.ASCII.GetBytes(name), out var rank, out var found));
                Assert.Equal((i, score), ((int)rank, found));
                if (i % 8 == 0)
                {
                    Assert.Equal(model.Values.Count(s => s < score), set.CountBelow(score, inclusive: false));
                    Assert.Equal(model.Values.Count(s => s <= score), set.CountBelow(score, inclusive: true));
                }
                cursor.MoveNext();
            }
            Assert.False(cursor.IsValid);
            Assert.False(set.TryGetScore("none"u8, out _));
            var (seen, next) = (0, 0UL);
            do
            {
                var scan = set.Scan(next, 10);
                while (scan.MoveNext())
                {
                    Assert.Equal(model[Encoding.ASCII.GetString(scan.Member)], scan.Score);
                    seen++;
                }
                next = scan.NextCursor;
            }
            while (next != 0);
            Assert.Equal(model.Count, seen);
        }
    }
}
