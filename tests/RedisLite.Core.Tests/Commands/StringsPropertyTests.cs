using System.Globalization;
using System.Text;
using CsCheck;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// Any sequence of string and bitmap commands answers as the naive model does, and its log gives the same data.
/// </summary>
public sealed class StringsPropertyTests
{
    private const string Advance = "(advance)";

    private static readonly Gen<string> Key = Gen.OneOf("a", "b", "c");

    private static readonly Gen<string> Value = Gen.OneOf<string>(
        Gen.OneOf(
            "", "0", "1", "-7", "9223372036854775807", "12345678901234567890", "1.5", "value", new string('x', 100)),
        Gen.Char['\0', '\xff'].Array[0, 12].Select(chars => new string(chars)));

    private static readonly Gen<string> Index = Text(Gen.Int[-20, 20]);

    private static readonly Gen<string> Offset = Text(Gen.Int[0, 150]);

    private static readonly Gen<string> Time = Text(Gen.Int[1, 2000]);

    private static readonly Gen<string> Unit = Gen.OneOf("BIT", "BYTE");

    private static readonly Gen<string> Bit = Gen.OneOf("0", "1");

    private static readonly Gen<string> Number = Gen.OneOf<string>(
        Text(Gen.Int[-1000, 1000]), Text(Gen.Long), Gen.OneOf("9223372036854775807", "-9223372036854775808"));

    private static readonly Gen<string[]> SetOptions = Gen.Select(
        Gen.OneOf<string[]>(Gen.OneOf<string[]>([], ["NX"], ["XX"], ["GET"], ["NX", "GET"]), Value.Select(
            v => new[] { "IFEQ", v }), Value.Select(v => new[] { "IFNE", v, "GET" })),
        Gen.OneOf<string[]>(Gen.OneOf<string[]>([], ["KEEPTTL"]), Time.Select(t => new[] { "PX", t })),
        (condition, expiry) => (string[])[.. condition, .. expiry]);

    private static readonly Gen<string[]> Command = Gen.OneOf<string[]>(
        Time.Select(t => new[] { Advance, t }),
        Gen.Select(Key, Value, SetOptions, (k, v, o) => (string[])["SET", k, v, .. o]),
        Gen.Select(Gen.OneOf("SETNX", "GETSET", "DELIFEQ", "APPEND"), Key, Value, (c, k, v) => new[] { c, k, v }),
        Gen.Select(Gen.OneOf("GET", "GETDEL", "STRLEN"), Key, (c, k) => new[] { c, k }),
        Gen.Select(Key, Time, Gen.Bool, (k, t, p) => p ? (string[])["GETEX", k, "PERSIST"] : ["GETEX", k, "PX", t]),
        Gen.Select(Key, Value, (k, v) => new[] { "DELEX", k, "IFNE", v }),
        Gen.Select(Gen.OneOf("MSET", "MSETNX"), Key, Value, Key, Value, (c, k, v, l, w) => new[] { c, k, v, l, w }),
        Gen.Select(Key, Key, (k, l) => new[] { "MGET", k, l }),
        Gen.Select(Key, Index, Index, (k, s, e) => new[] { "GETRANGE", k, s, e }),
        Gen.Select(Key, Offset, Value, (k, o, v) => new[] { "SETRANGE", k, o, v }),
        Gen.Select(Key, Number, (k, n) => new[] { "INCRBY", k, n }),
        Gen.Select(Key, Gen.OneOf("0.1", "-3.75", "1e3", "x"), (k, n) => new[] { "INCRBYFLOAT", k, n }),
        Gen.Select(Key, Offset, Bit, (k, o, b) => new[] { "SETBIT", k, o, b }),
        Gen.Select(Key, Offset, (k, o) => new[] { "GETBIT", k, o }),
        Gen.Select(Key, Index, Index, Unit, (k, s, e, u) => new[] { "BITCOUNT", k, s, e, u }),
        Gen.Select(Key, Bit, Index, Index, Unit, (k, b, s, e, u) => new[] { "BITPOS", k, b, s, e, u }),
        Gen.Select(Key, Bit, Index, (k, b, s) => new[] { "BITPOS", k, b, s }),
        Gen.Select(Gen.OneOf("AND", "OR", "XOR"), Key, Key, Key, (o, d, k, l) => new[] { "BITOP", o, d, k, l }),
        Gen.Select(Key, Key, (d, k) => new[] { "BITOP", "NOT", d, k }),
        Gen.Select(
            Key, Gen.OneOf("WRAP", "SAT", "FAIL"), Gen.OneOf("SET", "INCRBY"),
            Gen.OneOf<string>(Text(Gen.Int[1, 63]).Select(w => "u" + w), Text(Gen.Int[1, 64]).Select(w => "i" + w)),
            Offset, Number,
            (k, h, a, t, o, n) => new[] { "BITFIELD", k, "OVERFLOW", h, a, t, o, n }),
        Gen.Select(Key, Key, (k, l) => new[] { "LCS", k, l, "LEN" }));

    [Fact]
    public void Commands_answer_as_the_model_does_and_replay_alike() =>
        Command.Array[1, 80].Sample(
            commands =>
            {
                using var harness = new CommandHarness();
                var model = new StringsModel();
                foreach (var command in commands)
                    RunBoth(harness, model, command);
                foreach (var key in (string[])["a", "b", "c"])
                    RunBoth(harness, model, ["GET", key]);
                harness.AssertReplayAgrees();
            },
            iter: 200,
            print: commands =>
                string.Join(
                    '\n', commands.Select(
                        command => CommandHarness.Show(Encoding.Latin1.GetBytes(string.Join(' ', command))))));

    private static void RunBoth(CommandHarness harness, StringsModel model, string[] command)
    {
        if (command[0] == Advance)
        {
            var time = int.Parse(command[1], CultureInfo.InvariantCulture);
            harness.Clock.Advance(TimeSpan.FromMilliseconds(time));
            model.NowMs += time;
        }
        else
        {
            Assert.Equal(model.Run(command), harness.Run([.. command.Select(Encoding.Latin1.GetBytes)]));
        }
    }

    private static Gen<string> Text<T>(Gen<T> number)
        where T : IFormattable => number.Select(value => value.ToString(null, CultureInfo.InvariantCulture));
}
