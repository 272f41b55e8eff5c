using System.Text;
using CsCheck;
using RedisLite.Core.Tests.Commands;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Core.Tests.Storage.Values;

/// <summary>Any sequence of operations leaves a stream and its groups as it leaves a plain one.</summary>
public sealed class StreamValueTests
{
    private static readonly StreamNodeLimits Limits = new(4096, 7);

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Frequency((6, Gen.Enum<Act>()), (2, Gen.Const(Act.AddMany)), (3, Gen.Const(Act.Deliver))),
        Gen.Int[0, 100_000], Gen.Frequency((5, Gen.Int[0, 60]), (1, Gen.Int[0, 1500])),
        (act, at, size) => new Step(act, at, size));

    private enum Act
    {
        Add, AddMany, Remove, TrimByLength, TrimById, SetTotals, AddGroup, RemoveGroup, SetGroup, AddConsumer,
        RemoveConsumer,
        Deliver, DeliverMany, Acknowledge, Hold, LetGo,
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stream_agrees_with_a_plain_one(bool failing) =>
        Steps.Array[0, 80].Sample(
            steps =>
            {
                using var run = new Run(failing);
                foreach (var step in steps)
                    run.Do(step);
                run.Compare();
            },
            iter: failing ? 15 : 100);

    [Theory]
    [InlineData("same same same same", 0, 30)]
    [InlineData("a b a b a b a b", 0, 32)]
    [InlineData("a b c d e f g h", 40, 100)]
    public void Names_that_repeat_are_kept_once(string names, int from, int to)
    {
        using var run = new Run(failing: false);
        var names40 = names.Split(' ').Select(name => name.PadRight(40, '-')).ToArray();
        var stream = new StreamValue(run.Memory, ref run.Slot);
        for (var i = 1; i <= 4000; i++)
            stream.Add(new StreamId(1, (ulong)i), new Fields(
                [(names40[i % names40.Length], "v")]), new StreamNodeLimits(4096, 100));
        Assert.InRange(stream.Bytes / 4000, from, to);
        run.Clear();
    }

    [Fact]
    public void Lists_of_names_are_used_again_when_their_entries_are_gone()
    {
        using var run = new Run(failing: false);
        var stream = new StreamValue(run.Memory, ref run.Slot);
        for (var i = 1; i <= 2000; i++)
        {
            stream.Add(new StreamId(1, (ulong)i), new Fields([($"name{i / 10}", $"{i}"), ("other", "x")]), Limits);
            stream.Trim(new StreamTrim(30, default, false, 0));
        }

        var expected = 1971;
        for (var cursor = stream.At(0); cursor.IsValid; cursor.MoveNext(), expected++)
        {
            var fields = cursor.Fields;
            Assert.True(fields.MoveNext());
            Assert.Equal(
                $"name{expected / 10}={expected}",
                $"{Encoding.ASCII.GetString(fields.Name)}={Encoding.ASCII.GetString(fields.Value)}");
        }

        Assert.Equal(2001, expected);
        Assert.InRange(stream.Bytes, 1, 4000);
        run.Clear();
    }

    private sealed record Step(Act Act, int At, int Size);

    private readonly struct Fields((string Name, string Value)[] fields) : IStreamFields
    {
        public int Count => fields.Length;

        public ReadOnlySpan<byte> Name(int index) => Encoding.ASCII.GetBytes(fields[index].Name);

        public ReadOnlySpan<byte> Value(int index) => Encoding.ASCII.GetBytes(fields[index].Value);
    }

    private sealed class PlainGroup
    {
        public StreamGroupState State { get; set; }

        public SortedDictionary<StreamId, (string Consumer, StreamPendingEntry Entry)> Pending { get; init; } = [];

        public SortedSet<string> Consumers { get; init; } = new(StringComparer.Ordinal);

        public PlainGroup Copy() =>
            new() { State = State, Pending = new(Pending), Consumers = new(Consumers, StringComparer.Ordinal) };
    }

    private sealed class Plain
    {
        public SortedDictionary<StreamId, (string Name, string Value)[]> Entries { get; init; } = [];

        public SortedDictionary<string, PlainGroup> Groups { get; init; } = new(StringComparer.Ordinal);

        public StreamId LastId { get; set; }

        public StreamId MaxDeletedId { get; set; }

        public ulong Added { get; set; }

        public Plain Copy()
        {
            var copy =
                new Plain { Entries = new(Entries), LastId = LastId, MaxDeletedId = MaxDeletedId, Added = Added };
            foreach (var (name, group) in Groups)
                copy.Groups[name] = group.Copy();
            return copy;
        }

        public override string ToString()
        {
            var first = Entries.Count == 0 ? default : Entries.First().Key;
            var text = new StringBuilder(
                $"{new StreamTotals((ulong)Entries.Count, LastId, first, MaxDeletedId, Added)}");
            foreach (var (id, fields) in Entries)
                text.Append($" {id}:{string.Concat(fields.Select(field => $"{field.Name}={field.Value},"))}");
            foreach (var (name, group) in Groups)
            {
                text.Append($" [{name} {group.State}");
                foreach (var (consumer, entry) in group.Pending.Values)
                    text.Append($" {entry}@{consumer}");
                foreach (var consumer in group.Consumers)
                    text.Append($" {consumer}:{group.Pending.Values.Count(pending => pending.Consumer == consumer)}");
                text.Append(']');
            }

            return text.ToString();
        }
    }

    private sealed class Run(bool failing) : ValueRun<Plain>(0, failing)
    {
        private int _serial;

        protected override Plain Model { get; } = new();

        protected override Plain CopyOf(Plain model) => model.Copy();

        public void Do(Step step)
        {
            var group = $"g{step.At % 5}";
            var consumer = $"c{step.At / 5 % 4}" + (step.At % 7 == 0 ? new string('~', 300) : "");
            switch (step.Act)
            {
                case Act.Add or Act.AddMany:
                    for (var i = step.Act == Act.Add ? 1 : Math.Min(step.Size, 200); i > 0; i--)
                        Add(step);
                    break;
                case Act.Remove when Model.Entries.Count > 0:
                    var id = step.At % 3 == 0 ? default : Model.Entries.ElementAt(step.At % Model.Entries.Count).Key;
                    Assert.Equal(Model.Entries.ContainsKey(id), Run1(stream => stream.Remove(id)));
                    if (Model.Entries.Remove(id) && id > Model.MaxDeletedId)
                        Model.MaxDeletedId = id;
                    break;
                case Act.TrimByLength or Act.TrimById:
                    Trim(step);
                    break;
                case Act.SetTotals:
                    var added = Model.Added + 10;
                    Run1(stream => stream.SetTotals(Model.LastId, Model.MaxDeletedId, added));
                    Model.Added = added;
                    break;
                case Act.AddGroup:
                    var state = new StreamGroupState(new StreamId((ulong)step.At, 3), step.Size);
                    var isNew = !Model.Groups.ContainsKey(group);
                    Assert.Equal(isNew, Run1(stream => stream.AddGroup(Bytes(group), state)));
                    if (isNew)
                        Model.Groups[group] = new PlainGroup { State = state };
                    break;
                case Act.RemoveGroup when step.At % 3 == 0:
                    Assert.Equal(Model.Groups.ContainsKey(group), Run1(stream => stream.RemoveGroup(Bytes(group))));
                    Model.Groups.Remove(group);
                    break;
                case Act.Hold:
                    Hold();
                    break;
                case Act.LetGo:
                    LetGo(step.At);
                    break;
                default:
                    if (Model.Groups.TryGetValue(group, out var plain))
                        DoInGroup(step, plain, Bytes(group), consumer);
                    break;
            }
        }

        private void DoInGroup(Step step, PlainGroup plain, byte[] group, string consumer)
        {
            var id = new StreamId(7, (ulong)(step.At % 40));
            switch (step.Act)
            {
                case Act.SetGroup:
                    var state = new StreamGroupState(id, step.At);
                    InGroup(group, change => { change.State = state; return true; });
                    plain.State = state;
                    break;
                case Act.AddConsumer:
                    Assert.Equal(!plain.Consumers.Contains(consumer), InGroup(
                        group, change => change.AddConsumer(Bytes(consumer), default)));
                    plain.Consumers.Add(consumer);
                    break;
                case Act.RemoveConsumer:
                    // Each of its entries goes by itself, so that a failure leaves some: not for the failing run's
                    // comparisons.
                    foreach (var own in plain.Pending.Where(item => item.Value.Consumer == consumer).Select(
                        item => item.Key).ToArray())
                    {
                        Assert.True(InGroup(group, change => change.Acknowledge(own)));
                        plain.Pending.Remove(own);
                    }

                    Assert.Equal(plain.Consumers.Contains(consumer), InGroup(
                        group, change => change.RemoveConsumer(Bytes(consumer))));
                    plain.Consumers.Remove(consumer);
                    break;
                case Act.Acknowledge:
                    Assert.Equal(plain.Pending.ContainsKey(id), InGroup(group, change => change.Acknowledge(id)));
                    plain.Pending.Remove(id);
                    break;
                case Act.Deliver or Act.DeliverMany when plain.Consumers.Contains(consumer):
                    var count = step.Act == Act.Deliver ? 1 : Math.Min(step.Size, 150);
                    for (var i = 0; i < count; i++)
                    {
                        var entry = new StreamPendingEntry(
                            id with { Sequence = id.Sequence + (ulong)i }, step.At + i, (ulong)step.Size);
                        InGroup(group, change => { change.Deliver(entry, Bytes(consumer)); return true; });
                        plain.Pending[entry.Id] = (consumer, entry);
                    }

                    break;
            }
        }

        private void Add(Step step)
        {
            var id = Model.LastId with { Sequence = Model.LastId.Sequence + 1 + (ulong)(step.At % 3) };
            (string, string)[] fields = (step.At % 4) switch
            {
                0 => [("name", $"{_serial++}")],
                1 => [("name", $"{_serial++}"), ("other", new string('x', step.Size))],
                2 => [($"name{_serial++ / 3 % 9}", "value"), ("", "")],
                _ => [($"name{_serial++}", new string('y', step.Size))],
            };
            Run1(stream => stream.Add(id, new Fields(fields), Limits));
            Model.Entries[id] = fields;
            Model.LastId = id;
            Model.Added++;
        }

        private void Trim(Step step)
        {
            var count = Model.Entries.Count;
            if (count == 0)
                return;
            var left = step.Act == Act.TrimByLength ? step.At % (count + 3) : -1;
            var id = Model.Entries.ElementAt(step.At % count).Key;
            var isApproximate = step.Size % 2 == 1;
            var trim = new StreamTrim(left, id, isApproximate, isApproximate ? step.Size % 50 : 0);
            var exact = left >= 0 ? Math.Max(0, count - left) : Model.Entries.Keys.Count(key => key < id);
            var removed = Run1(stream => stream.Trim(trim));
            if (isApproximate)
                Assert.InRange(removed, 0, exact);
            else
                Assert.Equal(exact, removed);
            foreach (var gone in Model.Entries.Keys.Take((int)removed).ToArray())
                Model.Entries.Remove(gone);
        }

        private delegate T Reading<T>(StreamValue stream);

        private delegate void Writing(StreamValue stream);

        private delegate bool GroupWriting(StreamGroupChange change);

        private T Run1<T>(Reading<T> change) => Change(() => change(new StreamValue(Memory, ref Slot)));

        private void Run1(Writing change) => Change(() =>
        {
            change(new StreamValue(Memory, ref Slot));
            return true;
        });

        private bool InGroup(byte[] group, GroupWriting change) => Change(() =>
        {
            using var writes = new StreamValue(Memory, ref Slot).ChangeGroup(group);
            return change(writes);
        });

        protected override void CompareTo(ref nint value, Plain model)
        {
            var stream = new StreamValue(Memory, ref value);
            Assert.Equal(model.ToString(), StreamText.Of(stream));
            foreach (var (id, _) in model.Entries.Take(20))
            {
                Assert.Equal(id, stream.From(id).Id);
                Assert.Equal(id, stream.Before(id).Id);
            }
        }

        private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);
    }
}
