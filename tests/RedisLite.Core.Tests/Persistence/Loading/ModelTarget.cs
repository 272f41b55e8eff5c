using System.Globalization;
using System.Text;
using RedisLite.Core.Tests.Persistence.Serialization;
using RedisLite.Persistence.Loading;
using RedisLite.Protocol;
using RedisLite.Storage.Serialization;

namespace RedisLite.Core.Tests.Persistence.Loading;

/// <summary>A keyspace as simple as can be, with SELECT, SET, INCR, DEL and transactions.</summary>
internal sealed class ModelTarget : IReplayTarget
{
    private readonly SortedDictionary<string, string> _keys = new(StringComparer.Ordinal);
    private List<string[]>? _queued;
    private int _database;

    /// <summary>The last progress that was reported.</summary>
    public (long Loaded, long Total) Progress { get; private set; }

    /// <summary>Refuses a command or key of that name.</summary>
    public string? Refuses { get; init; }

    /// <summary>All keys and values as text.</summary>
    public string State => string.Join(' ', _keys.Select(pair => $"{pair.Key}={pair.Value}"));

    public void BeginFile(string name, LoadedFile kind)
    {
        Assert.Null(_queued);
        _database = 0;
    }

    public void ExpectKeys(int database, long keys) => Assert.InRange(keys, 0, long.MaxValue);

    public string? LoadString(int database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expireAtMs)
    {
        var name = Encoding.Latin1.GetString(key);
        if (name == Refuses)
            return "the model refuses it";
        _keys[$"{database}:{name}"] = Encoding.Latin1.GetString(value);
        return null;
    }

    public string? LoadCollection(int database, ReadOnlySpan<byte> key, ISerializedValue value, long expireAtMs)
    {
        var name = Encoding.Latin1.GetString(key);
        if (name == Refuses)
            return "the model refuses it";
        var model = new ModelValue();
        if (value.ReadInto(model))
            _keys[$"{database}:{name}"] = model.ToString();
        return null;
    }

    public string? Execute(Arguments command)
    {
        var words = new string[command.Count];
        for (var i = 0; i < words.Length; i++)
            words[i] = Encoding.Latin1.GetString(command[i]);
        return words[0] == Refuses ? "the model refuses it" : Execute(words);
    }

    public void AbandonTransaction() => _queued = null;

    public void ReportProgress(long loadedBytes, long totalBytes) => Progress = (loadedBytes, totalBytes);

    /// <summary>The same keys as the content of an RDB file.</summary>
    public void Save(RedisLite.Persistence.Rdb.RdbWriter writer)
    {
        writer.WriteHeader(new("7.0.15", 0, 0, IsAofBase: true));
        foreach (var (name, value) in _keys)
        {
            var colon = name.IndexOf(':', StringComparison.Ordinal);
            writer.SelectDatabase(int.Parse(name[..colon], CultureInfo.InvariantCulture));
            writer.WriteString(Encoding.Latin1.GetBytes(name[(colon + 1)..]), Encoding.Latin1.GetBytes(value), -1);
        }

        writer.Complete();
    }

    public string? Execute(params string[] words)
    {
        switch (words[0])
        {
            case "MULTI":
                _queued = [];
                return null;
            case "EXEC":
                var queued = _queued!;
                _queued = null;
                foreach (var command in queued)
                    Assert.Null(Execute(command));
                return null;
            case var _ when _queued is not null:
                _queued.Add(words);
                return null;
            case "SELECT":
                _database = int.Parse(words[1], CultureInfo.InvariantCulture);
                return null;
            case "SET":
                _keys[$"{_database}:{words[1]}"] = words[2];
                return null;
            case "INCR":
                var number = _keys.TryGetValue($"{_database}:{words[1]}", out var text)
                    ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
                _keys[$"{_database}:{words[1]}"] = (number + 1).ToString(CultureInfo.InvariantCulture);
                return null;
            case "DEL":
                _keys.Remove($"{_database}:{words[1]}");
                return null;
            default:
                return $"unknown command '{words[0]}'";
        }
    }
}
