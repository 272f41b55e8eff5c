using System.Collections.Concurrent;
using CsCheck;

namespace RedisLite.Core.Tests.Storage;

/// <summary>Operations in parallel give each caller the results of some order of them one after the other.</summary>
public sealed class LinearizabilityTests : IDisposable
{
    private static readonly Gen<string> Keys = Gen.Int[0, 3].Select(i => $"key {i}");

    // A value says who wrote it, so that results tell the order; its length makes records move.
    private static readonly Gen<(string Key, string Value)> Writes =
        Gen.Select(Keys, Gen.Int[0, 1_000_000], (key, i) => (key, $"{i}{new string('.', i % 200)}"));

    private readonly ConcurrentBag<State> _states = [];

    public void Dispose()
    {
        foreach (var state in _states)
            state.Dispose();
    }

    [Fact]
    public void Get_set_remove_and_rename_are_linearizable()
    {
        Check.SampleParallel(
            Gen.Const(0).Select(_ => NewState()),
            [
                Writes.Operation<State>((state, write) => state.Set(write.Key, write.Value)),
                Gen.Select(Keys, Gen.Int).Operation<State>((state, read) => state.Get(read.Item1, read.Item2)),
                Gen.Select(Keys, Gen.Int).Operation<State>((state, one) => state.Remove(one.Item1, one.Item2)),
                Gen.Select(Keys, Keys, Gen.Int).Operation<State>(
                    (state, two) => state.Rename(two.Item1, two.Item2, two.Item3)),
                Gen.Select(Keys, Gen.Int).Operation<State>((state, one) => state.ReadAll(one.Item2)),
            ],
            equal: (a, b) => a.Show() == b.Show(),
            print: state => state.Show(),
            maxParallelOperations: 5,
            iter: 60,
            threads: 1);
    }

    private State NewState()
    {
        var state = new State();
        _states.Add(state);
        return state;
    }

    /// <summary>The store and what each operation, known by its random number, was told.</summary>
    private sealed class State : IDisposable
    {
        private readonly TestStore _store = new(stripes: 2, databases: 1);
        private readonly ConcurrentDictionary<int, string> _results = [];

        public void Set(string key, string value) =>
            Locked([key], exclusive: true, store => store.Set(key, value));

        public void Get(string key, int id) =>
            Locked([key], exclusive: false, store => _results[id] = $"{store.Get(key)}");

        public void Remove(string key, int id) =>
            Locked([key], exclusive: true, store => _results[id] = $"{store[0].Remove(store.Key(key))}");

        public void Rename(string from, string to, int id) => Locked(
            [from, to], exclusive: true, store =>
                _results[id] = $"{store[0].Rename(store.Key(from), store[0], store.Key(to))}");

        /// <summary>Four reads as one operation: sees all of a rename or none.</summary>
        public void ReadAll(int id)
        {
            string[] keys = ["key 0", "key 1", "key 2", "key 3"];
            Locked(keys, exclusive: false, store => _results[id] = string.Join(
                ',', keys.Select(key => store.Get(key))));
        }

        public string Show()
        {
            var content = new SortedDictionary<string, string>(StringComparer.Ordinal);
            _store[0].ForEach(StripeAccess.TakeEach, ref content, static (in entry, ref content) =>
                content.Add(TestStore.Text(entry.Key), TestStore.Text(entry.Value)));
            return string.Join(' ', content) + " | " + string.Join(' ', _results.OrderBy(result => result.Key));
        }

        public void Dispose() => _store.Dispose();

        private void Locked(string[] keys, bool exclusive, Action<TestStore> work)
        {
            var plan = _store.Databases.CreatePlan();
            foreach (var key in keys)
                plan.Add(_store.Key(key).Hash, exclusive);
            if (!plan.TryEnter())
                plan.Enter();
            try
            {
                work(_store);
            }
            finally
            {
                plan.Exit();
            }
        }
    }
}
