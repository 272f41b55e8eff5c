using System.Globalization;
using System.Text;
using CsCheck;
using RedisLite.Storage.Values;

namespace RedisLite.Core.Tests.Storage.Values;

/// <summary>Any sequence of operations leaves a list as it leaves a plain one.</summary>
public sealed class ListValueTests
{
    private enum Act
    {
        First, Last, ManyFirst, ManyLast, Insert, Set, RemoveFirst, RemoveLast, RemoveAt, RemoveRange, Trim, Drain,
        Hold, LetGo,
    }

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Frequency((6, Gen.Enum<Act>()), (1, Gen.Const(Act.ManyFirst)), (1, Gen.Const(Act.ManyLast))),
        Gen.Int[0, 100_000], Gen.Frequency((5, Gen.Int[0, 100]), (1, Gen.Int[0, 3000])),
        (act, at, size) => new Step(act, at, size));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_list_agrees_with_a_plain_one(bool failing) =>
        Steps.Array[0, 60].Sample(
            steps =>
            {
                using var run = new Run(failing);
                foreach (var step in steps)
                    run.Do(step);
                run.Compare();
            },
            iter: failing ? 12 : 60);

    [Theory]
    [InlineData("0")]
    [InlineData("10")]
    [InlineData("-1")]
    [InlineData("-10")]
    [InlineData("127")]
    [InlineData("128")]
    [InlineData("-128")]
    [InlineData("-129")]
    [InlineData("32767")]
    [InlineData("32768")]
    [InlineData("1700000000000")]
    [InlineData("9223372036854775807")]
    [InlineData("-9223372036854775808")]
    [InlineData("9223372036854775808")]
    [InlineData("007")]
    [InlineData("-0")]
    [InlineData("+7")]
    [InlineData("1e3")]
    [InlineData(" 17")]
    [InlineData("-")]
    [InlineData("")]
    public void An_element_that_may_be_a_number_comes_back_as_it_was(string text)
    {
        using var run = new Run(failing: false);
        run.AddAround(text);
        run.Compare();
        run.FindOnly(text);
    }

    [Fact]
    public void Numbers_take_no_more_than_their_bytes()
    {
        using var run = new Run(failing: false);
        for (var i = 0; i < 20_000; i++)
            run.Add($"{100_000_000_000 + (i * 7L)}");
        Assert.InRange(run.Bytes, 0, 20_000 * 9);
    }

    private sealed record Step(Act Act, int At, int Size);

    private sealed class Run(bool failing) : ValueRun<List<string>>(0, failing)
    {
        private int _serial;

        protected override List<string> Model { get; } = [];

        protected override List<string> CopyOf(List<string> model) => [.. model];

        public long Bytes => new ListValue(Memory, ref Slot).Bytes;

        public void Add(string text)
        {
            Do(list => list.AddLast(Encoding.ASCII.GetBytes(text)));
            Model.Add(text);
        }

        /// <summary>Adds an element among others that are like it.</summary>
        public void AddAround(string text)
        {
            foreach (var other in (string[])["n", $"{text}0", text, $"0{text}", "-128", "130", $"x{text}"])
                Add(other);
        }

        /// <summary>An element is found where it is, and nowhere else.</summary>
        public void FindOnly(string text)
        {
            var needle = new ListNeedle(Encoding.ASCII.GetBytes(text));
            var at = 0;
            for (var cursor = new ListValue(Memory, ref Slot).At(0); cursor.IsValid; cursor.MoveNext())
                Assert.Equal(Model[at++] == text, cursor.Is(needle));
        }

        public void Do(Step step)
        {
            var count = Model.Count;
            var at = count == 0 ? 0 : step.At % count;
            switch (step.Act)
            {
                case Act.First:
                    Insert(0, step.Size);
                    break;
                case Act.Last:
                    Insert(count, step.Size);
                    break;
                case Act.ManyFirst or Act.ManyLast:
                    for (var i = 0; i < step.Size; i++)
                        Insert(step.Act == Act.ManyFirst ? 0 : Model.Count, step.At % 90);
                    break;
                case Act.Insert:
                    Insert(at, step.Size);
                    break;
                case Act.Hold:
                    Hold();
                    break;
                case Act.LetGo:
                    LetGo(step.At);
                    break;
                default:
                    if (count > 0)
                        Shrink(step, at, count);
                    break;
            }
        }

        private void Shrink(Step step, int at, int count)
        {
            switch (step.Act)
            {
                case Act.Set:
                    var text = Text(step.Size);
                    Do(list => list.Set(at, Encoding.ASCII.GetBytes(text)));
                    Model[at] = text;
                    break;
                case Act.RemoveFirst:
                    Do(list => list.RemoveFirst());
                    Model.RemoveAt(0);
                    break;
                case Act.RemoveLast:
                    Do(list => list.RemoveLast());
                    Model.RemoveAt(count - 1);
                    break;
                case Act.RemoveAt:
                    Do(list => list.RemoveAt(at));
                    Model.RemoveAt(at);
                    break;
                case Act.RemoveRange:
                    var removed = Math.Min(step.Size, count - at);
                    Do(list => list.RemoveRange(at, removed));
                    Model.RemoveRange(at, removed);
                    break;
                case Act.Trim:
                    var kept = Math.Min(Math.Max(count - 30, step.Size), count - at);
                    Do(list => list.Trim(at, kept));
                    Model.RemoveRange(at + kept, count - at - kept);
                    Model.RemoveRange(0, at);
                    break;
                case Act.Drain:
                    for (var i = 0; i < step.Size && Model.Count > 0; i++)
                    {
                        Do(list => list.RemoveFirst());
                        Model.RemoveAt(0);
                    }
                    break;
            }
        }

        private delegate void Action(ListValue list);

        private void Do(Action action) => Change(() =>
        {
            action(new ListValue(Memory, ref Slot));
            return true;
        });

        private void Insert(int at, int size)
        {
            var text = Text(size);
            Do(list => list.Insert(at, Encoding.ASCII.GetBytes(text)));
            Model.Insert(at, text);
        }

        // Every third one is a number, small or large, of either sign.
        private string Text(int size) => _serial++ % 3 == 0
            ? ((_serial - 50L) << (size % 57)).ToString(CultureInfo.InvariantCulture)
            : $"{_serial}" + new string('-', size);

        protected override void CompareTo(ref nint value, List<string> model)
        {
            var list = new ListValue(Memory, ref value);
            Assert.Equal(model.Count, list.Count);
            var forward = list.At(0);
            foreach (var text in model)
            {
                Assert.Equal(text, Encoding.ASCII.GetString(forward.Element));
                forward.MoveNext();
            }
            Assert.False(forward.IsValid);
            var backward = list.At(model.Count - 1);
            for (var i = model.Count - 1; i >= 0; i--)
            {
                Assert.Equal(model[i], Encoding.ASCII.GetString(backward.Element));
                if (i % 10 == 0)
                    Assert.Equal(model[i], Encoding.ASCII.GetString(list.Get(i, new byte[ListValue.NumberRoom])));
                backward.MovePrevious();
            }
            Assert.False(backward.IsValid);
        }
    }
}
