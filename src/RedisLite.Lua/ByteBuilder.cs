using System.Buffers.Text;
using System.Text;

namespace RedisLite.Lua;

/// <summary>Grows a string; the room at its start is for the string's prefix, so that an exact fit needs no
/// copy.</summary>
internal sealed class ByteBuilder
{
    private byte[] _bytes;
    private int _length;

    public ByteBuilder(int capacity = 64) => _bytes = new byte[Math.Max(capacity, 16)];

    public int Length => _length;

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    public void Clear() => _length = 0;

    public void Truncate(int length) => _length = length;

    public void Add(byte value)
    {
        if (_length == _bytes.Length)
            Grow(1);
        _bytes[_length++] = value;
    }

    public ByteBuilder Add(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _bytes.Length - _length)
            Grow(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
        return this;
    }

    public ByteBuilder Add(string ascii)
    {
        foreach (var letter in ascii)
            Add((byte)letter);
        return this;
    }

    public ByteBuilder Add(long number)
    {
        Span<byte> digits = stackalloc byte[24];
        Utf8Formatter.TryFormat(number, digits, out var written);
        return Add(digits[..written]);
    }

    /// <summary>Room for this many more bytes, which then count as added.</summary>
    public Span<byte> Extend(int count)
    {
        if (count > _bytes.Length - _length)
            Grow(count);
        _length += count;
        return _bytes.AsSpan(_length - count, count);
    }

    public byte[] ToLuaString() => LuaString.From(Span);

    public override string ToString() => Encoding.UTF8.GetString(Span);

    private void Grow(int count)
    {
        var size = Math.Max((long)_length + count, _bytes.Length * 2L);
        Machine.Budget.BeforeLargeAllocation(size);
        if (_length + (long)count > LuaString.MaxLength)
            throw new LuaException(new LuaValue(LuaString.From("not enough memory"u8)));
        Array.Resize(ref _bytes, (int)Math.Min(size, LuaString.MaxLength));
    }
}
