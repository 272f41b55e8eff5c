namespace RedisLite.Commands.Connection;

/// <summary>What may stand in a client's name and library attributes: CLIENT LIST separates them by spaces.</summary>
internal static class ClientNames
{
    public static ReadOnlySpan<byte> InvalidName =>
        "ERR Client names cannot contain spaces, newlines or special characters."u8;

    /// <summary>Whether all bytes are printable ASCII other than the space.</summary>
    public static bool IsValid(ReadOnlySpan<byte> name) => name.IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0;
}
