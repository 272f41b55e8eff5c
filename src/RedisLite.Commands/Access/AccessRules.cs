using System.Collections.Immutable;
using System.Security.Cryptography;

namespace RedisLite.Commands.Access;

/// <summary>Whether RESTORE checks a user's payloads to the last byte. Shown and kept; here it always does.</summary>
public enum PayloadCheck
{
    Unset,
    Skipped,
    Done,
}

/// <summary>Everything that is known of a user but the name. Immutable: a change makes a new one.</summary>
public sealed class AccessRules
{
    private const int HashLength = SHA256.HashSizeInBytes;

    private readonly byte[][] _hashes;

    internal AccessRules(AccessRulesDraft draft)
    {
        IsEnabled = draft.IsEnabled;
        HasNoPassword = draft.HasNoPassword;
        PayloadCheck = draft.PayloadCheck;
        Passwords = [.. draft.Passwords];
        Selectors = [.. draft.Selectors.Select(static selector => new AccessSelector(selector))];
        Limits = draft.Limits;
        AllowsEverything = Selectors.Any(static selector => selector.IsUnrestricted);
        IsUnrestricted = AllowsEverything && !Limits.CountsRequests;
        _hashes = [.. Passwords.Select(Convert.FromHexString)];
    }

    /// <summary>Whether one may authenticate as the user.</summary>
    public bool IsEnabled { get; }

    /// <summary>Whether any password will do.</summary>
    public bool HasNoPassword { get; }

    public PayloadCheck PayloadCheck { get; }

    /// <summary>SHA-256 of each password, as 64 lower-case hexadecimal digits.</summary>
    public ImmutableArray<string> Passwords { get; }

    /// <summary>The first is the user's own; each of them allows a request or not, as a whole.</summary>
    public ImmutableArray<AccessSelector> Selectors { get; }

    public AccessLimits Limits { get; }

    /// <summary>Whether any command, key and channel is allowed.</summary>
    public bool AllowsEverything { get; }

    /// <summary>Whether nothing has to be looked at: everything is allowed, as often as one likes.</summary>
    public bool IsUnrestricted { get; }

    /// <summary>Whether one may be this user with the password.</summary>
    /// <remarks>Takes the same time whatever the password is: all hashes are compared, each to its end.</remarks>
    public bool Accepts(ReadOnlySpan<byte> password)
    {
        Span<byte> hash = stackalloc byte[HashLength];
        SHA256.HashData(password, hash);
        var accepted = HasNoPassword;
        foreach (var expected in _hashes)
            accepted |= CryptographicOperations.FixedTimeEquals(hash, expected);
        return accepted && IsEnabled;
    }
}
