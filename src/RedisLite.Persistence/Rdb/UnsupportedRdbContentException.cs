using System.Text;
using RedisLite.Storage.Serialization;

namespace RedisLite.Persistence.Rdb;

/// <summary>A sound RDB file holds something that RedisLite has no place for.</summary>
/// <remarks>
/// Loading stops rather than losing it in silence; <see cref="RdbReaderOptions.SkipUnknownTypes"/> goes on.
/// </remarks>
public sealed class UnsupportedRdbContentException : Exception
{
    private UnsupportedRdbContentException(long offset, string message)
        : base(message) =>
        Offset = offset;

    /// <summary>Where it starts in the file.</summary>
    public long Offset { get; }

    internal static UnsupportedRdbContentException ForKey(
        long offset, int database, ReadOnlySpan<byte> key, RdbType type) =>
        new(offset, $"at byte {offset}: key {Quote(key)} of database {database} holds a {RdbTypes.NameOf(type)} "
            + $"(type {(byte)type}), which is not supported; --skip-unknown-types leaves such keys out");

    internal static UnsupportedRdbContentException ForContent(long offset, string what) =>
        new(offset,
            $"at byte {offset}: the file holds {what}, which is not supported; --skip-unknown-types leaves it out");

    /// <summary>A key as a person can read it, and long ones cut.</summary>
    private static string Quote(ReadOnlySpan<byte> key)
    {
        const int shown = 64;
        var text = new StringBuilder("\"");
        foreach (var value in key[..Math.Min(key.Length, shown)])
        {
            _ = value is >= 0x20 and < 0x7f and not (byte)'"' and not (byte)'\\'
                ? text.Append((char)value)
                : text.Append($"\\x{value:x2}");
        }

        return text.Append(key.Length > shown ? "...\"" : "\"").ToString();
    }
}
