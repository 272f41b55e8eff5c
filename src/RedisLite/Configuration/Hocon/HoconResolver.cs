using System.Text;

namespace RedisLite.Configuration.Hocon;

/// <summary>Replaces the substitutions in a tree by what they mean, once all layers are in it.</summary>
/// <remarks>
/// <c>${a.b}</c> is the value at that path wherever it was set last, else the environment variable of that name; a
/// reference to the field that it stands in means the field's value before (<c>path = ${path} ["more"]</c>).
/// </remarks>
internal sealed class HoconResolver
{
    private readonly HoconObject _root;
    private readonly Func<string, string?> _environment;
    private readonly Dictionary<HoconValue, HoconValue?> _resolved = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<HoconValue> _inProgress = new(ReferenceEqualityComparer.Instance);

    private HoconResolver(HoconObject root, Func<string, string?> environment)
    {
        _root = root;
        _environment = environment;
    }

    /// <summary>A tree of objects, arrays and texts only.</summary>
    /// <exception cref="SettingsException">A substitution refers to nothing, or to itself.</exception>
    public static HoconObject Resolve(HoconObject root, Func<string, string?> environment) =>
        (HoconObject)new HoconResolver(root, environment).Resolve(root)!;

    /// <summary>null when the value is an optional substitution that refers to nothing.</summary>
    private HoconValue? Resolve(HoconValue value)
    {
        if (value is HoconText)
            return value;
        if (_resolved.TryGetValue(value, out var known))
            return known;
        HoconValue? result = value switch
        {
            HoconObject fields => ResolveFields(fields),
            HoconArray array => new HoconArray(array.Origin, [.. array.Items.Select(Resolve).OfType<HoconValue>()]),
            HoconReference reference => ResolveReference(reference),
            _ => throw new InvalidOperationException($"{value.GetType().Name} stands in a HoconReference only"),
        };
        _resolved[value] = result;
        return result;
    }

    private HoconObject ResolveFields(HoconObject fields)
    {
        var result = new HoconObject(fields.Origin);
        foreach (var (name, field) in fields.Fields)
        {
            if (Resolve(field) is { } value)
                result.Set([name], value);
        }

        return result;
    }

    private HoconValue? ResolveReference(HoconReference reference)
    {
        _inProgress.Add(reference);
        var parts = new List<HoconValue>();
        foreach (var part in reference.Parts)
        {
            var value = part switch
            {
                HoconPrevious => reference.Previous is null ? null : Resolve(reference.Previous),
                HoconSubstitution substitution => Substitute(substitution, reference),
                _ => Resolve(part),
            };
            if (value is not null)
                parts.Add(value);
        }

        _inProgress.Remove(reference);
        if (parts.Count == 0)
            return reference.Previous is null ? null : Resolve(reference.Previous); // nothing replaces nothing
        return Join(reference, parts);
    }

    private HoconValue? Substitute(HoconSubstitution substitution, HoconReference within)
    {
        var value = Find(substitution.Path, within);
        if (value is not null)
            return value;
        var name = string.Join('.', substitution.Path);
        if (_environment(name) is { } text)
            return new HoconText(substitution.Origin, text, quoted: false);
        if (substitution.Optional)
            return null;
        throw new SettingsException(
            $"{substitution.Origin}: ${{{name}}} refers to nothing; expected a key or an environment variable of that "
            + $"name, or ${{?{name}}} if it may be missing");
    }

    private HoconValue? Find(string[] path, HoconReference within)
    {
        HoconValue? value = _root;
        foreach (var name in path)
        {
            if (value is HoconReference reference)
                value = Follow(reference, within);
            value = (value as HoconObject)?[name];
            if (value is null)
                return null;
        }

        return value is HoconReference last ? Follow(last, within) : value is null ? null : Resolve(value);
    }

    private HoconValue? Follow(HoconReference reference, HoconReference within)
    {
        if (!_inProgress.Contains(reference))
            return Resolve(reference);
        if (ReferenceEquals(reference, within))
            return reference.Previous is null ? null : Resolve(reference.Previous);
        throw new SettingsException($"{reference.Origin}: this value refers to itself through ${{...}}");
    }

    private static HoconValue Join(HoconReference reference, List<HoconValue> parts)
    {
        var solid = parts.FindAll(part => part is not HoconText text || !string.IsNullOrWhiteSpace(text.Text));
        if (solid.Count > 0 && solid.TrueForAll(part => part is HoconObject))
        {
            var joined = new HoconObject(reference.Origin);
            solid.ForEach(part => joined.Overlay((HoconObject)part));
            return joined;
        }

        if (solid.Count > 0 && solid.TrueForAll(part => part is HoconArray))
            return new HoconArray(reference.Origin, [.. solid.SelectMany(part => ((HoconArray)part).Items)]);
        if (!parts.TrueForAll(part => part is HoconText))
        {
            throw new SettingsException(
                $"{reference.Origin}: texts, lists and sections cannot be joined to one value; expected parts of one "
                    + "kind");
        }

        var result = new StringBuilder();
        foreach (var part in parts.Cast<HoconText>())
            result.Append(part.Text);
        // Blanks around a lone substitution are layout; between texts they count.
        return new HoconText(reference.Origin, result.ToString().Trim(), parts.Exists(p => ((HoconText)p).Quoted));
    }
}
