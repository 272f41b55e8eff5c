using System.CommandLine;
using System.CommandLine.Parsing;
using System.Numerics;

namespace RedisLite.Benchmark.CommandLine;

/// <summary>Makes options whose values are checked while the command line is parsed.</summary>
internal static class OptionFactory
{
    /// <summary>A number within bounds; counts may be written as 100k or 10m.</summary>
    public static Option<long> Count(string name, string? alias, string description, long fallback, long min, long max)
    {
        var option = new Option<long>(name, alias is null ? [] : [alias])
        {
            Description = description,
            HelpName = "n",
            DefaultValueFactory = _ => fallback,
            CustomParser = result =>
            {
                if (Units.TryParseCount(result.Tokens[0].Value, out var count) && count >= min && count <= max)
                    return count;
                return Refuse<long>(result, name, $"a number from {min} to {max}");
            },
        };
        return option;
    }

    /// <summary>A fraction or another real number within bounds.</summary>
    public static Option<double> Real(string name, string description, double fallback, double min, double max)
    {
        var option = new Option<double>(name)
        {
            Description = description,
            HelpName = "x",
            DefaultValueFactory = _ => fallback,
        };
        option.Validators.Add(result => CheckRange(result, name, result.GetValue(option), min, max));
        return option;
    }

    /// <summary>A time; null when it is not given.</summary>
    public static Option<TimeSpan?> Time(string name, string? alias, string description, TimeSpan max) =>
        new(name, alias is null ? [] : [alias])
        {
            Description = description,
            HelpName = "time",
            CustomParser = result =>
            {
                if (Units.TryParseTime(result.Tokens[0].Value, out var time) && time <= max)
                    return time;
                return Refuse<TimeSpan?>(result, name, $"a time like 500ms, 2s or 1m, up to {max.TotalSeconds:0} s");
            },
        };

    /// <summary>Values separated by commas, each parsed by <paramref name="parse"/>.</summary>
    public static Option<IReadOnlyList<T>> List<T>(
        string name,
        string? alias,
        string description,
        string helpName,
        string expected,
        Func<string, (bool Valid, T Value)> parse) =>
        new(name, alias is null ? [] : [alias])
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result =>
            {
                var values = new List<T>();
                foreach (var item in result.Tokens[0].Value.Split(',', StringSplitOptions.RemoveEmptyEntries))
                {
                    var (valid, value) = parse(item.Trim());
                    if (!valid)
                        return Refuse<IReadOnlyList<T>>(result, name, expected);
                    values.Add(value);
                }

                return values.Count > 0 ? values : Refuse<IReadOnlyList<T>>(result, name, expected);
            },
        };

    /// <summary>Reports a value that cannot be used.</summary>
    public static T? Refuse<T>(ArgumentResult result, string name, string expected)
    {
        result.AddError($"{name}: '{result.Tokens[0].Value}' is not {expected}.");
        return default;
    }

    private static void CheckRange<T>(SymbolResult result, string name, T value, T min, T max)
        where T : INumber<T>
    {
        if (value < min || value > max)
            result.AddError($"{name}: {value} is not from {min} to {max}.");
    }
}
