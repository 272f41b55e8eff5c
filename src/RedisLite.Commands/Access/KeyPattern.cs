using System.Text;
using RedisLite.Protocol;

namespace RedisLite.Commands.Access;

/// <summary>What a command needs to be allowed with a key; what a pattern allows.</summary>
[Flags]
public enum KeyPermissions
{
    None = 0,
    Read = 1,
    Write = 2,
    All = Read | Write,
}

/// <summary>A pattern of names, read once: of keys or of channels.</summary>
/// <remarks>The usual one, a prefix and a star, is compared without a walk over the pattern.</remarks>
public sealed class NamePattern
{
    private readonly byte[] _bytes;
    private readonly GlobPattern? _glob;
    private readonly int _prefixLength;

    /// <param name="text">One char a byte.</param>
    public NamePattern(string text)
    {
        Text = text;
        _bytes = Encoding.Latin1.GetBytes(text);
        var special = _bytes.AsSpan().IndexOfAny("*?[\\"u8);
        _prefixLength = special > 0 && special == _bytes.Length - 1 && _bytes[special] == '*' ? special : -1;
        if (_prefixLength < 0)
            _glob = new GlobPattern(_bytes);
    }

    public string Text { get; }

    public bool IsMatch(ReadOnlySpan<byte> name) =>
        _glob is null ? name.StartsWith(_bytes.AsSpan(0, _prefixLength)) : _glob.IsMatch(name);

    /// <summary>Whether the name is the pattern itself: so are subscriptions to patterns allowed.</summary>
    public bool IsSame(ReadOnlySpan<byte> name) => name.SequenceEqual(_bytes);
}

/// <summary>A pattern of keys and what may be done with the keys that it matches.</summary>
public sealed record KeyPattern(NamePattern Pattern, KeyPermissions Permissions)
{
    /// <inheritdoc/>
    public override string ToString() => Permissions switch
    {
        KeyPermissions.All => "~",
        KeyPermissions.Read => "%R~",
        KeyPermissions.Write => "%W~",
        _ => "%~",
    } + Pattern.Text;
}
