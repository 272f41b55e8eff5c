using System.Globalization;

namespace RedisLite.Core.Tests.Commands;

/// <summary>Hash and set commands done the simplest way, on dictionaries of text.</summary>
/// <remarks>
/// Takes well-formed commands and answers as <see cref="CommandHarness"/> shows replies; elements of an aggregate reply
/// are sorted, as <see cref="Sorted"/> has them, since their order is the server's own. Hashes have keys that begin
/// with h, sets others.
/// </remarks>
internal sealed class HashSetModel
{
    private readonly Dictionary<string, Dictionary<string, (string Value, long? ExpireAt)>> _hashes = [];
    private readonly Dictionary<string, HashSet<string>> _sets = [];

    public long NowMs { get; set; } = CommandHarness.StartMs;

    /// <summary>A reply whose elements' order means nothing in one order.</summary>
    public static string Sorted(string[] command, string reply)
    {
        if (command[0] is not (
            "HGETALL" or "HKEYS" or "HVALS" or "SMEMBERS" or "SINTER" or "SUNION" or "SDIFF" or "HRANDFIELD"))
            return reply;
        var parts = reply.Split(' ');
        return parts[0] + " " + string.Join(' ', parts.Skip(1).Chunk(command[0] == "HGETALL" ? 4 : 2)
            .Select(chunk => string.Join(' ', chunk)).Order(StringComparer.Ordinal));
    }

    public string Run(string[] args)
    {
        DropExpired();
        var reply = Answer(args);
        foreach (var key in _hashes.Where(pair => pair.Value.Count == 0).Select(pair => pair.Key).ToList())
            _hashes.Remove(key);
        foreach (var key in _sets.Where(pair => pair.Value.Count == 0).Select(pair => pair.Key).ToList())
            _sets.Remove(key);
        return Sorted(args, reply);
    }

    private string Answer(string[] args) => args[0] switch
    {
        "HSET" => $":{Pairs(args, 2).Count(pair => Put(args[1], pair.Key, pair.Value))}",
        "HSETNX" => Hash(args[1]).ContainsKey(args[2]) ? ":0" : $":{(Put(args[1], args[2], args[3]) ? 1 : 0)}",
        "HGET" => Bulk(Get(args[1], args[2])),
        "HMGET" => Array(args.Skip(2).Select(field => Bulk(Get(args[1], field)))),
        "HDEL" => $":{args.Skip(2).Count(field => Hash(args[1]).Remove(field))}",
        "HLEN" => $":{Hash(args[1]).Count}",
        "HEXISTS" => Hash(args[1]).ContainsKey(args[2]) ? ":1" : ":0",
        "HGETALL" => Array(Hash(args[1]).SelectMany(pair => new[] { Bulk(pair.Key), Bulk(pair.Value.Value) })),
        "HKEYS" or "HRANDFIELD" => Array(Hash(args[1]).Select(pair => Bulk(pair.Key))),
        "HVALS" => Array(Hash(args[1]).Select(pair => Bulk(pair.Value.Value))),
        "HINCRBY" => Increment(args),
        "HPEXPIRE" =>
            Array(args.Skip(5).Select(
                field => Expire(args[1], field, NowMs + long.Parse(args[2], CultureInfo.InvariantCulture)))),
        "HPEXPIRETIME" => Array(args.Skip(4).Select(field =>
            !Hash(args[1]).TryGetValue(field, out var entry) ? ":-2" : $":{entry.ExpireAt ?? -1}")),
        "HPERSIST" => Array(args.Skip(4).Select(field => Persist(args[1], field))),
        "HGETDEL" =>
            Array(args.Skip(4).Select(field => Bulk(Hash(args[1]).Remove(field, out var entry) ? entry.Value : null))),
        "HSETEX" => SetEx(args),
        "SADD" => $":{args.Skip(2).Count(member => Set(args[1]).Add(member))}",
        "SREM" => $":{args.Skip(2).Count(member => Set(args[1]).Remove(member))}",
        "SMOVE" => Move(args[1], args[2], args[3]),
        "SISMEMBER" => Set(args[1]).Contains(args[2]) ? ":1" : ":0",
        "SCARD" => $":{Set(args[1]).Count}",
        "SMEMBERS" => Array(Set(args[1]).Select(Bulk)),
        "SINTER" or "SUNION" or "SDIFF" => Array(Combine(args[0], args.Skip(1)).Select(Bulk)),
        "SINTERSTORE" or "SUNIONSTORE" or "SDIFFSTORE" => Store(args),
        "SINTERCARD" => $":{Combine("SINTER", args.Skip(2)).Count}",
        "COPY" => Copy(args[1], args[2]),
        _ => throw new ArgumentException(args[0]),
    };

