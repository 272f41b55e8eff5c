using System.Globalization;
using System.Text;

namespace RedisLite.Commands.Server.Info;

/// <summary>Writes INFO's text: a heading a section, a line "name:value" a field.</summary>
public sealed class InfoWriter
{
    private readonly StringBuilder _text = new(4096);

    /// <summary>Begins a section, after an empty line unless it is the first.</summary>
    internal void Heading(string name)
    {
        if (_text.Length > 0)
            _text.Append("\r\n");
        _text.Append("# ").Append(name).Append("\r\n");
    }

    /// <summary>A field of text, one char a byte.</summary>
    public void Field(string name, string value) => _text.Append(name).Append(':').Append(value).Append("\r\n");

    /// <summary>A field that is a whole number.</summary>
    public void Field(string name, long value) => _text.Append(name).Append(':').Append(value).Append("\r\n");

    /// <summary>A flag, as 1 or 0.</summary>
    public void Field(string name, bool value) => Field(name, value ? 1 : 0);

    /// <summary>A field with so many digits after the point.</summary>
    public void Field(string name, double value, int digits) =>
        Field(name, value.ToString("F" + digits, CultureInfo.InvariantCulture));

    /// <summary>A number of bytes, and the same for people under the name with "_human".</summary>
    public void Bytes(string name, long value)
    {
        Field(name, value);
        Field(name + "_human", Human(value));
    }

    /// <summary>A number of bytes as Redis abbreviates it: 512B, 1.50K, 3.25M.</summary>
    public static string Human(long bytes) => bytes switch
    {
        < 1L << 10 => $"{bytes}B",
        < 1L << 20 => Scaled(bytes, 10, 'K'),
        < 1L << 30 => Scaled(bytes, 20, 'M'),
        < 1L << 40 => Scaled(bytes, 30, 'G'),
        < 1L << 50 => Scaled(bytes, 40, 'T'),
        _ => Scaled(bytes, 50, 'P'),
    };

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private static string Scaled(long bytes, int shift, char unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << shift):F2}{unit}");
}
