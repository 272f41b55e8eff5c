using System.Globalization;

namespace RedisLite.Configuration.Hocon;

/// <summary>Where a value stood: a file and line, or the name of a layer that has no lines.</summary>
internal sealed record Origin(string Source, int Line = 0)
{
    public override string ToString() =>
        Line == 0 ? Source : Source + ":" + Line.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A value of a HOCON document, as written or, after <see cref="HoconResolver"/>, as meant.</summary>
internal abstract class HoconValue(Origin origin)
{
    public Origin Origin { get; } = origin;
}

/// <summary>A string, number, boolean or null: text until a setting says how to read it.</summary>
/// <param name="text">The text with quotes and escapes undone.</param>
/// <param name="quoted">Written in quotes, so that <c>"null"</c> and <c>"yes"</c> are strings and nothing else.</param>
internal sealed class HoconText(Origin origin, string text, bool quoted) : HoconValue(origin)
{
    public string Text { get; } = text;

    public bool Quoted { get; } = quoted;

    /// <summary>
    /// Where the literal stands in its file, so that a rewrite can replace it; empty when not in a file.
    /// </summary>
    public Range Extent { get; init; } = ..0;

    public bool IsNull => !Quoted && Text == "null";
}

/// <summary>A list of values.</summary>
internal sealed class HoconArray(Origin origin, IReadOnlyList<HoconValue> items) : HoconValue(origin)
{
    public IReadOnlyList<HoconValue> Items { get; } = items;
}

/// <summary>
/// Fields by name, in the order in which they first appeared; a later value replaces or joins an earlier one.
/// </summary>
internal sealed class HoconObject(Origin origin) : HoconValue(origin)
{
    private readonly OrderedDictionary<string, HoconValue> _fields = new(StringComparer.Ordinal);

    public IEnumerable<KeyValuePair<string, HoconValue>> Fields => _fields;

    public int Count => _fields.Count;

    public HoconValue? this[string name] => _fields.GetValueOrDefault(name);

    /// <summary>Puts a value at a path, joining objects and remembering what a reference may refer back to.</summary>
    public void Set(ReadOnlySpan<string> path, HoconValue value)
    {
        var name = path[0];
        if (path.Length == 1)
        {
            _fields[name] = _fields.TryGetValue(name, out var old) ? Join(old, value) : value;
            return;
        }

        var child = new HoconObject(value.Origin);
        child.Set(path[1..], value);
        Set(path[..1], child);
    }

    /// <summary>Lays another object over this one: its fields win, objects in both are joined.</summary>
    public void Overlay(HoconObject other)
    {
        foreach (var (name, value) in other._fields)
            Set([name], value);
    }

    /// <summary>The value at a path of plain objects, or null.</summary>
    public HoconValue? Find(ReadOnlySpan<string> path)
    {
        HoconValue? value = this;
        foreach (var name in path)
        {
            value = (value as HoconObject)?[name];
            if (value is null)
                return null;
        }

        return value;
    }

    private static HoconValue Join(HoconValue old, HoconValue value)
    {
        switch (old, value)
        {
            case (HoconObject oldObject, HoconObject newObject):
                var joined = new HoconObject(oldObject.Origin);
                joined.Overlay(oldObject);
                joined.Overlay(newObject);
                return joined;
            case (HoconReference, HoconObject newObject):
                // What the reference means is not known yet; it may be an object that this one joins.
                return new HoconReference(newObject.Origin, [old, newObject], old);
            case (_, HoconReference reference):
                // What it refers back to stands in its own layer, or below it.
                var previous = reference.Previous is null ? old : Join(old, reference.Previous);
                return new HoconReference(reference.Origin, reference.Parts, previous);
            default:
                return value;
        }
    }
}

/// <summary><c>${path}</c>, or <c>${?path}</c> when it may be missing.</summary>
internal sealed class HoconSubstitution(Origin origin, string[] path, bool optional) : HoconValue(origin)
{
    public string[] Path { get; } = path;

    public bool Optional { get; } = optional;
}

/// <summary>
/// Inside a <see cref="HoconReference"/>: the field's value before this one, if there was one (<c>+=</c>).
/// </summary>
internal sealed class HoconPrevious(Origin origin) : HoconValue(origin);

/// <summary>
/// A value put together from parts of which at least one is a substitution, or objects and arrays side by side.
/// </summary>
/// <param name="previous">The field's value before this one, which a reference to itself means.</param>
internal sealed class HoconReference(Origin origin, IReadOnlyList<HoconValue> parts, HoconValue? previous)
    : HoconValue(origin)
{
    public IReadOnlyList<HoconValue> Parts { get; } = parts;

    public HoconValue? Previous { get; } = previous;
}
