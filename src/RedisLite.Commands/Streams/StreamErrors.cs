using System.Text;

namespace RedisLite.Commands.Streams;

/// <summary>Errors that several commands on streams have, with Redis's text.</summary>
internal static class StreamErrors
{
    public static ReadOnlySpan<byte> InvalidId => "ERR Invalid stream ID specified as stream command argument"u8;

    public static ReadOnlySpan<byte> InvalidStart => "ERR invalid start ID for the interval"u8;

    public static ReadOnlySpan<byte> InvalidEnd => "ERR invalid end ID for the interval"u8;

    public static byte[] NoGroup(ReadOnlySpan<byte> key, ReadOnlySpan<byte> group, string where = "") =>
        Encoding.Latin1.GetBytes($"NOGROUP No such key '{Text(key)}' or consumer group '{Text(group)}'{where}");

    public static byte[] NoGroupOfKey(ReadOnlySpan<byte> key, ReadOnlySpan<byte> group) =>
        Encoding.Latin1.GetBytes($"NOGROUP No such consumer group '{Text(group)}' for key name '{Text(key)}'");

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
