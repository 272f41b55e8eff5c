namespace RedisLite.Lua.Compiler;

/// <summary>The strings of one chunk: equal ones become one array, and names of the libraries the libraries'
/// own.</summary>
/// <remarks>Two arrays of one string compare by content; the same array compares as a reference.</remarks>
internal sealed class ConstantPool
{
    private static readonly Dictionary<LuaString, byte[]> WellKnown = new(ByContent.Instance);
    private static readonly Lock WellKnownLock = new();

    private readonly Dictionary<LuaString, byte[]> _strings = new(ByContent.Instance);
    private readonly Dictionary<LuaString, byte[]>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    public ConstantPool() => _lookup = Lookup(_strings);

    /// <summary>The array for a name that the libraries use; only the libraries' own names go here, so it stays
    /// small.</summary>
    public static byte[] Name(string name)
    {
        var text = LuaValue.String(name);
        lock (WellKnownLock)
        {
            var raw = (byte[])text.O!;
            return WellKnown.TryAdd(LuaString.OfRaw(raw), raw) ? raw : WellKnown[LuaString.OfRaw(raw)];
        }
    }

    public byte[] Intern(ReadOnlySpan<byte> text)
    {
        if (_lookup.TryGetValue(text, out var raw))
            return raw;
        lock (WellKnownLock)
            Lookup(WellKnown).TryGetValue(text, out raw);
        raw ??= LuaString.From(text);
        _strings.Add(LuaString.OfRaw(raw), raw);
        return raw;
    }

    private static Dictionary<LuaString, byte[]>.AlternateLookup<ReadOnlySpan<byte>> Lookup(
        Dictionary<LuaString, byte[]> strings) => strings.GetAlternateLookup<ReadOnlySpan<byte>>();

    private sealed class ByContent : IEqualityComparer<LuaString>, IAlternateEqualityComparer<ReadOnlySpan<byte>,
        LuaString>
    {
        public static readonly ByContent Instance = new();

        public bool Equals(LuaString x, LuaString y) => x.Equals(y);

        public int GetHashCode(LuaString text) => GetHashCode(text.Span);

        public bool Equals(ReadOnlySpan<byte> alternate, LuaString other) => alternate.SequenceEqual(other.Span);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public LuaString Create(ReadOnlySpan<byte> alternate) => new(alternate);
    }
}
