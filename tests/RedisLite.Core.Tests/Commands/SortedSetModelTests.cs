using System.Globalization;
using CsCheck;

namespace RedisLite.Core.Tests.Commands;

/// <summary>Any sequence of commands leaves a sorted set, small or large, as it leaves a plain dictionary.</summary>
public sealed class SortedSetModelTests
{
    private static readonly Gen<(int Act, int Member, int Score, int Other)> Steps =
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 15], Gen.Int[-5, 5], Gen.Int[-5, 5]);

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(128)]
    public void Commands_do_what_they_do_to_a_dictionary(int mostEntries) =>
        Steps.Array[1, 60].Sample(
            steps =>
            {
                using var harness = new CommandHarness();
                harness.Options.Encodings = harness.Options.Encodings with { SortedSetMaxEntries = mostEntries };
                var model = new Dictionary<string, double>();
                foreach (var (act, member, score, other) in steps)
                {
                    Do(harness, model, act, Name(member), score, other);
                    Compare(harness, model, Math.Min(score, other), Math.Max(score, other));
                }

                harness.AssertReplayAgrees();
            },
            iter: 60);

    private static string Name(int member) => ((char)('a' + member)).ToString();

    private static string Text(double score) => score.ToString("R", CultureInfo.InvariantCulture);

    private static List<KeyValuePair<string, double>> InOrder(Dictionary<string, double> model) =>
        [.. model.OrderBy(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)];

    private static void Do(
        CommandHarness harness, Dictionary<string, double> model, int act, string member, int score, int other)
    {
        var present = model.TryGetValue(member, out var former);
        switch (act)
        {
            case 0 or 1 or 2:
                harness.Run($"ZADD z {score} {member}");
                model[member] = score;
                break;
            case 3:
                harness.Run($"ZADD z GT {score} {member}");
                model[member] = present ? Math.Max(former, score) : score;
                break;
            case 4:
                harness.Run($"ZADD z NX {score} {member}");
                model[member] = present ? former : score;
                break;
            case 5:
                Assert.Equal(Bulk(Text(former + score)), harness.Run($"ZINCRBY z {score} {member}"));
                model[member] = former + score;
                break;
            case 6:
                Assert.Equal(present ? ":1" : ":0", harness.Run($"ZREM z {member}"));
                model.Remove(member);
                break;
            case 7:
                harness.Run("ZPOPMAX z");
                if (model.Count > 0)
                    model.Remove(InOrder(model)[^1].Key);
                break;
            case 8:
                harness.Run($"ZREMRANGEBYSCORE z ({score} {other}");
                foreach (var (key, _) in model.Where(pair => pair.Value > score && pair.Value <= other).ToArray())
                    model.Remove(key);
                break;
            default:
                harness.Run($"ZRANGESTORE z z {score} {other} BYSCORE");
                foreach (var (key, _) in model.Where(pair => pair.Value < score || pair.Value > other).ToArray())
                    model.Remove(key);
                break;
        }
    }

    private static void Compare(CommandHarness harness, Dictionary<string, double> model, int low, int high)
    {
        var sorted = InOrder(model);
        Assert.Equal(Members(sorted), harness.Run("ZRANGE z 0 -1 WITHSCORES"));
        Assert.Equal(
            Members(sorted.Where(pair => pair.Value >= low && pair.Value < high).Reverse()),
            harness.Run($"ZREVRANGEBYSCORE z ({high} {low} WITHSCORES"));
        Assert.Equal(
            $":{sorted.Count(pair => pair.Value > low && pair.Value <= high)}", harness.Run($"ZCOUNT z ({low} {high}"));
        if (sorted.Count > 0)
            Assert.Equal($":{sorted.Count / 2}", harness.Run($"ZRANK z {sorted[sorted.Count / 2].Key}"));
    }

    private static string Bulk(string text) => $"${text.Length} {text}";

    private static string Members(IEnumerable<KeyValuePair<string, double>> members)
    {
        string[] words = [.. members.SelectMany(pair => new[] { Bulk(pair.Key), Bulk(Text(pair.Value)) })];
        return string.Join(' ', [$"*{words.Length}", .. words]);
    }
}
