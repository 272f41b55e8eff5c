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

    private sealed record Step(Act Act, int At, int Size);

    private sealed class Run(bool failing) : ValueRun<List<string>>(0, failing)
    {
        private int _serial;

        protected override List<string> Model { get; } = [];

        protected override List<string> CopyOf(List<string> model) => [.. model];

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

        private string Text(int size) => $"{_serial++}" + new string('-', size);

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
                    Assert.Equal(model[i], Encoding.ASCII.GetString(list.Get(i)));
                backward.MovePrevious();
            }
            Assert.False(backward.IsValid);
        }
    }
}
