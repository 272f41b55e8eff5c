using CsCheck;
using RedisLite.Storage;

namespace RedisLite.Core.Tests.Storage;

/// <summary>Any sequence of operations leaves the databases as it leaves a plain dictionary.</summary>
public sealed class KeyspaceModelTests
{
    private const int DatabaseCount = 3;

    private enum Act
    {
        Set, SetExpiring, SetKeepTtl, Resize, Remove, Expire, Persist, RemoveIfExpired, Rename, Copy, SetFromView,
        SweepAll, Advance, Swap, Detach, Get, FillAndClear,
    }

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Enum<Act>(), Gen.Int[0, DatabaseCount - 1], Gen.Int[0, 12], Gen.Int[0, DatabaseCount - 1], Gen.Int[0, 12],
        Gen.Frequency((5, Gen.Int[0, 60]), (1, Gen.Int[0, 3000])),
        (act, database, key, toDatabase, toKey, number) => new Step(act, database, key, toDatabase, toKey, number));

    [Theory]
    [InlineData(1, HashFunction.XxHash3)]
    [InlineData(4, HashFunction.XxHash3)]
    [InlineData(2, HashFunction.Djb2)]
    public void Databases_agree_with_a_dictionary(int stripes, HashFunction hash) =>
        Steps.Array[0, 80].Sample(
            steps =>
            {
                using var run = new Run(stripes, hash);
                foreach (var step in steps)
                    run.Do(step);
                run.Compare();
            },
            iter: 150);

    private sealed record Step(Act Act, int Database, int Key, int ToDatabase, int ToKey, int Number);

    private sealed record Model(byte[] Value, long ExpireAtMs, StringEncoding Encoding);

    private sealed class Run : IDisposable
    {
        private readonly TestStore _store;
        private readonly RecordingObserver _observer = new();
        private readonly List<string> _events = [];
        private readonly Dictionary<string, Model>[] _models = [
            .. Enumerable.Range(0, DatabaseCount).Select(_ => new Dictionary<string, Model>())];
        private readonly List<DetachedTables> _detached = [];
        private TestStore.Scope _held;
        private long _nowMs = 1000;

        public Run(int stripes, HashFunction hash)
        {
            _store = new TestStore(stripes, DatabaseCount, hash);
            _store.Databases.Observer = _observer;
            _held = _store.HoldAll();
        }

        public void Dispose()
        {
            _held.Dispose();
            // Every second one is left to the databases.
            for (var i = 0; i < _detached.Count; i += 2)
                _detached[i].Dispose();
            _store.Dispose();
        }

        public void Do(Step step)
        {
            var keyspace = _store[step.Database];
            var name = KeyName(step.Key);
            var key = _store.Key(name);
            var model = _models[step.Database].GetValueOrDefault(name);
            switch (step.Act)
            {
                case Act.Set:
                    keyspace.SetString(key, Value(step.Number));
                    Put(step.Database, name, Value(step.Number), Keyspace.NoExpiry);
                    break;
                case Act.SetExpiring:
                    keyspace.SetString(key, Value(step.Number), _nowMs + step.Number);
                    Put(step.Database, name, Value(step.Number), _nowMs + step.Number);
                    break;
                case Act.SetKeepTtl:
                    keyspace.SetStringKeepTtl(key, Value(step.Number));
                    Put(step.Database, name, Value(step.Number), model?.ExpireAtMs ?? Keyspace.NoExpiry);
                    break;
                case Act.Resize:
                    var bytes = (model?.Value ?? []).Concat(new byte[step.Number]).Take(step.Number).ToArray();
                    Assert.Equal(bytes, keyspace.ResizeString(key, step.Number).ToArray());
                    Put(step.Database, name, bytes, model?.ExpireAtMs ?? Keyspace.NoExpiry, StringEncoding.Raw);
                    break;
                case Act.Remove:
                    Assert.Equal(model != null, keyspace.Remove(key));
                    Delete(step.Database, name, "changed");
                    break;
                case Act.Expire:
                case Act.Persist:
                    var at = step.Act == Act.Expire ? _nowMs + step.Number : Keyspace.NoExpiry;
                    Assert.Equal(model != null, keyspace.SetExpiry(key, at));
                    if (model != null && (at != Keyspace.NoExpiry || model.ExpireAtMs != Keyspace.NoExpiry))
                        Put(step.Database, name, model.Value, at, model.Encoding);
                    break;
                case Act.RemoveIfExpired:
                    Assert.Equal(IsExpired(model), keyspace.RemoveIfExpired(key, _nowMs));
                    if (IsExpired(model))
                        Delete(step.Database, name, "expired");
                    break;
                case Act.Rename:
                case Act.Copy:
                    RenameOrCopy(step, model);
                    break;
                case Act.SetFromView:
                    SetFromView(step);
                    break;
                default:
                    DoWide(step, model);
                    break;
            }
        }

        /// <summary>The operations on more than a key.</summary>
        private void DoWide(Step step, Model? model)
        {
            switch (step.Act)
            {
                case Act.SweepAll:
                    SweepAll(step.Database, maxKeys: 1 + (step.Number % 5));
                    break;
                case Act.Advance:
                    _nowMs += step.Number / 2;
                    break;
                case Act.Swap:
                    _store.Databases.Swap(step.Database, step.ToDatabase);
                    if (step.Database == step.ToDatabase)
                        break;
                    (_models[step.Database], _models[step.ToDatabase]) = (
                        _models[step.ToDatabase], _models[step.Database]);
                    _events.AddRange([$"flushed {step.Database}", $"flushed {step.ToDatabase}"]);
                    break;
                case Act.Detach when step.Number % 3 == 0:
                    _detached.Add(_store[step.Database].Detach());
                    Assert.Equal(_models[step.Database].Count, _detached[^1].Count);
                    _models[step.Database].Clear();
                    _events.Add($"flushed {step.Database}");
                    break;
                case Act.Get:
                    var found = _store[step.Database].TryGet(_store.Key(KeyName(step.Key)), _nowMs, out var entry);
                    Assert.Equal(model != null && !IsExpired(model), found);
                    if (found)
                        Assert.Equal(model!.Value, entry.Value.ToArray());
                    break;
                case Act.FillAndClear:
                    for (var i = 0; i < step.Number; i++)
                        _store[step.Database].SetString(
                            _store.Key($"fill {i}"), "x"u8, i % 2 == 0 ? i : Keyspace.NoExpiry);
                    for (var i = 0; i < step.Number; i++)
                        Assert.True(_store[step.Database].Remove(_store.Key($"fill {i}")));
                    _observer.Events.RemoveAll(line => line.Contains("fill", StringComparison.Ordinal));
                    break;
            }
        }

        public void Compare()
        {
            Assert.Equal(_events, _observer.Events);
            for (var database = 0; database < DatabaseCount; database++)
            {
                var seen = new Dictionary<string, string>();
                _store[database].ForEach(StripeAccess.HeldByCaller, ref seen, static (in entry, ref seen) => seen.Add(
                    TestStore.Text(entry.Key), Show(entry.Value, entry.ExpireAtMs, entry.Encoding)));
                var expected = _models[database].ToDictionary(
                    pair => pair.Key, pair => Show(pair.Value.Value, pair.Value.ExpireAtMs, pair.Value.Encoding));
                Assert.Equal(expected, seen);
                Assert.Equal(expected.Count, _store[database].Count);
                Assert.Equal(
                    _models[database].Values.Count(value => value.ExpireAtMs != Keyspace.NoExpiry),
                    _store[database].ExpiringCount);
            }
        }

        private static string Show(ReadOnlySpan<byte> value, long expireAtMs, StringEncoding encoding) =>
            $"{Convert.ToHexString(value)} {expireAtMs} {encoding}";

        private static string KeyName(int key) => key == 0 ? "" : new string('k', key == 11 ? 300 : key % 4 * 15) + key;

        // Some are large: beyond every size that is treated in another way.
        private static byte[] Value(int number) => number % 2 == 0
            ? TestStore.Bytes($"{number}")
            : [.. Enumerable.Range(0, number % 3 == 0 ? 33_000 + number : number).Select(i => (byte)(i * 7))];

        private bool IsExpired(Model? model) =>
            model != null && model.ExpireAtMs != Keyspace.NoExpiry && model.ExpireAtMs <= _nowMs;

        private void Put(int database, string key, byte[] value, long expireAtMs, StringEncoding? encoding = null)
        {
            _models[database][key] = new Model(value, expireAtMs, encoding ?? EntryTypes.EncodingOf(value));
            _events.Add($"changed {database} {key}");
        }

        private void Delete(int database, string key, string as_)
        {
            if (_models[database].Remove(key))
                _events.Add($"{as_} {database} {key}");
        }

        private void RenameOrCopy(Step step, Model? model)
        {
            var source = _store[step.Database];
            var target = _store[step.ToDatabase];
            var from = _store.Key(KeyName(step.Key));
            var to = _store.Key(KeyName(step.ToKey));
            var done = step.Act == Act.Rename ? source.Rename(from, target, to) : source.CopyTo(from, target, to);
            Assert.Equal(model != null, done);
            if (model == null || (step.Database == step.ToDatabase && step.Key == step.ToKey))
                return;
            Put(step.ToDatabase, KeyName(step.ToKey), model.Value, model.ExpireAtMs, model.Encoding);
            if (step.Act == Act.Rename)
                Delete(step.Database, KeyName(step.Key), "changed");
        }

        /// <summary>Key and value of the write are views of a record, perhaps of the one that is overwritten.</summary>
        private void SetFromView(Step step)
        {
            var from = KeyName(step.Key);
            var to = KeyName(step.ToKey);
            if (!_store[step.Database].TryGetStale(_store.Key(from), out var source))
                return;
            var value = source.Value[Math.Min(step.Number, source.Value.Length)..];
            var expected = value.ToArray();
            if (_store[step.ToDatabase].TryGetStale(_store.Key(to), out var target))
                _store[step.ToDatabase].SetString(_store.Databases.MakeKey(target.Key), value);
            else
                _store[step.ToDatabase].SetString(_store.Key(to), value);
            Put(step.ToDatabase, to, expected, Keyspace.NoExpiry);
        }

        private void SweepAll(int database, int maxKeys)
        {
            // The sweep takes the locks itself.
            _held.Dispose();
            var due = _models[database].Where(pair => IsExpired(pair.Value)).Select(pair => pair.Key).ToList();
            var events = _observer.Events.Count;
            for (var stripe = 0; stripe < _store.Databases.StripeCount; stripe++)
            {
                ExpirySweep sweep;
                do
                {
                    sweep = _store[database].ExpireDue(stripe, _nowMs, maxKeys);
                    Assert.InRange(sweep.Removed, 0, maxKeys);
                    Assert.Equal(_store[database].EarliestExpiry(stripe), sweep.NextExpiryMs);
                }
                while (sweep.HasMoreDue);
            }
            _held = _store.HoldAll();
            // The order over stripes is the hash's.
            Assert.Equal(
                due.Select(key => $"expired {database} {key}").Order(StringComparer.Ordinal),
                _observer.Events.Skip(events).Order(StringComparer.Ordinal));
            _events.AddRange(_observer.Events.Skip(events));
            due.ForEach(key => _models[database].Remove(key));
        }
    }
}
