using System.Globalization;

namespace RedisLite.Commands.Access;

/// <summary>How much a user may ask for, over all its clients; 0 for no limit. Redis has nothing like it.</summary>
/// <param name="Commands">Commands a second.</param>
/// <param name="Bytes">Bytes of requests a second.</param>
/// <param name="Clients">Connections at once.</param>
public sealed record AccessLimits(long Commands, long Bytes, long Clients)
{
    private const string CommandsRule = "limit-commands:";
    private const string BytesRule = "limit-bytes:";
    private const string ClientsRule = "limit-clients:";

    public static AccessLimits None { get; } = new(0, 0, 0);

    /// <summary>Whether requests have to be counted.</summary>
    public bool CountsRequests => Commands > 0 || Bytes > 0;

    /// <summary>The rules that give these limits.</summary>
    public IEnumerable<string> Rules
    {
        get
        {
            if (Commands > 0)
                yield return string.Create(CultureInfo.InvariantCulture, $"{CommandsRule}{Commands}");
            if (Bytes > 0)
                yield return string.Create(CultureInfo.InvariantCulture, $"{BytesRule}{Bytes}");
            if (Clients > 0)
                yield return string.Create(CultureInfo.InvariantCulture, $"{ClientsRule}{Clients}");
        }
    }

    /// <summary>Whether a rule is about limits.</summary>
    public static bool IsRule(string rule) => rule.StartsWith("limit-", StringComparison.OrdinalIgnoreCase);

    /// <summary>These limits with what a rule changes; null when the rule is wrong.</summary>
    public AccessLimits? With(string rule)
    {
        var colon = rule.IndexOf(':', StringComparison.Ordinal) + 1;
        if (!long.TryParse(rule.AsSpan(colon), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return null;
        return rule[..colon].ToLowerInvariant() switch
        {
            CommandsRule => this with { Commands = number },
            BytesRule => this with { Bytes = number },
            ClientsRule => this with { Clients = number },
            _ => null,
        };
    }
}

/// <summary>What the clients of a user have asked for in the second that runs.</summary>
/// <remarks>Any thread. LOCK: one of its own, held for a moment, and taken only for users with limits.</remarks>
internal sealed class AccessUsage
{
    private const long SecondMs = 1000;

    private readonly Lock _gate = new();
    private long _second;
    private long _commands;
    private long _bytes;

    /// <summary>Counts a request if it keeps within the limits. The first of a second may have any size.</summary>
    /// <param name="limits">The user's.</param>
    /// <param name="nowMs">The time.</param>
    /// <param name="bytes">Of its arguments.</param>
    public bool TryTake(AccessLimits limits, long nowMs, long bytes)
    {
        lock (_gate)
        {
            // The batch of another client may have begun a moment earlier, in the second before: that is no new one. A
            // clock that was set back is.
            var second = nowMs / SecondMs;
            if (second > _second || second < _second - 1)
                (_second, _commands, _bytes) = (second, 0, 0);
            if ((limits.Commands > 0 && _commands >= limits.Commands)
                || (limits.Bytes > 0 && _bytes > 0 && _bytes + bytes > limits.Bytes))
                return false;
            _commands++;
            _bytes += bytes;
            return true;
        }
    }
}
