using System.Globalization;
using RedisLite.Commands.Server;

namespace RedisLite.Configuration;

/// <summary>A setting's value as its directive shows it.</summary>
internal static class DirectiveText
{
    /// <summary>The canonical text of a directive under these settings, one char a byte.</summary>
    public static string Of(Directive directive, RedisLiteSettings settings)
    {
        if (directive.Setting is null)
            return ByteText.Bytes(settings.Directives.GetValueOrDefault(directive.Name, directive.Default!));
        if (directive.Kind is OutputBufferLimitsKind)
        {
            var clients = settings.Clients;
            return OutputBufferLimitsKind.Format(
                [clients.NormalOutputBufferLimit, clients.ReplicaOutputBufferLimit, clients.PubSubOutputBufferLimit]);
        }

        var value = SettingsSchema.Find(directive.Setting)!.ValueIn(settings);
        if (directive.Kind is ListenPortKind)
            return ListenPortKind.Format((int)value!);
        return directive.Name == "dir" ? ByteText.Bytes(Path.GetFullPath((string)value!)) : Of(value, directive.Unit);
    }

    private static string Of(object? value, string unit) => value switch
    {
        null => "-1",
        bool yes => yes ? "yes" : "no",
        string text => ByteText.Bytes(text),
        TimeSpan duration => (duration.Ticks / TicksOf(unit)).ToString(CultureInfo.InvariantCulture),
        KeyspaceEvents events => KeyspaceEventsText.Format(events),
        ClientMemoryLimit limit => limit.ToString(),
        Enum name => EnumNames.Of(name),
        IReadOnlyList<string> words => string.Join(' ', words),
        IReadOnlyList<SavePoint> points => SpecialText.Format(points),
        IReadOnlyList<double> numbers =>
            string.Join(' ', numbers.Select(number => number.ToString("0.######", CultureInfo.InvariantCulture))),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>The length of a directive's unit.</summary>
    public static long TicksOf(string unit) => unit switch
    {
        "us" => TimeSpan.TicksPerMicrosecond,
        "ms" => TimeSpan.TicksPerMillisecond,
        "s" => TimeSpan.TicksPerSecond,
        "m" => TimeSpan.TicksPerMinute,
        _ => throw new ArgumentException($"'{unit}' is no unit", nameof(unit)),
    };
}
