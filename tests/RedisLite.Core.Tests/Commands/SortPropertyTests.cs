using System.Globalization;
using System.Text;
using CsCheck;

namespace RedisLite.Core.Tests.Commands;

/// <summary>SORT against sorting by hand, of few elements at once and of many aside.</summary>
public sealed class SortPropertyTests
{
    [Theory]
    [InlineData(50)]
    [InlineData(3000)]
    public void Sorts_as_a_naive_sort_does(int most) =>
        Gen.Select(Gen.Int[-40, 40].Array[1, most], Gen.Bool, Gen.Bool, Gen.Bool, Gen.Int[0, 20]).Sample(
            (numbers, descending, alpha, byWeight, limit) =>
            {
                using var harness = new CommandHarness();
                var elements = numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)).ToList();
                harness.Run([.. new[] { "RPUSH", "l" }.Concat(elements).Select(Encoding.ASCII.GetBytes)]);
                for (var i = -40; i <= 40; i += 3)
                    harness.Given($"SET w_{i} {Weight(i)}");
                var command =
                    $"SORT l{(byWeight ? " BY w_*" : "")}{(alpha ? " ALPHA" : "")}{(descending ? " DESC" : "")} LIMIT "
                        + $"1 {limit} GET # GET w_*";
                var sorted = Sorted(elements, descending, alpha, byWeight).Skip(1).Take(limit).ToList();
                Assert.Equal(
                    Reply([.. sorted.SelectMany(element => new[] { element, Found(element) })]), harness.Run(command));
                Assert.Equal($":{sorted.Count * 2}", harness.Run(command + " STORE d"));
                Assert.Equal(Reply([.. sorted.SelectMany(element => new[] { element, Found(element) ?? "" })]),
                    harness.Run("LRANGE d 0 -1"));
                harness.AssertReplayAgrees();
            },
            iter: most > 1000 ? 15 : 200);

    private static int Weight(int number) => (number * 7) % 11;

    private static string? Found(string element) =>
        (int.Parse(element, CultureInfo.InvariantCulture) + 40) % 3 == 0
        ? Weight(int.Parse(element, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture) : null;

    private static IEnumerable<string> Sorted(List<string> elements, bool descending, bool alpha, bool byWeight)
    {
        if (!alpha)
        {
            var ascending = elements
                .OrderBy(
                    element => double.Parse(byWeight ? Found(element) ?? "0" : element, CultureInfo.InvariantCulture))
                .ThenBy(element => element, StringComparer.Ordinal);
            return descending ? ascending.Reverse() : ascending;
        }

        // Missing texts come first; equal texts stay as they were.
        string? Text(string element) => byWeight ? Found(element) : element;
        return descending
            ? elements.OrderByDescending(Text, StringComparer.Ordinal)
            : elements.OrderBy(Text, StringComparer.Ordinal);
    }

    private static string Reply(List<string?> values) =>
        string.Join(
            ' ', [$"*{values.Count}", .. values.Select(value => value is null ? "$-1" : $"${value.Length} {value}")]);
}
