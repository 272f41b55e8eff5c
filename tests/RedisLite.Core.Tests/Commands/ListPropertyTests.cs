using System.Globalization;
using System.Text;
using CsCheck;
using RedisLite.Storage.Values;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// Any sequence of list commands answers as a plain list does, while lists are held as they were at random moments,
/// short and long ones.
/// </summary>
public sealed class ListPropertyTests
{
    private static readonly Gen<string> Key = Gen.OneOf("a", "b");

    private static readonly Gen<string> Element = Gen.OneOf("x", "y", "z", "", new string('w', 300), "1");

    private static readonly Gen<string> Index = Gen.Int[-30, 30].Select(Text);

    private static readonly Gen<string> End = Gen.OneOf("LEFT", "RIGHT");

    private static readonly Gen<string[]> Command = Gen.OneOf<string[]>(
        Gen.Select(Gen.OneOf("LPUSH", "RPUSH", "LPUSHX", "RPUSHX"), Key, Element.Array[1, 8], (c, k, e) =>
            (string[])[c, k, .. e]),
        Gen.Select(Key, Gen.Int[1, 3], (k, n) =>
            (string[])["RPUSH", k, .. Enumerable.Range(0, 1200 * n).Select(i => i % 7 == 0 ? "x" : Text(i))]),
        Gen.Select(Gen.OneOf("LPOP", "RPOP"), Key, (c, k) => new[] { c, k }),
        Gen.Select(Gen.OneOf("LPOP", "RPOP"), Key, Gen.OneOf("0", "1", "3", "1500"), (c, k, n) => new[] { c, k, n }),
        Gen.Select(Key, Index, (k, i) => new[] { "LINDEX", k, i }),
        Gen.Select(Key, Index, Element, (k, i, e) => new[] { "LSET", k, i, e }),
        Gen.Select(Key, Index, Index, (k, i, j) => new[] { "LRANGE", k, i, j }),
        Key.Select(k => new[] { "LRANGE", k, "0", "-1" }),
        Gen.Select(Key, Index, Index, (k, i, j) => new[] { "LTRIM", k, i, j }),
        Gen.Select(
            Key, Gen.OneOf("0", "1", "-1", "3", "-3", "600", "-600"), Element, (k, n, e) => new[] { "LREM", k, n, e }),
        Gen.Select(
            Key, Gen.OneOf("BEFORE", "AFTER"), Element, Element, (k, w, p, e) => new[] { "LINSERT", k, w, p, e }),
        Gen.Select(Key, Element, Gen.OneOf("1", "2", "-1", "-3"), Gen.OneOf("0", "2", "5000"), (k, e, r, n) =>
            new[] { "LPOS", k, e, "RANK", r, "COUNT", n }),
        Gen.Select(Key, Key, End, End, (k, l, f, t) => new[] { "LMOVE", k, l, f, t }),
        Key.Select(k => new[] { "LLEN", k }));

    [Fact]
    public void Commands_answer_as_the_model_does_and_replay_alike() =>
        Command.Array[1, 40].Sample(
            commands =>
            {
                using var harness = new CommandHarness();
                var model = new ListModel();
                var held = new List<(HeldCollection List, List<string> Content)>();
                for (var i = 0; i < commands.Length; i++)
                {
                    Assert.Equal(
                        model.Run(commands[i]), harness.Run([.. commands[i].Select(Encoding.Latin1.GetBytes)]));
                    if (i % 3 == 0)
                        Hold(harness, model, commands[i][1], held);
                }

                foreach (var (list, content) in held)
                    AssertHolds(list, content);
                harness.AssertReplayAgrees();
            },
            iter: 100,
            print: commands => string.Join('\n', commands.Select(command => string.Join(' ', command.Take(8)))));

    private static void Hold(
        CommandHarness harness, ListModel model, string key, List<(HeldCollection List, List<string> Content)> held)
    {
        var name = harness.Databases.MakeKey(Encoding.Latin1.GetBytes(key));
        var plan = harness.Databases.CreatePlan();
        plan.Add(name.Hash, exclusive: false);
        plan.Enter();
        if (harness.Databases[0].TryGet(name, harness.Services.NowMs, out var entry))
            held.Add((harness.Databases[0].Hold(entry), [.. model[key]]));
        plan.Exit();
    }

    private static void AssertHolds(HeldCollection list, List<string> content)
    {
        var elements = new List<string>();
        for (var element = list.List.At(0); element.IsValid; element.MoveNext())
            elements.Add(Encoding.Latin1.GetString(element.Element));
        Assert.Equal(content, elements);
        list.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
