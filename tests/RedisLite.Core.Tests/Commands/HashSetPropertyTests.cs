using System.Globalization;
using System.Text;
using CsCheck;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// Any sequence of hash and set commands answers as the naive model does, and its log gives the same data.
/// </summary>
/// <remarks>COPY makes two keys share a collection, so that writes to either meet shared pages.</remarks>
public sealed class HashSetPropertyTests
{
    private const string Advance = "(advance)";

    private static readonly Gen<string> HashKey = Gen.OneOf("h1", "h2");

    private static readonly Gen<string> SetKey = Gen.OneOf("s1", "s2", "s3");

    private static readonly Gen<string> Name = Gen.OneOf<string>(
        Gen.Int[0, 30].Select(n => $"f{n}"), Gen.Int[0, 5].Select(n => $"{n}"));

    private static readonly Gen<string> Member = Gen.OneOf<string>(
        Text(Gen.Int[-20, 20]), Text(Gen.Int[-20, 20]), Text(Gen.Long),
        Gen.OneOf("a", "b", "01", new string('m', 300)));

    private static readonly Gen<string> Value = Gen.OneOf<string>(
        Text(Gen.Int[0, 100]), Gen.OneOf("v", new string('w', 100)));

    private static readonly Gen<string> Time = Text(Gen.Int[0, 500]);

    private static readonly Gen<string[]> Command = Gen.OneOf<string[]>(
        Time.Select(t => new[] { Advance, t }),
        Gen.Select(HashKey, Name, Value, Name, Value, (k, f, v, g, w) => new[] { "HSET", k, f, v, g, w }),
        Gen.Select(HashKey, Name, Value, Name, Value, (k, f, v, g, w) => new[] { "HSET", k, f, v, g, w }),
        HashKey.Select(
            k => (string[])["HSET", k, .. Enumerable.Range(0, 700).SelectMany(n => new[] { $"f{n}", $"{n}" })]),
        HashKey.Select(k => (string[])["HDEL", k, .. Enumerable.Range(3, 800).Select(n => $"f{n}")]),
        Gen.Select(HashKey, Name, Value, (k, f, v) => new[] { "HSETNX", k, f, v }),
        Gen.Select(Gen.OneOf("HGET", "HEXISTS"), HashKey, Name, (c, k, f) => new[] { c, k, f }),
        Gen.Select(Gen.OneOf("HMGET", "HDEL"), HashKey, Name, Name, (c, k, f, g) => new[] { c, k, f, g }),
        Gen.Select(Gen.OneOf("HLEN", "HGETALL", "HKEYS", "HVALS"), HashKey, (c, k) => new[] { c, k }),
        HashKey.Select(k => new[] { "HRANDFIELD", k, "10000" }),
        Gen.Select(HashKey, Name, Text(Gen.Int[-9, 9]), (k, f, n) => new[] { "HINCRBY", k, f, n }),
        Gen.Select(HashKey, Time, Name, Name, (k, t, f, g) => new[] { "HPEXPIRE", k, t, "FIELDS", "2", f, g }),
        Gen.Select(Gen.OneOf("HPEXPIRETIME", "HPERSIST", "HGETDEL"), HashKey, Name, Name, (c, k, f, g) =>
            new[] { c, k, "FIELDS", "2", f, g }),
        Gen.Select(HashKey, Text(Gen.Int[1, 500]), Name, Value, (k, t, f, v) =>
            new[] { "HSETEX", k, "FNX", "PX", t, "FIELDS", "1", f, v }),
        Gen.Select(HashKey, HashKey, (k, l) => k == l ? ["HLEN", k] : (string[])["COPY", k, l, "REPLACE"]),
        Gen.Select(Gen.OneOf("SADD", "SREM"), SetKey, Member, Member, (c, k, m, n) => new[] { c, k, m, n }),
        Gen.Select(SetKey, Member, Member, (k, m, n) => new[] { "SADD", k, m, n }),
        SetKey.Select(k => (string[])["SADD", k, .. Enumerable.Range(-300, 600).Select(n => $"{n}")]),
        SetKey.Select(k => (string[])["SREM", k, .. Enumerable.Range(-290, 600).Select(n => $"{n}")]),
        Gen.Select(SetKey, SetKey, Member, (k, l, m) => new[] { "SMOVE", k, l, m }),
        Gen.Select(SetKey, Member, (k, m) => new[] { "SISMEMBER", k, m }),
        Gen.Select(Gen.OneOf("SCARD", "SMEMBERS"), SetKey, (c, k) => new[] { c, k }),
        Gen.Select(
            Gen.OneOf("SINTER", "SUNION", "SDIFF"), SetKey, SetKey, SetKey, (c, k, l, m) => new[] { c, k, l, m }),
        Gen.Select(Gen.OneOf("SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"), SetKey, SetKey, SetKey, (c, d, k, l) =>
            new[] { c, d, k, l }),
        Gen.Select(SetKey, SetKey, (k, l) => new[] { "SINTERCARD", "2", k, l }),
        Gen.Select(SetKey, SetKey, (k, l) => k == l ? ["SCARD", k] : (string[])["COPY", k, l, "REPLACE"]));

    [Fact]
    public void Commands_answer_as_the_model_does_and_replay_alike() =>
        Command.Array[1, 60].Sample(
            commands =>
            {
                using var harness = new CommandHarness();
                var model = new HashSetModel();
                foreach (var command in commands)
                    RunBoth(harness, model, command);
                foreach (var key in (string[])["h1", "h2"])
                    RunBoth(harness, model, ["HGETALL", key]);
                foreach (var key in (string[])["s1", "s2", "s3"])
                    RunBoth(harness, model, ["SMEMBERS", key]);
                harness.AssertReplayAgrees();
            },
            iter: 200,
            print: commands => string.Join('\n', commands.Select(command => string.Join(' ', command.Take(12)))));

    private static void RunBoth(CommandHarness harness, HashSetModel model, string[] command)
    {
        if (command[0] == Advance)
        {
            var time = int.Parse(command[1], CultureInfo.InvariantCulture);
            harness.Clock.Advance(TimeSpan.FromMilliseconds(time));
            model.NowMs += time;
            return;
        }

        // A hash of nothing but expired fields is still there to COPY, until somebody deletes them.
        if (command is ["COPY", ['h', ..] source, ..])
            RunBoth(harness, model, ["HSET", source, "stays", "1"]);
        var expected = model.Run(command);
        Assert.Equal(
            expected, HashSetModel.Sorted(command, harness.Run([.. command.Select(Encoding.Latin1.GetBytes)])));
    }

    private static Gen<string> Text<T>(Gen<T> number)
        where T : IFormattable => number.Select(value => value.ToString(null, CultureInfo.InvariantCulture));
}
