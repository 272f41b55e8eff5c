using System.Text;
using CsCheck;
using RedisLite.Storage.Values;

namespace RedisLite.Core.Tests.Storage.Values;

/// <summary>Any sequence of operations leaves a set as it leaves a plain one.</summary>
public sealed class SetValueTests
{
    private const int MaxIntegers = 50;

    private enum Act
    {
        Add, AddMany, AddText, AddTexts, Remove, RemoveMany, Hold, LetGo, Clear,
    }

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Enum<Act>(), Gen.Int[0, 500], Gen.Int[0, 300], (act, at, size) => new Step(act, at, size));

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(0, true)]
    public void A_set_agrees_with_a_plain_one(uint hashes, bool failing) =>
        Steps.Array[0, 40].Sample(
            steps =>
            {
                using var run = new Run(hashes, failing);
                foreach (var step in steps)
                    run.Do(step);
                run.Compare();
            },
            iter: failing ? 10 : 60);

    [Fact]
    public void Integers_rise_and_keep_their_form_until_one_is_too_many_or_no_integer()
    {
        using var run = new Run(0, failing: false);
        var set = new SetValue(run.Memory, ref run.Slot);
        foreach (var text in new[] { "10", "-5", "70000", "9223372036854775807", "3" })
            Assert.True(set.Add(Encoding.ASCII.GetBytes(text), 5));
        var order = "";
        for (var cursor = set.At(0); cursor.IsValid; cursor.MoveNext())
            order += Encoding.ASCII.GetString(cursor.Member) + " ";
        Assert.Equal("-5 3 10 70000 9223372036854775807 ", order);
        Assert.False(set.Contains("03"u8));
        Assert.True(set.IsIntegers);
        Assert.True(set.Add("4"u8, 5));
        Assert.False(set.IsIntegers);
        Assert.True(set.Remove("4"u8));
        Assert.False(set.IsIntegers);
        Assert.Equal(5, set.Count);
    }

    [Fact]
    public void More_integers_than_a_block_takes_are_an_intset_still_if_the_limit_says_so()
    {
        using var run = new Run(0, failing: false);
        var set = new SetValue(run.Memory, ref run.Slot);
        for (var i = 0; i < 9000; i++)
            Assert.True(set.Add(Encoding.ASCII.GetBytes($"{i}"), 100_000));
        Assert.True(set.IsIntegers);
        Assert.Equal(9000, set.Count);
        Assert.True(set.Contains("8999"u8));
        Assert.True(set.Add("x"u8, 100_000));
        Assert.False(set.IsIntegers);
    }

    private sealed record Step(Act Act, int At, int Size);

    private sealed class Run(uint hashes, bool failing) : ValueRun<HashSet<string>>(hashes, failing)
    {
        protected override HashSet<string> Model { get; } = [];

        protected override HashSet<string> CopyOf(HashSet<string> model) => [.. model];

        public void Do(Step step)
        {
            switch (step.Act)
            {
                case Act.Add:
                    Add($"{(step.At - 250L) * (step.Size % 7 == 0 ? 100_000_000_000 : step.Size)}");
                    break;
                case Act.AddMany:
                    for (var i = 0; i < step.Size / 4; i++)
                        Add($"{(step.At + i) % 300}");
                    break;
                case Act.AddText when step.At % 3 == 0:
                    Add(new string('t', step.Size) + step.At);
                    break;
                case Act.AddTexts when step.At % 3 == 0:
                    for (var i = 0; i < step.Size; i++)
                        Add($"t{(step.At + (i * 7)) % 400}");
                    break;
                case Act.Remove:
                    Remove($"{step.At % 300}");
                    break;
                case Act.RemoveMany:
                    for (var i = 0; i < step.Size; i++)
                        Remove(step.At % 2 == 0 ? $"t{(step.At + (i * 7)) % 400}" : $"{(step.At + i) % 300}");
                    break;
                case Act.Hold:
                    Hold();
                    break;
                case Act.LetGo:
                    LetGo(step.At);
                    break;
                case Act.Clear when step.At % 2 == 0:
                    Clear();
                    Model.Clear();
                    break;
            }
        }

        private void Add(string member)
        {
            var bytes = Encoding.ASCII.GetBytes(member);
            Assert.Equal(!Model.Contains(member), Change(() => new SetValue(Memory, ref Slot).Add(bytes, MaxIntegers)));
            Model.Add(member);
        }

        private void Remove(string member)
        {
            var bytes = Encoding.ASCII.GetBytes(member);
            Assert.Equal(Model.Contains(member), Change(() => new SetValue(Memory, ref Slot).Remove(bytes)));
            Model.Remove(member);
        }

        protected override void CompareTo(ref nint value, HashSet<string> model)
        {
            var set = new SetValue(Memory, ref value);
            Assert.Equal(model.Count, set.Count);
            var seen = new List<string>();
            for (var cursor = set.At(0); cursor.IsValid; cursor.MoveNext())
                seen.Add(Encoding.ASCII.GetString(cursor.Member));
            Assert.Equal(model.Order(), seen.Order());
            if (set.IsIntegers)
                Assert.Equal(model.Select(long.Parse).Order(), seen.Select(long.Parse));
            foreach (var member in model)
                Assert.True(set.Contains(Encoding.ASCII.GetBytes(member)));
            Assert.False(set.Contains("none"u8));
            seen.Clear();
            var next = 0UL;
            do
            {
                var scan = set.Scan(next, 10);
                while (scan.MoveNext())
                    seen.Add(Encoding.ASCII.GetString(scan.Member));
                next = scan.NextCursor;
            }
            while (next != 0);
            Assert.Equal(model.Order(), seen.Order());
        }
    }
}
