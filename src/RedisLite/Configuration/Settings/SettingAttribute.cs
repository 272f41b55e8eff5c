namespace RedisLite.Configuration;

/// <summary>
/// Ties a property of a settings record to its key in reference.conf, and says which values are valid.
/// </summary>
/// <param name="key">The key below the record's section.</param>
/// <remarks>
/// The property's type says how the value is written: a boolean, a whole number, a duration, a list, a text or an
/// enum's name; <see cref="SizeAttribute"/> makes a number a size in bytes. <see cref="Min"/> and <see cref="Max"/> are
/// in the unit of the property: bytes, or seconds for a duration.
/// </remarks>
[AttributeUsage(AttributeTargets.Property)]
internal class SettingAttribute(string key) : Attribute
{
    public string Key { get; } = key;

    public long Min { get; init; }

    public long Max { get; init; } = long.MaxValue;
}

/// <summary>A setting that is a number of bytes, written with Redis's units.</summary>
internal sealed class SizeAttribute(string key) : SettingAttribute(key);

/// <summary>A setting that is a TCP port, or <c>random</c>.</summary>
internal sealed class PortAttribute(string key) : SettingAttribute(key);

/// <summary>A record of settings and the section of reference.conf that it is read from.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SectionAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
