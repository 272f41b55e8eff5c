using CsCheck;
using RedisLite.Storage.Locking;
using RedisLite.Storage.Snapshots;

namespace RedisLite.Core.Tests.Storage;

/// <summary>A snapshot shows the data of its cut, each key once, whatever happens while it is walked.</summary>
public sealed class SnapshotTests
{
    private enum Act
    {
        Set, SetExpiring, Resize, Remove, Expire, Persist, Rename, Flush, Swap, Grow, Clear, Walk,
    }

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Frequency((3, Gen.Const(Act.Walk)), (8, Gen.Enum<Act>())), Gen.Int[0, 2], Gen.Int[0, 30], Gen.Int[0, 30],
        Gen.Int[0, 400],
        (act, database, key, other, number) => new Step(act, database, key, other, number));

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Any_changes_during_the_walk_leave_the_state_of_the_cut(int stripes) =>
        Gen.Select(Steps.Array[0, 60], Steps.Array[0, 80]).Sample(
            (before, during) =>
            {
                using var run = new Run(stripes);
                foreach (var step in before)
                    run.Do(step);
                run.Begin();
                foreach (var step in during)
                    run.Do(step);
                run.End();

                // Marks of the first snapshot must not hide anything from a second one.
                run.Begin();
                run.End();
            },
            iter: 100);

    [Fact]
    public void Giving_up_in_the_middle_frees_what_was_kept()
    {
        using var run = new Run(4);
        for (var key = 0; key < 200; key++)
            run.Do(new Step(Act.Set, 0, key, 0, key));
        run.Begin();
        run.Do(new Step(Act.Walk, 0, 0, 0, 3));
        run.Do(new Step(Act.Flush, 0, 0, 0, 0));
        run.Do(new Step(Act.Set, 0, 1, 0, 9));
        run.GiveUp();
    }

    [Fact]
    public void There_is_one_snapshot_at_a_time()
    {
        using var store = new TestStore();
        using var held = store.HoldAll();
        using var snapshot = Snapshot.Begin(store.Databases);

        Assert.Throws<InvalidOperationException>(() => Snapshot.Begin(store.Databases));
    }

    [Fact]
    public void Old_states_are_kept_only_for_keys_that_change_before_the_walk_reaches_them()
    {
        using var store = new TestStore(stripes: 1);
        Snapshot snapshot;
        using (store.HoldAll())
        {
            for (var key = 0; key < 100; key++)
                store.Set($"k{key}", "v");
            snapshot = Snapshot.Begin(store.Databases);
            store.Set("k1", "changed");
            store.Set("k1", "changed again");
            store.Set("new", "too young");
        }

        Assert.InRange(snapshot.PreservedBytes, 1, 100);
        var keys = 0;
        while (snapshot.Walk(1000, ref keys, static (scoped SnapshotEntry _, ref int count) => count++))
        {
        }

        Assert.Equal(100, keys);
        using (store.HoldAll())
            store.Set("k2", "after the walk");
        Assert.Equal(0, snapshot.PreservedBytes);
        snapshot.Dispose();
    }

    [Fact]
    public async Task Writers_on_other_threads_never_change_what_a_snapshot_shows()
    {
        const int keyCount = 2000;
        using var store = new TestStore(stripes: 16, databases: 1);
        using (store.HoldAll())
            for (var key = 0; key < keyCount; key++)
                store.Set($"k{key}", "0");
        using var stop = new CancellationTokenSource();
        var token = stop.Token;
        var writers = Enumerable.Range(0, 3).Select(
            seed => Task.Run(() => Write(store, seed, keyCount, token))).ToArray();
        for (var round = 0; round < 10; round++)
        {
            Snapshot snapshot;
            Dictionary<string, string> expected;
            using (new AllHeld(store))
            {
                snapshot = Snapshot.Begin(store.Databases);
                expected = Read(store, keyCount);
            }

            var seen = new Dictionary<string, string>();
            while (snapshot.Walk(
                16, ref seen, static (scoped SnapshotEntry entry, ref Dictionary<string, string> all) =>
                all.Add(TestStore.Text(entry.Key), TestStore.Text(entry.Value))))
            {
            }

            snapshot.Dispose();
            Assert.Equal(expected.OrderBy(pair => pair.Key), seen.OrderBy(pair => pair.Key));
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
    }

    private static Dictionary<string, string> Read(TestStore store, int keyCount)
    {
        var all = new Dictionary<string, string>();
        for (var key = 0; key < keyCount; key++)
            if (store.Get($"k{key}") is { } value)
                all[$"k{key}"] = value;
        return all;
    }

    private static void Write(TestStore store, int seed, int keyCount, CancellationToken stop)
    {
        var random = new Random(seed);
        var plan = store.Databases.CreatePlan();
        while (!stop.IsCancellationRequested)
        {
            var name = $"k{random.Next(keyCount)}";
            var key = store.Key(name);
            plan.Clear();
            plan.Add(key.Hash, exclusive: true);
            plan.Enter();
            try
            {
                if (random.Next(4) == 0)
                    store[0].Remove(key);
                else
                    store[0].SetString(key, TestStore.Bytes(new string('x', random.Next(200))));
            }
            finally
            {
                plan.Exit();
            }
        }
    }

    private sealed record Step(Act Act, int Database, int Key, int Other, int Number);

    private readonly struct AllHeld : IDisposable
    {
        private readonly LockPlan _plan;

        public AllHeld(TestStore store)
        {
            _plan = store.Databases.CreatePlan();
            _plan.AddAll(exclusive: true);
            _plan.Enter();
        }

        public void Dispose() => _plan.Exit();
    }

    private sealed class Run(int stripes) : IDisposable
    {
        private readonly TestStore _store = new(stripes, databases: 3);
        private Dictionary<(int, string), (string, long)> _expected = [];
        private Dictionary<(int, string), (string, long)> _seen = [];
        private Snapshot? _snapshot;

        public void Dispose() => _store.Dispose();

        public void Begin()
        {
            using var held = _store.HoldAll();
            _snapshot = Snapshot.Begin(_store.Databases);
            _expected = [];
            _seen = [];
            for (var database = 0; database < 3; database++)
            {
                var state = (Database: database, All: _expected);
                _store[database].ForEach(StripeAccess.HeldByCaller, ref state, static (
                    in Entry entry, ref (int Database, Dictionary<(int, string), (string, long)> All) s) =>
                    s.All.Add(
                        (s.Database, TestStore.Text(entry.Key)), (TestStore.Text(entry.Value), entry.ExpireAtMs)));
            }
        }

        public void End()
        {
            while (Walk(7))
            {
            }

            _snapshot!.Dispose();
            _snapshot = null;
            Assert.Equal(_expected.OrderBy(pair => pair.Key), _seen.OrderBy(pair => pair.Key));
        }

        public void GiveUp()
        {
            _snapshot!.Dispose();
            _snapshot = null;
        }

        public void Do(Step step)
        {
            if (step.Act == Act.Walk)
            {
                if (_snapshot is not null)
                    Walk(1 + (step.Number % 5));
                return;
            }

            using var held = _store.HoldAll();
            var keyspace = _store[step.Database];
            var key = _store.Key($"key {step.Key}");
            switch (step.Act)
            {
                case Act.Set:
                    var length = step.Number % 4 == 0 ? 33_000 + step.Number : step.Number;
                    keyspace.SetString(key, TestStore.Bytes(new string('v', length)));
                    break;
                case Act.SetExpiring:
                    keyspace.SetString(key, TestStore.Bytes($"{step.Number}"), step.Number);
                    break;
                case Act.Resize:
                    keyspace.ResizeString(key, step.Number);
                    break;
                case Act.Remove:
                    keyspace.Remove(key);
                    break;
                case Act.Expire:
                    keyspace.SetExpiry(key, step.Number);
                    break;
                case Act.Persist:
                    keyspace.SetExpiry(key, Keyspace.NoExpiry);
                    break;
                case Act.Rename:
                    keyspace.Rename(key, _store[(step.Database + 1) % 3], _store.Key($"key {step.Other}"));
                    break;
                case Act.Flush:
                    keyspace.Detach().Dispose();
                    break;
                case Act.Swap:
                    _store.Databases.Swap(step.Database, step.Other % 3);
                    break;
                case Act.Grow:
                    for (var i = 0; i < step.Number; i++)
                        keyspace.SetString(_store.Key($"grown {i}"), "x"u8);
                    break;
                case Act.Clear:
                    for (var i = 0; i < 400; i++)
                        keyspace.Remove(_store.Key($"grown {i}"));
                    break;
            }
        }

        private bool Walk(int maxKeys) => _snapshot!.Walk(
            maxKeys,
            ref _seen,
            static (scoped SnapshotEntry entry, ref Dictionary<(int, string), (string, long)> seen) =>
                seen.Add((entry.Database, TestStore.Text(entry.Key)), (TestStore.Text(entry.Value), entry.ExpireAtMs)));
    }
}
