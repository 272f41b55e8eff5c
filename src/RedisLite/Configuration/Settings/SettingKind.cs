using System.Globalization;
using RedisLite.Commands.Server;
using RedisLite.Configuration.Hocon;

namespace RedisLite.Configuration;

/// <summary>How values of one type of setting are read, checked and written.</summary>
internal abstract class SettingKind
{
    /// <summary>What a valid value looks like, to follow "expected" in an error line.</summary>
    public abstract string Expected { get; }

    /// <summary>null when the value is not valid.</summary>
    public abstract object? Read(HoconValue value);

    /// <summary>The literal that <see cref="Read"/> reads back as the same value.</summary>
    public abstract string Write(object? value);

    /// <summary>The value obeys limits that are not part of its type; for settings changed in code.</summary>
    public virtual bool IsValid(object? value) => value is not null;

    /// <summary>The kind for a property's type and attribute.</summary>
    public static SettingKind For(Type type, SettingAttribute setting)
    {
        if (type.IsEnum && type != typeof(KeyspaceEvents))
            return new EnumSetting(type);
        var isInt = type == typeof(int);
        return setting is PortAttribute ? new PortSetting()
            : setting is SizeAttribute ? new SizeSetting(isInt, setting)
            : isInt || type == typeof(long) ? new IntegerSetting(isInt, setting)
            : type == typeof(bool) ? new BooleanSetting()
            : type == typeof(string) ? new TextSetting()
            : type == typeof(TimeSpan) ? new DurationSetting(setting, canBeOff: false)
            : type == typeof(TimeSpan?) ? new DurationSetting(setting, canBeOff: true)
            : type == typeof(IReadOnlyList<string>) ? new TextListSetting()
            : type == typeof(IReadOnlyList<ConfigLine>) ? new LinesSetting()
            : type == typeof(IReadOnlyList<double>) ? new NumberListSetting(setting)
            : type == typeof(IReadOnlyList<SavePoint>) ? new SavePointsSetting()
            : type == typeof(OutputBufferLimit) ? new OutputBufferLimitSetting()
            : type == typeof(ClientMemoryLimit) ? new ClientMemorySetting()
            : type == typeof(KeyspaceEvents) ? new KeyspaceEventsSetting()
            : throw new InvalidOperationException($"no setting can be a {type.Name}");
    }

    private sealed class BooleanSetting : SettingKind
    {
        public override string Expected => "on or off";

        public override object? Read(HoconValue value) => (value as HoconText)?.Text.ToLowerInvariant() switch
        {
            "on" or "yes" or "true" => true,
            "off" or "no" or "false" => false,
            _ => null,
        };

        public override string Write(object? value) => (bool)value! ? "on" : "off";
    }

    private sealed class IntegerSetting(bool isInt, SettingAttribute limits) : SettingKind
    {
        public override string Expected => limits.Max == long.MaxValue
            ? $"a whole number of at least {limits.Min}"
            : $"a whole number from {limits.Min} to {limits.Max}";

