using RedisLite.Configuration.Hocon;

namespace RedisLite.Configuration;

/// <summary>
/// Settings from the command line: Redis's directives, and full keys (<c>--redislite.network.port</c>).
/// </summary>
internal static class CommandLineLayer
{
    public static HoconObject Read(IReadOnlyList<DirectiveValue> options)
    {
        var layer = new HoconObject(new Origin("command line"));
        foreach (var (name, values) in options)
        {
            var origin = new Origin($"command line --{name}");
            if (name.Contains('.'))
                AddKey(layer, name, string.Join(' ', values), origin);
            else
                DirectiveLayer.Add(layer, name, values, origin);
        }

        return layer;
    }

    private static void AddKey(HoconObject layer, string key, string value, Origin origin)
    {
        var path = new HoconScanner(key, origin.Source).ReadPath();
        // Lists and sections can be given as HOCON; anything else is a text, whatever chars it has.
        if (value.StartsWith('[') || value.StartsWith('{'))
            layer.Set(
                path, HoconFiles.Parse($"value = {value}", origin.Source, Directory.GetCurrentDirectory())["value"]!);
        else
            layer.Set(path, new HoconText(origin, value, quoted: false));
    }
}
