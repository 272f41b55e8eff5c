using RedisLite.Commands.Server;

namespace RedisLite.Configuration;

/// <summary>The names of enum values in files and directives: lower case, and Redis's own where they differ.</summary>
internal static class EnumNames
{
    public static string Of(Enum value) =>
        value is MaxMemoryPolicy policy ? policy.Name() : value.ToString().ToLowerInvariant();

    public static IReadOnlyList<string> All(Type type) => [.. Enum.GetValues(type).Cast<Enum>().Select(Of)];

    /// <summary>Finds a value by its name in any letter case; null when there is none.</summary>
    public static Enum? Parse(Type type, string name) => Enum.GetValues(type).Cast<Enum>()
        .FirstOrDefault(value => Of(value).Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>As <see cref="Parse(Type, string)"/>, for a name that is known to be valid.</summary>
    public static T Parse<T>(string name)
        where T : struct, Enum => (T)(object)(Parse(typeof(T), name)
            ?? throw new ArgumentException($"'{name}' is no {typeof(T).Name}", nameof(name)));
}
