using System.Collections.Frozen;
using System.Reflection;
using RedisLite.Configuration.Hocon;

namespace RedisLite.Configuration;

/// <summary>One setting: its path below <c>redislite</c>, its property, and how its values are read.</summary>
internal sealed class SettingDescriptor(PropertyInfo section, PropertyInfo property, SettingKind kind, string path)
{
    /// <summary>Below the root: <c>network.port</c>.</summary>
    public string Path { get; } = path;

    public string FullPath => $"{SettingsSchema.Root}.{Path}";

    public PropertyInfo Section { get; } = section;

    public PropertyInfo Property { get; } = property;

    public SettingKind Kind { get; } = kind;

    public object? ValueIn(RedisLiteSettings settings) => Property.GetValue(Section.GetValue(settings));
}

/// <summary>
/// Every setting there is, from the attributes on the settings records, and the making of those records.
/// </summary>
internal static class SettingsSchema
{
    public const string Root = "redislite";

    private static readonly Lazy<SettingDescriptor[]> AllLazy = new(Build);

    private static readonly Lazy<FrozenDictionary<string, SettingDescriptor>> ByPath =
        new(() => AllLazy.Value.ToFrozenDictionary(setting => setting.Path, StringComparer.Ordinal));

    public static IReadOnlyList<SettingDescriptor> All => AllLazy.Value;

    public static SettingDescriptor? Find(string path) => ByPath.Value.GetValueOrDefault(path);

    /// <summary>Reads all settings out of the resolved tree of all layers.</summary>
    /// <exception cref="SettingsException">A value is not valid.</exception>
    public static void Bind(HoconObject root, RedisLiteSettings target)
    {
        foreach (var group in All.GroupBy(setting => setting.Section))
        {
            var section = Activator.CreateInstance(group.Key.PropertyType)!;
            foreach (var setting in group)
                setting.Property.SetValue(section, Read(root, setting));
            group.Key.SetValue(target, section);
        }
    }

    /// <summary>Checks settings that were changed in code, by the same rules as those from files.</summary>
    /// <exception cref="SettingsException">A value is not valid.</exception>
    public static void Validate(RedisLiteSettings settings)
    {
        foreach (var setting in All)
        {
            var value = setting.ValueIn(settings);
            if (!setting.Kind.IsValid(value))
                throw new SettingsException(
                    $"{setting.FullPath}: '{value}' is not valid; expected {setting.Kind.Expected}");
        }
    }

    private static object? Read(HoconObject root, SettingDescriptor setting)
    {
        var value = root.Find([Root, .. setting.Path.Split('.')])
            ?? throw new InvalidOperationException($"{setting.FullPath} is not in reference.conf");
        var read = setting.Kind.Read(value);
        if (read is null)
        {
            var found = value is HoconText text ? $"'{text.Text}'" : value is HoconArray ? "a list" : "a section";
            throw new SettingsException(
                $"{value.Origin}: {setting.FullPath}: {found} is not valid; expected {setting.Kind.Expected}");
        }

        return read is TimeSpan duration && duration == SettingKind.Off ? null : read;
    }

    private static SettingDescriptor[] Build() =>
    [
        .. from section in typeof(RedisLiteSettings).GetProperties()
           let sectionName = section.GetCustomAttribute<SectionAttribute>()?.Name
           where sectionName is not null
           from property in section.PropertyType.GetProperties()
           let setting = property.GetCustomAttribute<SettingAttribute>()
           where setting is not null
           select new SettingDescriptor(
               section, property, SettingKind.For(property.PropertyType, setting), $"{sectionName}.{setting.Key}"),
    ];
}
