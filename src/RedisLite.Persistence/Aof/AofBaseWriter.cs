using RedisLite.Persistence.Files;
using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Serialization;
using RedisLite.Storage.Serialization.Collections;
using RedisLite.Storage.Snapshots;

namespace RedisLite.Persistence.Aof;

/// <summary>
/// Writes the base of an append only file as commands (<c>aof-use-rdb-preamble no</c>), as Redis does.
/// </summary>
/// <remarks>
/// <code>
///   SELECT 0   SET key value   PEXPIREAT key 1700000000000   RPUSH key e1 .. e64   RPUSH key e65 ..   SELECT 3 ...
/// </code>
/// No command has more than 64 elements, so a value of any size needs no buffer of its size.
/// Larger and slower to load than an RDB base, but readable by people and by every Redis there has been.
/// </remarks>
/// <param name="output">Where the file goes; not disposed.</param>
public sealed class AofBaseWriter(Stream output) : ISnapshotWriter, IDisposable
{
    private const int ElementsPerCommand = 64;
    private const int FlushThreshold = 64 * 1024;

    private readonly ReplyWriter _writer = new() { Format = ReplyFormat.Resp2 };
    private int _database = -1;

    /// <inheritdoc/>
    public int Buffered => _writer.Length;

    /// <inheritdoc/>
    public void WriteLibrary(ReadOnlySpan<byte> text)
    {
        _writer.Array(3);
        _writer.Bulk("FUNCTION"u8);
        _writer.Bulk("LOAD"u8);
        _writer.Bulk(text);
    }

    /// <inheritdoc/>
    public void Write(in SnapshotEntry entry)
    {
        if (entry.Type != EntryType.String)
        {
            var visitor = new KeyVisitor(this, entry.Database, entry.ExpireAtMs);
            entry.Collection.Accept(entry.Key, ref visitor);
            return;
        }

        Select(entry.Database);
        _writer.Array(3);
        _writer.Bulk("SET"u8);
        _writer.Bulk(entry.Key);
        if (entry.Value.Length >= Keyspace.LargeStringLength)
            WriteLarge(entry.Value);
        else
            _writer.Bulk(entry.Value);
        WriteExpiry(entry.Key, entry.ExpireAtMs);
    }

    /// <summary>Writes a large string from where it lies: no lock is held while one is shown.</summary>
    private void WriteLarge(ReadOnlySpan<byte> value)
    {
        _writer.BulkHeader(value.Length);
        Flush();
        output.Write(value);
        _writer.Raw("\r\n"u8);
    }

    /// <summary>Writes a key that holds a list, set, sorted set or hash.</summary>
    public void WriteCollection<TSource>(
        int database, scoped ReadOnlySpan<byte> key, EntryType type, ref TSource elements, long expireAtMs)
        where TSource : IElementSource, allows ref struct
    {
        Select(database);
        var name = type switch
        {
            EntryType.List => "RPUSH"u8,
            EntryType.Set => "SADD"u8,
            EntryType.SortedSet => "ZADD"u8,
            _ => "HMSET"u8,
        };
        var perElement = type is EntryType.SortedSet or EntryType.Hash ? 2 : 1;
        var left = elements.Count;
        elements.Reset();
        for (var i = 0; left > 0 && elements.MoveNext(); i++, left--)
        {
            if (i % ElementsPerCommand == 0)
            {
                FlushIfFull();
                _writer.Array(2 + ((int)Math.Min(ElementsPerCommand, left) * perElement));
                _writer.Bulk(name);
                _writer.Bulk(key);
            }

            if (type == EntryType.SortedSet)
                WriteScore(elements.Score);
            _writer.Bulk(elements.Member);
            if (type == EntryType.Hash)
                _writer.Bulk(elements.Value);
            FlushIfFull();
        }

        if (type == EntryType.Hash && elements.HasExpiringFields)
            WriteFieldTimes(key, ref elements);
        WriteExpiry(key, expireAtMs);
    }

    /// <summary>Writes a key that holds a stream.</summary>
    public void WriteStream<TSource>(int database, scoped ReadOnlySpan<byte> key, ref TSource stream, long expireAtMs)
        where TSource : IStreamSource, allows ref struct
    {
        Select(database);
        new AofStreamCommands(_writer, key.ToArray(), FlushIfFull).Write(ref stream);
        WriteExpiry(key, expireAtMs);
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

    private readonly struct KeyVisitor(AofBaseWriter writer, int database, long expireAtMs)
        : ICollectionVisitor
    {
        public void Visit<TSource>(scoped ReadOnlySpan<byte> key, EntryType type, ref TSource elements)
            where TSource : IElementSource, allows ref struct =>
            writer.WriteCollection(database, key, type, ref elements, expireAtMs);

        public void VisitStream<TSource>(scoped ReadOnlySpan<byte> key, ref TSource stream)
            where TSource : IStreamSource, allows ref struct =>
            writer.WriteStream(database, key, ref stream, expireAtMs);
    }

    private void WriteScore(double score)
    {
        Span<byte> text = stackalloc byte[RedisNumbers.MaxDoubleLength];
        _writer.Bulk(text[..RedisNumbers.FormatDouble(text, score)]);
    }

    /// <summary>As Redis 7.4 has it.</summary>
    private void WriteFieldTimes<TSource>(scoped ReadOnlySpan<byte> key, ref TSource elements)
        where TSource : IElementSource, allows ref struct
    {
        elements.Reset();
        while (elements.MoveNext())
        {
            if (elements.ExpireAtMs < 0)
                continue;
            _writer.Array(6);
            _writer.Bulk("HPEXPIREAT"u8);
            _writer.Bulk(key);
            _writer.BulkInteger(elements.ExpireAtMs);
            _writer.Bulk("FIELDS"u8);
            _writer.BulkInteger(1);
            _writer.Bulk(elements.Member);
            FlushIfFull();
        }
    }

    private void WriteExpiry(ReadOnlySpan<byte> key, long expireAtMs)
    {
        if (expireAtMs < 0)
            return;
        _writer.Array(3);
        _writer.Bulk("PEXPIREAT"u8);
        _writer.Bulk(key);
        _writer.BulkInteger(expireAtMs);
    }

    private void FlushIfFull()
    {
        if (_writer.Length >= FlushThreshold)
            Flush();
    }

    private void Select(int database)
    {
        if (database == _database)
            return;
        _database = database;
        _writer.Array(2);
        _writer.Bulk("SELECT"u8);
        _writer.BulkInteger(database);
    }
}
