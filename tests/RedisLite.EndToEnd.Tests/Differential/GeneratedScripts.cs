using System.Globalization;
using RedisLite.EndToEnd.Tests.Differential.Generation;

namespace RedisLite.EndToEnd.Tests.Differential;

/// <summary>Which generated scripts a run plays; the environment can ask for others.</summary>
/// <remarks>
/// REDISLITE_DIFFERENTIAL_SEEDS is a comma list of seeds, REDISLITE_DIFFERENTIAL_LENGTH the commands of each script. A
/// failing test names its family, seed and length, and both variables replay it.
/// </remarks>
internal static class GeneratedScripts
{
    private const string DefaultSeeds = "1,2,3";
    private const string DefaultLength = "1500";

    public static int Length { get; } =
        int.Parse(FromEnvironment("REDISLITE_DIFFERENTIAL_LENGTH", DefaultLength), CultureInfo.InvariantCulture);

    /// <summary>Rows of family, seed and protocol; the protocol changes with the seed.</summary>
    public static TheoryData<string, int, int> Rows(IEnumerable<string> families)
    {
        var rows = new TheoryData<string, int, int>();
        foreach (var family in families)
        {
            foreach (var seed in FromEnvironment("REDISLITE_DIFFERENTIAL_SEEDS", DefaultSeeds).Split(','))
            {
                var number = int.Parse(seed, CultureInfo.InvariantCulture);
                rows.Add(family, number, 2 + (number % 2));
            }
        }

        return rows;
    }

    public static Script Make(string family, int seed) => ScriptGenerator.Generate(family, seed, Length);

    private static string FromEnvironment(string name, string otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : otherwise;
}
