using RedisLite.Persistence.Files;
using RedisLite.Protocol;
using RedisLite.Storage.Snapshots;

namespace RedisLite.Persistence.Aof;

/// <summary>Writes the base of an append only file as commands (<c>aof-use-rdb-preamble no</c>), as Redis does.</summary>
/// <remarks>
/// <code>
///   SELECT 0   SET key value   PEXPIREAT key 1700000000000   SET ...   SELECT 3 ...
/// </code>
/// Larger and slower to load than an RDB base, but readable by people and by every Redis there has been.
/// </remarks>
/// <param name="output">Where the file goes; not disposed.</param>
public sealed class AofBaseWriter(Stream output) : ISnapshotWriter, IDisposable
{
    private readonly ReplyWriter _writer = new() { Format = ReplyFormat.Resp2 };
    private int _database = -1;

    /// <inheritdoc/>
    public int Buffered => _writer.Length;

    /// <inheritdoc/>
    public void Write(in SnapshotEntry entry)
    {
        if (entry.Database != _database)
            Select(entry.Database);
        _writer.Array(3);
        _writer.Bulk("SET"u8);
        _writer.Bulk(entry.Key);
        _writer.Bulk(entry.Value);
        if (entry.ExpireAtMs < 0)
            return;
        _writer.Array(3);
        _writer.Bulk("PEXPIREAT"u8);
        _writer.Bulk(entry.Key);
        _writer.BulkInteger(entry.ExpireAtMs);
    }

    /// <inheritdoc/>
    public void Flush()
    {
        output.Write(_writer.Written);
        _writer.Clear();
    }

    /// <inheritdoc/>
    public void Complete() => Flush();

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private void Select(int database)
    {
        _database = database;
        _writer.Array(2);
        _writer.Bulk("SELECT"u8);
        _writer.BulkInteger(database);
    }
}