        public override object? Read(HoconValue value)
        {
            if (value is not HoconText text || !long.TryParse(
                    text.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                || number < limits.Min || number > limits.Max)
            {
                return null;
            }

            return isInt ? (object)(int)number : number;
        }

        public override string Write(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;

        public override bool IsValid(object? value)
        {
            var number = Convert.ToInt64(value, CultureInfo.InvariantCulture);
            return number >= limits.Min && number <= limits.Max;
        }
    }

    private sealed class PortSetting : SettingKind
    {
        public override string Expected => "a whole number from 0 to 65535, or random";

        public override object? Read(HoconValue value) => value is not HoconText text ? null
            : text.Text == ListenPortKind.Random ? NetworkSettings.RandomPort
            : int.TryParse(text.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && IsValid(port) ? port
            : null;

        public override string Write(object? value) => ListenPortKind.Format((int)value!);

        public override bool IsValid(object? value) => value is >= NetworkSettings.RandomPort and <= ushort.MaxValue;
    }

    private sealed class SizeSetting(bool isInt, SettingAttribute limits) : SettingKind
    {
        public override string Expected => limits.Max == long.MaxValue
            ? $"a size of at least {SizeText.Format(limits.Min)}, such as 64mb"
            : $"a size from {SizeText.Format(limits.Min)} to {SizeText.Format(limits.Max)}, such as 64kb";

        public override object? Read(HoconValue value)
        {
            if (value is not HoconText text || !SizeText.TryParse(text.Text, out var bytes) || !IsValid(bytes))
                return null;
            return isInt ? (object)(int)bytes : bytes;
        }

        public override string Write(object? value) =>
            SizeText.Format(Convert.ToInt64(value, CultureInfo.InvariantCulture));

        public override bool IsValid(object? value)
        {
            var bytes = Convert.ToInt64(value, CultureInfo.InvariantCulture);
            return bytes >= limits.Min && bytes <= limits.Max;
        }
    }

    private sealed class DurationSetting(SettingAttribute limits, bool canBeOff) : SettingKind
    {
        public override string Expected =>
            (limits.Min > 0 ? $"a duration of at least {limits.Min} s with its unit" : "a duration with its unit")
            + ", such as 300s or 10ms" + (canBeOff ? ", or off" : "");

        public override object? Read(HoconValue value)
        {
            if (value is not HoconText text)
                return null;
            if (canBeOff && text.Text == "off")
                return Off;
            return DurationText.TryParse(text.Text, out var duration) && IsValid(duration) ? duration : null;
        }

        public override string Write(object? value) =>
            value is TimeSpan duration && duration != Off ? DurationText.Format(duration) : "off";

        public override bool IsValid(object? value)
        {
            if (value is not TimeSpan duration)
                return canBeOff;
            return duration >= TimeSpan.FromSeconds(limits.Min)
                   && (limits.Max == long.MaxValue || duration <= TimeSpan.FromSeconds(limits.Max));
        }
    }

    private sealed class EnumSetting(Type type) : SettingKind
    {
        public override string Expected => "one of " + string.Join(", ", EnumNames.All(type));

        public override object? Read(HoconValue value) =>
            value is HoconText text ? EnumNames.Parse(type, text.Text) : null;

        public override string Write(object? value) => EnumNames.Of((Enum)value!);

        public override bool IsValid(object? value) => Enum.IsDefined(type, value!);
    }

    private sealed class TextSetting : SettingKind
    {
        public override string Expected => "a text";

        public override object? Read(HoconValue value) => value is HoconText { IsNull: false } text ? text.Text : null;

        public override string Write(object? value) => HoconWriter.Quote((string)value!);
    }

    private sealed class TextListSetting : SettingKind
    {
        public override string Expected => "a list such as [\"127.0.0.1\", \"::1\"], or the same in one text";

        public override object? Read(HoconValue value) => Words(value);

        public override string Write(object? value) =>
            "[" + string.Join(", ", ((IReadOnlyList<string>)value!).Select(HoconWriter.Quote)) + "]";
    }

    private sealed class LinesSetting : SettingKind
    {
        public override string Expected => "a list of lines such as [\"alice on nopass ~* +@all\"]";

        public override object? Read(HoconValue value) => value switch
        {
            HoconText { Text: "" } => Array.Empty<ConfigLine>(),
            HoconText text => new[] { Line(text) },
            HoconArray array when array.Items.All(item => item is HoconText) =>
                array.Items.Cast<HoconText>().Select(Line).ToArray(),
            _ => null,
        };

        public override string Write(object? value) =>
            $"[{string.Join(", ", ((IReadOnlyList<ConfigLine>)value!).Select(line => HoconWriter.Quote(line.Text)))}]";

        private static ConfigLine Line(HoconText text) => new(text.Text, text.Origin.ToString());
    }

    private sealed class NumberListSetting(SettingAttribute limits) : SettingKind
    {
        public override string Expected => $"numbers from {limits.Min} to {limits.Max}, such as \"50 99 99.9\"";

        public override object? Read(HoconValue value)
        {
            if (Words(value) is not { } words)
                return null;
            var numbers = new List<double>();
            foreach (var word in words)
            {
                if (!double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
                    return null;
                numbers.Add(number);
            }

            return IsValid(numbers) ? numbers : null;
        }

        public override string Write(object? value) => HoconWriter.Quote(string.Join(
            ' ', ((IReadOnlyList<double>)value!).Select(number => number.ToString(CultureInfo.InvariantCulture))));

        public override bool IsValid(object? value) =>
            ((IReadOnlyList<double>)value!).All(number => number >= limits.Min && number <= limits.Max);
    }

    private sealed class SavePointsSetting : SettingKind
    {
        public override string Expected => "pairs of seconds and changes, such as \"3600 1 300 100\", or an empty text";

        public override object? Read(HoconValue value) =>
            Words(value) is { } words ? SpecialText.ParseSavePoints(words) : null;

        public override string Write(object? value) =>
            HoconWriter.Quote(SpecialText.Format((IReadOnlyList<SavePoint>)value!));
    }

    private sealed class OutputBufferLimitSetting : SettingKind
    {
        public override string Expected => "a hard limit, a soft limit and seconds, such as \"32mb 8mb 60\"";

        public override object? Read(HoconValue value) =>
            Words(value) is [var hard, var soft, var seconds] ? SpecialText.ParseLimit(hard, soft, seconds) : null;

        public override string Write(object? value)
        {
            var limit = (OutputBufferLimit)value!;
            return HoconWriter.Quote(
                $"{SizeText.Format(limit.HardBytes)} {SizeText.Format(limit.SoftBytes)} {limit.SoftSeconds}");
        }

        public override bool IsValid(object? value) =>
            value is OutputBufferLimit { HardBytes: >= 0, SoftBytes: >= 0, SoftSeconds: >= 0 };
    }

    private sealed class ClientMemorySetting : SettingKind
    {
        public override string Expected => "a size such as 64mb, or a percentage of maxmemory such as \"5%\"";

        public override object? Read(HoconValue value) =>
            value is HoconText text ? SpecialText.ParseClientMemory(text.Text) : null;

        public override string Write(object? value) => HoconWriter.Quote(value!.ToString()!);

        public override bool IsValid(object? value) =>
            value is ClientMemoryLimit { Bytes: >= 0, Percent: >= 0 and <= 100 };
    }

    private sealed class KeyspaceEventsSetting : SettingKind
    {
        public override string Expected => "letters out of Ag$lshzxeKEtmdn";

        public override object? Read(HoconValue value) =>
            value is HoconText text && KeyspaceEventsText.TryParse(text.Text, out var events) ? events : null;

        public override string Write(object? value) =>
            HoconWriter.Quote(KeyspaceEventsText.Format((KeyspaceEvents)value!));
    }

    /// <summary>
    /// Read in place of null, which stands for a value that is not valid; becomes null in the setting.
    /// </summary>
    public static TimeSpan Off => TimeSpan.MinValue;

    /// <summary>The items of a list, or the words of one text, so that a list fits an environment variable.</summary>
    private static List<string>? Words(HoconValue value)
    {
        char[] separators = [' ', '\t', ','];
        switch (value)
        {
            case HoconText text:
                return [.. text.Text.Split(separators, StringSplitOptions.RemoveEmptyEntries)];
            case HoconArray array when array.Items.All(item => item is HoconText):
                return
                [
                    .. array.Items.Cast<HoconText>()
                        .SelectMany(item => item.Text.Split(separators, StringSplitOptions.RemoveEmptyEntries)),
                ];
            default:
                return null;
        }
    }
}
