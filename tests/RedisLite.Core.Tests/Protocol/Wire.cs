using System.Globalization;
using System.Text;

namespace RedisLite.Core.Tests.Protocol;

/// <summary>Bytes as text in test rows: a character for each byte, C escapes for those that cannot be shown.</summary>
internal static class Wire
{
    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public static string Show(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        foreach (var b in bytes)
        {
            text.Append(b switch
            {
                (byte)'\r' => "\\r",
                (byte)'\n' => "\\n",
                (byte)'\\' => "\\\\",
                >= 0x20 and < 0x7f => ((char)b).ToString(),
                _ => "\\x" + b.ToString("x2", CultureInfo.InvariantCulture),
            });
        }

        return text.ToString();
    }

    /// <summary>A request as client libraries send it.</summary>
    public static byte[] Request(params byte[][] arguments)
    {
        var bytes = new List<byte>(Bytes($"*{arguments.Length}\r\n"));
        foreach (var argument in arguments)
        {
            bytes.AddRange(Bytes($"${argument.Length}\r\n"));
            bytes.AddRange(argument);
            bytes.AddRange("\r\n"u8);
        }

        return [.. bytes];
    }

    public static byte[] Request(params string[] arguments) => Request(Array.ConvertAll(arguments, Bytes));
}
