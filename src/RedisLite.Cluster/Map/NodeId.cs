using System.Buffers;
using System.Security.Cryptography;

namespace RedisLite.Cluster.Map;

/// <summary>A node's name for life: 40 hexadecimal digits, as Redis Cluster's clients expect them.</summary>
internal readonly record struct NodeId : IComparable<NodeId>
{
    public const int Length = 40;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    private readonly string? _text;

    private NodeId(string text) => _text = text;

    /// <summary>No node.</summary>
    public bool IsNone => _text is null;

    public static NodeId NewRandom() => new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Length / 2)));

    /// <summary>Reads 40 lower case digits; false for anything else.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out NodeId id)
    {
        id = default;
        if (text.Length != Length || text.ContainsAnyExcept(Digits))
            return false;
        id = new NodeId(text.ToString());
        return true;
    }

    public int CompareTo(NodeId other) => string.CompareOrdinal(_text, other._text);

    public override string ToString() => _text ?? "-";
}
