using RedisLite.Protocol;

namespace RedisLite.Microbenchmarks;

/// <summary>What a client with a pipeline sends at once.</summary>
internal static class Requests
{
    /// <summary>Bytes of the values that are set.</summary>
    public const int ValueLength = 32;

    /// <summary><c>GET key</c>, so many times, each with another key.</summary>
    public static byte[] Gets(int count, KeySet keys) =>
        Repeat(count, writer =>
        {
            writer.Array(2);
            writer.Bulk("GET"u8);
            writer.Bulk(keys.Next());
        });

    /// <summary><c>SET key value</c>, so many times, each with another key.</summary>
    public static byte[] Sets(int count, KeySet keys)
    {
        var value = new byte[ValueLength];
        value.AsSpan().Fill((byte)'v');
        return Repeat(count, writer =>
        {
            writer.Array(3);
            writer.Bulk("SET"u8);
            writer.Bulk(keys.Next());
            writer.Bulk(value);
        });
    }

    /// <summary><c>GET key</c> as one types it, so many lines, each with another key.</summary>
    public static byte[] InlineGets(int count, KeySet keys) =>
        Repeat(count, writer =>
        {
            writer.Raw("GET "u8);
            writer.Raw(keys.Next());
            writer.Raw("\r\n"u8);
        });

    private static byte[] Repeat(int count, Action<ReplyWriter> writeOne)
    {
        using var writer = new ReplyWriter(); // a request is an array of bulk strings, like a reply
        for (var i = 0; i < count; i++)
            writeOne(writer);
        return writer.ToArray();
    }
}
