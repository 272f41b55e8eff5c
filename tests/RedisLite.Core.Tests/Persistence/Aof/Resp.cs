using System.Text;

namespace RedisLite.Core.Tests.Persistence.Aof;

/// <summary>Commands as they stand in files.</summary>
internal static class Resp
{
    /// <summary>One command of the words in a text.</summary>
    public static byte[] Command(string words) => Command(words.Split(' ').Select(Encoding.Latin1.GetBytes).ToArray());

    /// <summary>One command of arguments.</summary>
    public static byte[] Command(params byte[][] arguments)
    {
        var bytes = new MemoryStream();
        bytes.Write(Encoding.Latin1.GetBytes($"*{arguments.Length}\r\n"));
        foreach (var argument in arguments)
        {
            bytes.Write(Encoding.Latin1.GetBytes($"${argument.Length}\r\n"));
            bytes.Write(argument);
            bytes.Write("\r\n"u8);
        }

        return bytes.ToArray();
    }

    /// <summary>Several commands.</summary>
    public static byte[] Commands(params string[] commands) => [.. commands.SelectMany(Command)];
}
