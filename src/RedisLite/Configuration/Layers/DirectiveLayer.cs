using System.Globalization;
using RedisLite.Configuration.Hocon;

namespace RedisLite.Configuration;

/// <summary>
/// Turns directives, as redis.conf and the command line have them, into the settings that they stand for.
/// </summary>
internal static class DirectiveLayer
{
    // Known to Redis's configuration files and to nothing here. Passing over them would be worse than refusing: a
    // command believed to be renamed, or a user believed to exist, is a hole.
    private static readonly string[] Refused = ["loadmodule"];

    // No directives of CONFIG: each line adds to a list.
    private static readonly Dictionary<string, string> Lists = new(StringComparer.OrdinalIgnoreCase)
    {
        ["user"] = "users",
        ["rename-command"] = "rename-commands",
    };

    // Redis knows them no more and passes over them, so that old files go on working.
    private static readonly string[] Outdated = [
        "list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands"];

    /// <summary>Puts a directive's value into a layer.</summary>
    /// <param name="layer">What is read so far from the same file or command line.</param>
    /// <param name="name">The directive's name or alias, in any letter case.</param>
    /// <param name="words">Its values.</param>
    /// <param name="origin">Where it stood.</param>
    /// <exception cref="SettingsException">The name is not known, or a value is not valid.</exception>
    public static void Add(HoconObject layer, string name, IReadOnlyList<string> words, Origin origin)
    {
        if (words.Count == 1 && Outdated.Contains(name, StringComparer.OrdinalIgnoreCase))
            return;
        if (Lists.TryGetValue(name, out var list))
        {
            AddLine(layer, name, list, words, origin);
            return;
        }

        var directive = DirectiveTable.Find(name) ?? throw Unknown(name, origin);
        words = Words(directive, words);
        if (words.Count == 0 || (words.Count > 1 && !directive.Kind.IsMultiArgument))
        {
            var hint = words is ["=" or ":", ..] ? $" (in HOCON, write {Path(directive)})" : "";
            var found = words.Count == 0 ? "no value" : $"{words.Count} values";
            throw new SettingsException(
                $"{origin}: {directive.Name}: {found} given; expected {directive.Kind.Expected}{hint}");
        }

        if (directive.Kind is OutputBufferLimitsKind)
            AddLimits(layer, directive, words, origin);
        else
            layer.Set(Path(directive).Split('.'), Value(layer, directive, words, origin));
    }

    /// <summary>Whether a name of redis.conf is no directive of CONFIG, and each line of it adds to a list.</summary>
    public static bool IsList(string name) => Lists.ContainsKey(name);

    private static void AddLine(HoconObject layer, string name, string list, IReadOnlyList<string> words, Origin origin)
    {
        if (words.Count == 0 || (name.Equals("rename-command", StringComparison.OrdinalIgnoreCase) && words.Count != 2))
        {
            var expected = list == "users" ? "a name and rules" : "two names";
            throw new SettingsException($"{origin}: {name}: {words.Count} values given; expected {expected}");
        }

        string[] path = [SettingsSchema.Root, "security", list];
        var text = string.Join(' ', words.Select(ConfText.QuoteIfNeeded));
        var line = new HoconArray(origin, [new HoconText(origin, text, quoted: true)]);
        layer.Set(path, new HoconReference(origin, [new HoconPrevious(origin), line], previous: null));
    }

    /// <summary>The full key of a directive's value.</summary>
    public static string Path(Directive directive) => directive.Setting is null
        ? $"{KnownKeys.DirectivesPath}.{directive.Name}"
        : $"{SettingsSchema.Root}.{directive.Setting}";

    public static SettingsException Unknown(string name, Origin origin)
    {
        if (Refused.Contains(name.ToLowerInvariant()))
            return new SettingsException(
                $"{origin}: '{name}' is not supported by RedisLite; expected another directive");
        var meant = NameDistance.Nearest(name.ToLowerInvariant(), DirectiveTable.Names);
        return new SettingsException($"{origin}: unknown directive '{name}'; " + (meant is null
            ? "expected one of Redis's, or a key of reference.conf"
            : $"did you mean '{meant}'?"));
    }

    /// <summary>Checks a value as Redis does, and brings it into the form that CONFIG GET shows.</summary>
    /// <exception cref="SettingsException">The value is not valid.</exception>
    public static string Normalize(Directive directive, IReadOnlyList<string> words, Origin origin)
    {
        var value = string.Join(' ', words);
        if (directive.Kind.Normalize(words, directive.Default ?? "", out var canonical) is not null)
            throw new SettingsException(
                $"{origin}: {directive.Name}: '{value}' is not valid; expected {directive.Kind.Expected}");
        return canonical;
    }

    /// <summary>
    /// Refuses what RedisLite does not have. Of the value in force: a later layer may have taken it back.
    /// </summary>
    /// <exception cref="SettingsException">The value is not the default.</exception>
    public static void CheckSupported(Directive directive, string canonical, Origin origin)
    {
        if (!directive.OnlyDefault || canonical == directive.Default)
            return;
        var only = directive.Instead ?? (directive.Default is "" ? "none" : $"'{directive.Default}'");
        throw new SettingsException(
            $"{origin}: {directive.Name}: '{canonical}' is not supported by RedisLite; expected {only}");
    }

    // Several words may also come as one: --save "3600 1".
    private static IReadOnlyList<string> Words(Directive directive, IReadOnlyList<string> words) =>
        directive.Kind.IsMultiArgument && words is [var one] ? one.Split(' ') : words;

    private static HoconText Value(HoconObject layer, Directive directive, IReadOnlyList<string> words, Origin origin)
    {
        var text = Normalize(directive, words, origin);
        if (directive.Kind is SaveKind && text.Length > 0 && layer.Find(Path(directive).Split('.')) is HoconText before)
        {
            // Each save line adds points; an empty one starts over.
            text = (before.Text + " " + text).Trim();
        }

        if (directive is { Setting: not null, Kind: IntegerKind or MemoryKind }
            && Int128.TryParse(text, CultureInfo.InvariantCulture, out var number))
        {
            // Redis's numbers go further than a setting; what is beyond means "no limit" in both.
            var most = directive.Unit.Length > 0 ? long.MaxValue / DirectiveText.TicksOf(
                directive.Unit) : long.MaxValue;
            text = Int128.Min(number, most).ToString(CultureInfo.InvariantCulture);
        }

        if (directive.Unit.Length > 0)
            text = text.StartsWith('-') ? "off" : text + directive.Unit;
        return new HoconText(origin, text, quoted: true);
    }

    private static void AddLimits(HoconObject layer, Directive directive, IReadOnlyList<string> words, Origin origin)
    {
        if (words is [""])
            return;
        foreach (var group in words.Chunk(4))
        {
            if (group.Length < 4 || OutputBufferLimitsKind.Class(group[0]) is not { } clients
                || SpecialText.ParseLimit(group[1], group[2], group[3]) is null)
            {
                throw new SettingsException(
                    $"{origin}: {directive.Name}: '{string.Join(' ', group)}' is not valid; expected "
                    + directive.Kind.Expected);
            }

            string[] path = [.. Path(directive).Split('.'), clients.ToString().ToLowerInvariant()];
            layer.Set(path, new HoconText(origin, string.Join(' ', group[1..]), quoted: true));
        }
    }
}