    private static string Bulk(string? value) => value is null ? "$-1" : $"${value.Length} {value}";

    private static string Array(IEnumerable<string> items)
    {
        var all = items.ToList();
        return string.Join(' ', all.Prepend($"*{all.Count}"));
    }

    private static IEnumerable<KeyValuePair<string, string>> Pairs(string[] args, int from) =>
        args.Skip(from).Chunk(2).Select(pair => KeyValuePair.Create(pair[0], pair[1]));

    private void DropExpired()
    {
        foreach (var (key, hash) in _hashes.ToList())
        {
            foreach (var field in hash.Where(pair => pair.Value.ExpireAt <= NowMs).Select(pair => pair.Key).ToList())
                hash.Remove(field);
            if (hash.Count == 0)
                _hashes.Remove(key);
        }
    }

    private Dictionary<string, (string Value, long? ExpireAt)> Hash(string key) =>
        _hashes.TryGetValue(key, out var hash) ? hash : _hashes[key] = [];

    private HashSet<string> Set(string key) => _sets.TryGetValue(key, out var set) ? set : _sets[key] = [];

    private string? Get(string key, string field) => Hash(key).TryGetValue(field, out var entry) ? entry.Value : null;

    private bool Put(string key, string field, string value, long? expireAt = null)
    {
        var isNew = !Hash(key).ContainsKey(field);
        Hash(key)[field] = (value, expireAt);
        return isNew;
    }

    private string Increment(string[] args)
    {
        var hash = Hash(args[1]);
        hash.TryGetValue(args[2], out var entry);
        if (!long.TryParse(
            entry.Value ?? "0", NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            return "-ERR hash value is not an integer";
        value += long.Parse(args[3], CultureInfo.InvariantCulture);
        hash[args[2]] = (value.ToString(CultureInfo.InvariantCulture), entry.ExpireAt);
        return $":{value}";
    }

    private string Expire(string key, string field, long expireAt)
    {
        var hash = Hash(key);
        if (!hash.TryGetValue(field, out var entry))
            return ":-2";
        if (expireAt <= NowMs)
        {
            hash.Remove(field);
            return ":2";
        }

        hash[field] = (entry.Value, expireAt);
        return ":1";
    }

    private string Persist(string key, string field)
    {
        var hash = Hash(key);
        if (!hash.TryGetValue(field, out var entry))
            return ":-2";
        hash[field] = (entry.Value, null);
        return entry.ExpireAt is null ? ":-1" : ":1";
    }

    // HSETEX key FNX PX ms FIELDS 1 field value
    private string SetEx(string[] args)
    {
        if (Hash(args[1]).ContainsKey(args[7]))
            return ":0";
        Put(args[1], args[7], args[8], NowMs + long.Parse(args[4], CultureInfo.InvariantCulture));
        return ":1";
    }

    private string Move(string from, string to, string member)
    {
        if (!Set(from).Contains(member))
            return ":0";
        Set(from).Remove(member);
        Set(to).Add(member);
        return ":1";
    }

    private HashSet<string> Combine(string operation, IEnumerable<string> keys)
    {
        HashSet<string>? result = null;
        foreach (var key in keys)
        {
            if (result is null)
                result = [.. Set(key)];
            else if (operation.StartsWith("SINTER", StringComparison.Ordinal))
                result.IntersectWith(Set(key));
            else if (operation.StartsWith("SUNION", StringComparison.Ordinal))
                result.UnionWith(Set(key));
            else
                result.ExceptWith(Set(key));
        }

        return result ?? [];
    }

    private string Store(string[] args)
    {
        var result = Combine(args[0], args.Skip(2));
        _sets[args[1]] = result;
        return $":{result.Count}";
    }

    private string Copy(string from, string to)
    {
        if (from[0] == 'h' ? Hash(from).Count == 0 : Set(from).Count == 0)
            return ":0";
        if (from[0] == 'h')
            _hashes[to] = new(Hash(from));
        else
            _sets[to] = [.. Set(from)];
        return ":1";
    }
}
