using RedisLite.Commands.Server;

namespace RedisLite.Configuration;

/// <summary>The names of enum values in files and directives: lower case, and Redis's own where they differ.</summary>
internal static class EnumNames
{
    public static string Of(Enum value) => value switch
    {
        MaxMemoryPolicy policy => policy.Name(),
        ConsoleAccess.ReadOnly => "read-only",
        ConsoleAccess.ReadWrite => "read-write",
        _ => value.ToString().ToLowerInvariant(),
    };

    public static IReadOnlyList<string> All(Type type) => [.. Values(type).Select(Of)];

    /// <summary>Finds a value by its name in any letter case; null when there is none.</summary>
    public static Enum? Parse(Type type, string name) => Values(type)
        .FirstOrDefault(value => Of(value).Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>As <see cref="Parse(Type, string)"/>, for a name that is known to be valid.</summary>
    public static T Parse<T>(string name)
        where T : struct, Enum => (T)(object)(Parse(typeof(T), name)
            ?? throw new ArgumentException($"'{name}' is no {typeof(T).Name}", nameof(name)));

    // Enum.GetValues makes an array of the enum's type, for which a native program has no code.
    private static IEnumerable<Enum> Values(Type type) =>
        Enum.GetValuesAsUnderlyingType(type).Cast<object>().Select(value => (Enum)Enum.ToObject(type, value));
}
