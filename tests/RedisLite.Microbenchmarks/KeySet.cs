using System.Buffers.Text;

namespace RedisLite.Microbenchmarks;

/// <summary>Keys of 16 bytes as the load generator writes them, visited in an order that no cache foresees.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class KeySet
{
    /// <summary>Bytes of a key: <c>key:</c> and twelve digits.</summary>
    public const int KeyLength = 16;

    // A prime far from any power of two: with it as the step, a walk comes to every key before it comes to one again.
    private const int Step = 7_919_017;

    private readonly byte[] _bytes;
    private int _next;

    /// <param name="count">At least 1, and no multiple of the step.</param>
    /// <param name="firstNumber">The number in the first key.</param>
    public KeySet(int count, int firstNumber = 0)
    {
        Count = count;
        _bytes = new byte[count * KeyLength];
        for (var i = 0; i < count; i++)
        {
            var key = _bytes.AsSpan(i * KeyLength, KeyLength);
            "key:"u8.CopyTo(key);
            Utf8Formatter.TryFormat(firstNumber + i, key[4..], out _, new System.Buffers.StandardFormat('D', 12));
        }
    }

    public int Count { get; }

    public ReadOnlySpan<byte> this[int index] => _bytes.AsSpan(index * KeyLength, KeyLength);

    /// <summary>The next key of the walk, which has no end.</summary>
    public ReadOnlySpan<byte> Next()
    {
        _next = (int)((_next + (long)Step) % Count);
        return this[_next];
    }
}
