using System.Text;
using CsCheck;
using RedisLite.Storage.Values;

namespace RedisLite.Core.Tests.Storage.Values;

/// <summary>Any sequence of operations leaves a hash as it leaves a dictionary.</summary>
public sealed class HashValueTests
{
    private enum Act
    {
        Set, SetMany, SetLong, Expire, ExpireMany, RemoveExpired, Remove, RemoveMany, Hold, LetGo, Clear,
    }

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Frequency((20, Gen.Enum<Act>()), (20, Gen.Const(Act.SetMany))), Gen.Int[0, 500], Gen.Int[0, 300],
        (act, at, size) => new Step(act, at, size));

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(5, false)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    public void A_hash_agrees_with_a_dictionary(uint hashes, bool failing) =>
        Steps.Array[0, 40].Sample(
            steps => Play(steps, hashes, failing), iter: failing ? 8 : 40);

    [Fact]
    public void A_small_hash_keeps_the_order_of_insertion_and_never_becomes_small_again()
    {
        using var run = new Run(0, failing: false);
        var limits = new SmallLimits(3, 8);
        foreach (var name in new[] { "c", "a", "b" })
            new HashValue(run.Memory, ref run.Slot).Set(Encoding.ASCII.GetBytes(name), "v"u8, limits);
        var hash = new HashValue(run.Memory, ref run.Slot);
        var names = "";
        for (var cursor = hash.At(0); cursor.IsValid; cursor.MoveNext())
            names += Encoding.ASCII.GetString(cursor.Field);
        Assert.Equal("cab", names);
        Assert.True(hash.IsSmall);
        Assert.True(hash.Set("d"u8, "v"u8, limits));
        Assert.False(hash.IsSmall);
        Assert.True(hash.Remove("d"u8) && hash.Remove("c"u8) && hash.Remove("b"u8));
        Assert.False(hash.IsSmall);
        Assert.True(hash.Remove("a"u8));
        Assert.Equal(0, run.Slot);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(0, true)]
    public void A_hash_of_few_fields_agrees_with_a_dictionary(uint hashes, bool failing) =>
        Gen.Select(Gen.Enum<Act>(), Gen.Int[0, 24], Gen.Int[0, 60]).Select(
            step => new Step(step.Item1, step.Item2, step.Item3))
            .Where(step => step.Act is not (Act.SetMany or Act.RemoveMany or Act.ExpireMany)).Array[0, 150].Sample(
            steps => Play(steps, hashes, failing), iter: failing ? 8 : 40);

    private static void Play(Step[] steps, uint hashes, bool failing)
    {
        using var run = new Run(hashes, failing);
        foreach (var step in steps)
            run.Do(step);
        run.Compare();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(1)]
    public void A_scan_returns_what_stays_exactly_once(uint hashes) =>
        Gen.Select(Gen.Int[0, 2000], Gen.Int[1, 40], Gen.Int[0, int.MaxValue], (fields, count, seed) =>
            (fields, count, seed)).Sample(
            (fields, count, seed) =>
            {
                using var run = new Run(hashes, failing: false);
                var random = new Random(seed);
                for (var i = 0; i < fields; i++)
                    run.Set(i, 3);
                // Even fields stay; odd ones come and go between the calls.
                var seen = new Dictionary<string, int>();
                var cursor = 0UL;
                do
                {
                    var scan = new HashValue(run.Memory, ref run.Slot).Scan(cursor, count);
                    while (scan.MoveNext())
                    {
                        var name = Encoding.ASCII.GetString(scan.Field);
                        seen[name] = seen.GetValueOrDefault(name) + 1;
                    }
                    cursor = scan.NextCursor;
                    for (var i = 0; i < 5 && fields > 0; i++)
                    {
                        run.Set((random.Next(fields) * 2) + 1, 3);
                        run.Remove((random.Next(fields) / 2 * 2) + 1);
                    }
                }
                while (cursor != 0);
                for (var i = 0; i < fields; i += 2)
                    Assert.Equal(1, seen.GetValueOrDefault($"f{i}"));
            },
            iter: 15);

    private sealed record Step(Act Act, int At, int Size);

    private sealed class Run(uint hashes, bool failing)
        : ValueRun<Dictionary<string, (string Value, long Expiry)>>(hashes, failing)
    {
        private static readonly SmallLimits Limits = new(128, 64);
        private int _serial;

        protected override Dictionary<string, (string Value, long Expiry)> Model { get; } = [];

        protected override Dictionary<string, (string Value, long Expiry)> CopyOf(
            Dictionary<string, (string Value, long Expiry)> model) => new(model);

        public void Do(Step step)
        {
            switch (step.Act)
            {
                case Act.Set:
                    Set(step.At, step.Size % 50);
                    break;
                case Act.SetMany:
                    for (var i = 0; i < step.Size / 8; i++)
                        Set((step.At + (i * 37)) % 501, (step.Size + i) % 70);
                    break;
                case Act.SetLong:
                    Set(step.At, step.Size * 3);
                    break;
                case Act.Expire:
                    Expire(step.At, step.Size % 3 == 0 ? HashValue.NoExpiry : step.Size);
                    break;
                case Act.ExpireMany:
                    for (var i = 0; i < step.Size / 8; i++)
                        Expire((step.At + (i * 43)) % 501, (step.At + i) % 7 == 0
                            ? HashValue.NoExpiry : (step.Size + i) % 200);
                    break;
                case Act.RemoveExpired:
                    RemoveExpired(step.Size, 1 + step.At);
                    break;
                case Act.Remove:
                    Remove(step.At);
                    break;
                case Act.RemoveMany:
                    for (var i = 0; i < step.Size; i++)
                        Remove((step.At + (i * 41)) % 501);
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

        public void Set(int number, int size)
        {
            var (name, value) = ($"f{number}", $"{_serial++}" + new string('v', size));
            byte[] field = Encoding.ASCII.GetBytes(name), bytes = Encoding.ASCII.GetBytes(value);
            var expiry = size % 5 == 1 ? 1_000_000L + size : HashValue.NoExpiry;
            var added = Change(() => new HashValue(Memory, ref Slot).Set(field, bytes, Limits, expiry));
            Assert.Equal(!Model.ContainsKey(name), added);
            Model[name] = (value, expiry);
        }

        public void Remove(int number)
        {
            var field = Encoding.ASCII.GetBytes($"f{number}");
            Assert.Equal(Model.ContainsKey($"f{number}"), Change(() => new HashValue(Memory, ref Slot).Remove(field)));
            Model.Remove($"f{number}");
        }

        private void RemoveExpired(long nowMs, int most)
        {
            var due = Model.Where(field => field.Value.Expiry is not HashValue.NoExpiry and var time && time <= nowMs)
                .Select(field => (field.Key, field.Value.Expiry)).OrderBy(field => field.Expiry).ToList();
            var names = Change(() =>
            {
                var names = new FieldNames();
                new HashValue(Memory, ref Slot).RemoveExpired(nowMs, most, names);
                return names;
            });

            // It ends early without memory, once it has removed anything.
            Assert.Equal(0, new HashValue(Memory, ref Slot).CountExpired(nowMs) - due.Count + names.Count);
            Assert.InRange(
                names.Count, IsFailing ? Math.Min(1, due.Count) : Math.Min(most, due.Count), Math.Min(most, due.Count));
            for (var i = 0; i < names.Count; i++)
            {
                var name = Encoding.ASCII.GetString(names[i]);
                Assert.Contains(due, field => field.Key == name);
                Model.Remove(name);
            }
        }

        private void Expire(int number, long expiry)
        {
            var field = Encoding.ASCII.GetBytes($"f{number}");
            var done = Change(() => new HashValue(Memory, ref Slot).SetExpiry(field, expiry));
            Assert.Equal(Model.TryGetValue($"f{number}", out var former), done);
            if (done)
                Model[$"f{number}"] = (former.Value, expiry);
        }

        protected override void CompareTo(ref nint value, Dictionary<string, (string Value, long Expiry)> model)
        {
            var hash = new HashValue(Memory, ref value);
            Assert.Equal(model.Count, hash.Count);
            var times = model.Values.Select(field => field.Expiry).Where(time => time != HashValue.NoExpiry).ToList();
            Assert.Equal(times.Count == 0 ? long.MaxValue : times.Min(), hash.EarliestExpiryMs);
            Assert.Equal(times.Count(time => time <= 100), hash.CountExpired(100));
            var expired = hash.RanksOfExpired(100);
            Assert.Equal(expired.Order(), expired);
            Assert.Equal(hash.CountExpired(100), expired.Length);
            foreach (var rank in expired)
                Assert.InRange(hash.At(rank).ExpireAtMs, 0, 100);
            var seen = 0;
            for (var cursor = hash.At(0); cursor.IsValid; cursor.MoveNext())
            {
                var (text, expiry) = model[Encoding.ASCII.GetString(cursor.Field)];
                Assert.Equal(text, Encoding.ASCII.GetString(cursor.Value));
                Assert.Equal(expiry, cursor.ExpireAtMs);
                seen++;
            }
            Assert.Equal(model.Count, seen);
            foreach (var (name, (text, expiry)) in model)
            {
                Assert.True(hash.TryGet(Encoding.ASCII.GetBytes(name), out var bytes, out var expireAtMs));
                Assert.Equal(text, Encoding.ASCII.GetString(bytes));
                Assert.Equal(expiry, expireAtMs);
            }
            Assert.False(hash.Contains("none"u8));
        }
    }
}
