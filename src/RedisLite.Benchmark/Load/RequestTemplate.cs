using System.Buffers.Text;
using System.Text;

namespace RedisLite.Benchmark.Load;

/// <summary>How requests are written, and with them the replies.</summary>
internal enum WireProtocol
{
    /// <summary>RESP2: multi-bulk requests.</summary>
    Resp,

    /// <summary>Inline requests answered in plain text, as RedisLite does.</summary>
    Plain,

    /// <summary>Inline requests answered in RESP, as redis-server does.</summary>
    InlineResp,
}

/// <summary>One request, encoded once; for each sending only the digits of its keys are written anew.</summary>
/// <remarks>Immutable, so that workers may share it; they patch copies.</remarks>
internal sealed class RequestTemplate
{
    /// <summary>Digits of a key number: the key is its prefix and this many digits.</summary>
    public const int KeyDigits = 12;

    /// <summary>What stands for a key, once in a token, alone or with text around it.</summary>
    public const string KeyToken = "{key}";

    /// <summary>The token that stands for a value.</summary>
    public const string ValueToken = "{value}";

    private readonly byte[] _bytes;
    private readonly int[] _keyOffsets;

    private RequestTemplate(byte[] bytes, int[] keyOffsets)
    {
        _bytes = bytes;
        _keyOffsets = keyOffsets;
    }

    public int Length => _bytes.Length;

    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Offsets of the digits of each key in <see cref="Bytes"/>.</summary>
    public ReadOnlySpan<int> KeyOffsets => _keyOffsets;

    /// <param name="tokens">Command and arguments, among them <see cref="KeyToken"/> and
    /// <see cref="ValueToken"/>.</param>
    /// <param name="protocol">How to encode them.</param>
    /// <param name="keyPrefix">What every key begins with.</param>
    /// <param name="value">The bytes of the value; text without spaces and quotes, if the protocol is plain.</param>
    public static RequestTemplate Create(
        IReadOnlyList<string> tokens, WireProtocol protocol, string keyPrefix, ReadOnlySpan<byte> value)
    {
        var bytes = new MemoryStream();
        var keyOffsets = new List<int>();
        var isResp = protocol == WireProtocol.Resp;
        if (isResp)
            bytes.Write(Encoding.ASCII.GetBytes($"*{tokens.Count}\r\n"));
        var key = keyPrefix + new string('0', KeyDigits);
        for (var i = 0; i < tokens.Count; i++)
        {
            var keyAt = tokens[i].IndexOf(KeyToken, StringComparison.Ordinal);
            ReadOnlySpan<byte> argument = tokens[i] == ValueToken
                ? value
                : Encoding.UTF8.GetBytes(
                    keyAt < 0 ? tokens[i] : tokens[i].Replace(KeyToken, key, StringComparison.Ordinal));
            if (isResp)
                bytes.Write(Encoding.ASCII.GetBytes($"${argument.Length}\r\n"));
            else if (i > 0)
                bytes.Write(" "u8);
            if (keyAt >= 0)
                keyOffsets.Add((int)bytes.Length + Encoding.UTF8.GetByteCount(tokens[i][..keyAt] + keyPrefix));
            bytes.Write(argument);
            if (isResp)
                bytes.Write("\r\n"u8);
        }

        if (!isResp)
            bytes.Write("\r\n"u8);
        return new RequestTemplate(bytes.ToArray(), [.. keyOffsets]);
    }

    /// <summary>Writes a key number's digits over those at <paramref name="offset"/>.</summary>
    public static void PatchKey(Span<byte> request, int offset, long key)
    {
        var digits = request.Slice(offset, KeyDigits);
        Utf8Formatter.TryFormat((ulong)key, digits, out _, new System.Buffers.StandardFormat('D', KeyDigits));
    }

    /// <summary>A value of printable bytes that begins with no error code and repeats from run to run.</summary>
    public static byte[] CreateValue(int length)
    {
        ReadOnlySpan<byte> alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"u8;
        var random = new SeededRandom((ulong)length);
        var value = new byte[length];
        for (var i = 0; i < length; i++)
            value[i] = alphabet[(int)random.NextBelow(i == 0 ? 26 : alphabet.Length)];
        return value;
    }
}
