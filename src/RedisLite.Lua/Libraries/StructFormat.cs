namespace RedisLite.Lua.Libraries;

/// <summary>Walks over a format of struct: options with their sizes, byte order and alignment.</summary>
internal struct StructFormat(LuaCall call, byte[] format)
{
    private const int MaxIntegerSize = 32;
    private const int DefaultAlignment = 8;

    private int _at = LuaString.Prefix;
    private int _alignment = 1;

    public bool IsLittle { get; private set; } = true;

    public bool TryNext(out char option, out int size)
    {
        option = '\0';
        size = 0;
        if (_at >= format.Length)
            return false;
        option = (char)format[_at++];
        size = option switch
        {
            'b' or 'B' or 'x' => 1,
            'h' or 'H' => 2,
            'l' or 'L' or 'T' or 'd' => 8,
            'f' => 4,
            'c' => ReadNumber(1),
            'i' or 'I' => ReadNumber(4),
            _ => 0,
        };
        if (option is 'i' or 'I' && size > MaxIntegerSize)
            throw call.Error($"integral size {size} is larger than limit of {MaxIntegerSize}");
        return true;
    }

    public readonly int Padding(long total, char option, int size)
    {
        if (size == 0 || option == 'c')
            return 0;
        size = Math.Min(size, _alignment);
        return (int)((size - (total & (size - 1))) & (size - 1));
    }

    public void Control(char option)
    {
        switch (option)
        {
            case ' ':
                break;
            case '>':
                IsLittle = false;
                break;
            case '<':
                IsLittle = true;
                break;
            case '!':
                _alignment = ReadNumber(DefaultAlignment);
                if (_alignment <= 0 || (_alignment & (_alignment - 1)) != 0)
                    throw call.Error($"alignment {_alignment} is not a power of 2");
                break;
            default:
                throw call.ArgumentError(1, $"invalid format option '{option}'");
        }
    }

    private int ReadNumber(int otherwise)
    {
        if (_at >= format.Length || format[_at] is < (byte)'0' or > (byte)'9')
            return otherwise;
        var number = 0;
        while (_at < format.Length && format[_at] is >= (byte)'0' and <= (byte)'9')
        {
            if (number > (int.MaxValue - 9) / 10)
                throw call.Error("integral size overflow");
            number = (number * 10) + format[_at++] - '0';
        }
        return number;
    }
}
