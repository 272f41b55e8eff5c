namespace RedisLite.Lua.Libraries;

/// <summary>What stands behind <c>%</c> in a pattern: a class of bytes, all others, or one byte for itself.</summary>
internal readonly struct CharacterClass
{
    private const string Names = "acdlpsuwxz";

    // A bit for each class that a byte is in, in the order of the names.
    private static readonly ushort[] ClassesOf = [.. Enumerable.Range(0, 256).Select(value => Classes((byte)value))];

    // By the byte behind %.
    private static readonly CharacterClass[] ByName =
        [.. Enumerable.Range(0, 256).Select(name => new CharacterClass((byte)name))];

    private readonly ushort _class;
    private readonly bool _isOthers;
    private readonly byte _literal;

    private CharacterClass(byte name)
    {
        var index = char.IsAsciiLetter((char)name) ? Names.IndexOf((char)(name | 0x20), StringComparison.Ordinal) : -1;
        _class = index < 0 ? (ushort)0 : (ushort)(1 << index);
        _isOthers = index >= 0 && char.IsAsciiLetterUpper((char)name);
        _literal = name;
    }

    public static ref readonly CharacterClass Named(byte name) => ref ByName[name];

    public bool Has(byte value) =>
        _class == 0 ? value == _literal : (ClassesOf[value] & _class) != 0 != _isOthers;

    private static ushort Classes(byte value)
    {
        var character = (char)value;
        bool[] isIn =
        [
            char.IsAsciiLetter(character),
            value is < 32 or 127,
            char.IsAsciiDigit(character),
            char.IsAsciiLetterLower(character),
            value is > 32 and < 127 && !char.IsAsciiLetterOrDigit(character),
            NumberParser.IsSpace(value),
            char.IsAsciiLetterUpper(character),
            char.IsAsciiLetterOrDigit(character),
            char.IsAsciiHexDigit(character),
            value == 0,
        ];
        return (ushort)isIn.Index().Sum(one => one.Item ? 1 << one.Index : 0);
    }
}
