using System.Globalization;
using System.Text;
using RedisLite.Persistence.Loading;
using RedisLite.Protocol;
using RedisLite.Storage.Serialization;

namespace RedisLite.EndToEnd.Tests.Interchange;

/// <summary>Collects keys from files: snapshots, and the few commands that the tests have Redis log.</summary>
internal sealed class CollectingTarget : IReplayTarget
{
    private readonly Dictionary<string, SampleKey> _keys = [];
    private int _database;

    public IEnumerable<SampleKey> Keys => _keys.Values;

    /// <summary>How many keys held no string; they are not looked at.</summary>
    public int Collections { get; private set; }

    public void BeginFile(string name, LoadedFile kind) => _database = 0;

    public void ExpectKeys(int database, long keys)
    {
    }

    public string? LoadString(int database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expireAtMs)
    {
        _keys[Name(database, key)] = new SampleKey(database, key.ToArray(), value.ToArray(), expireAtMs);
        return null;
    }

    public string? LoadCollection(int database, ReadOnlySpan<byte> key, ISerializedValue value, long expireAtMs)
    {
        Collections++;
        return null;
    }

    public string? Execute(Arguments command)
    {
        if (command.Is(0, "MULTI"u8) || command.Is(0, "EXEC"u8))
            return null;
        if (command.Is(0, "SELECT"u8))
            _database = int.Parse(Text(command[1]), CultureInfo.InvariantCulture);
        else if (command.Is(0, "DEL"u8))
            _keys.Remove(Name(_database, command[1]));
        else if (command.Is(0, "PEXPIREAT"u8) && _keys.TryGetValue(Name(_database, command[1]), out var key))
            _keys[Name(_database, command[1])] =
                key with { ExpireAtMs = long.Parse(Text(command[2]), CultureInfo.InvariantCulture) };
        else if (command.Is(0, "SET"u8) && command.Count == 3)
            LoadString(_database, command[1], command[2], SampleKeys.NoExpiry);
        else if (command.Is(0, "SET"u8) && command.Count == 5 && command.Is(3, "PXAT"u8))
            LoadString(_database, command[1], command[2], long.Parse(Text(command[4]), CultureInfo.InvariantCulture));
        else
            return $"unexpected command {Text(command[0])}";
        return null;
    }

    public void AbandonTransaction()
    {
    }

    public void ReportProgress(long loadedBytes, long totalBytes)
    {
    }

    private static string Name(int database, ReadOnlySpan<byte> key) => $"{database} {Convert.ToHexString(key)}";

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetString(bytes);
}
