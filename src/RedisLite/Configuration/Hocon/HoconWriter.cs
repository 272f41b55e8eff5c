using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace RedisLite.Configuration.Hocon;

/// <summary>Writes resolved trees as text that Akka.NET's reader understands, and single literals for files.</summary>
internal static partial class HoconWriter
{
    /// <summary>The fields of an object, one a line, without braces around them.</summary>
    public static string Write(HoconObject fields)
    {
        var text = new StringBuilder();
        WriteFields(text, fields);
        return text.ToString();
    }

    /// <summary>A string in quotes, with escapes.</summary>
    public static string Quote(string value)
    {
        var text = new StringBuilder("\"");
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            _ = c switch
            {
                '"' or '\\' => text.Append('\\').Append(c),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' or (>= '\u007f' and <= '\u009f') or (>= '\uDC80' and <= '\uDCFF') when !IsPaired(value, i) =>
                    text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => text.Append(c),
            };
        }

        return text.Append('"').ToString();
    }

    // The second half of a char beyond 16 bits; alone, it stands for a byte that is no UTF-8.
    private static bool IsPaired(string value, int i) =>
        char.IsLowSurrogate(value[i]) && i > 0 && char.IsHighSurrogate(value[i - 1]);

    /// <summary>A name as part of a path: in quotes when it must be.</summary>
    public static string Key(string name) => PlainName().IsMatch(name) ? name : Quote(name);

    /// <summary>A value as a person would write it: in quotes only when it must be.</summary>
    public static string Literal(HoconValue value) => value switch
    {
        HoconText text => PlainText().IsMatch(text.Text)
            && (text.Text != "null" || text.IsNull) ? text.Text : Quote(text.Text),
        HoconArray array => "[" + string.Join(", ", array.Items.Select(Literal)) + "]",
        HoconObject fields =>
            "{ " + string.Join(", ", fields.Fields.Select(field => $"{Key(field.Key)} = {Literal(field.Value)}"))
            + " }",
        _ => throw new InvalidOperationException($"{value.GetType().Name} is not resolved"),
    };

    private static void WriteFields(StringBuilder text, HoconObject fields)
    {
        foreach (var (name, value) in fields.Fields)
        {
            text.Append(Quote(name));
            if (value is HoconObject child)
            {
                text.Append(" {\n");
                WriteFields(text, child);
                text.Append("}\n");
            }
            else
            {
                text.Append(" = ");
                WriteValue(text, value);
                text.Append('\n');
            }
        }
    }

    private static void WriteValue(StringBuilder text, HoconValue value)
    {
        switch (value)
        {
            case HoconArray array:
                text.Append('[');
                for (var i = 0; i < array.Items.Count; i++)
                {
                    text.Append(i == 0 ? "" : ", ");
                    WriteValue(text, array.Items[i]);
                }

                text.Append(']');
                break;
            case HoconObject child:
                text.Append('{');
                WriteFields(text, child);
                text.Append('}');
                break;
            case HoconText literal:
                text.Append(literal.IsNull ? "null" : Quote(ForAkka(literal)));
                break;
            default:
                throw new InvalidOperationException($"{value.GetType().Name} is not resolved");
        }
    }

    // Akka.NET reads neither yes and no nor 64mb: it takes the one for false or an error, and throws on the other.
    private static string ForAkka(HoconText literal)
    {
        if (literal.Quoted)
            return literal.Text;
        if (literal.Text is "yes" or "no")
            return literal.Text == "yes" ? "on" : "off";
        return SizeWithUnit().IsMatch(literal.Text) && SizeText.TryParse(literal.Text, out var bytes)
            ? bytes.ToString(CultureInfo.InvariantCulture)
            : literal.Text;
    }

    [GeneratedRegex("^[A-Za-z0-9_-]+$")]
    private static partial Regex PlainName();

    [GeneratedRegex(@"^[A-Za-z0-9_./-]+( [A-Za-z0-9_./-]+)*$")]
    private static partial Regex PlainText();

    [GeneratedRegex("^[0-9]+ *[kmg]b$", RegexOptions.IgnoreCase)]
    private static partial Regex SizeWithUnit();
}
