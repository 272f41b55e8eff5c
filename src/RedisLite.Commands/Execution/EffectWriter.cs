using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>Collects the effects of one command, or of one transaction, in the form in which they are logged.</summary>
/// <remarks>Reused by its executor; one thread at a time. A change of database inside a transaction becomes a SELECT.</remarks>
internal sealed class EffectWriter : IDisposable
{
    private readonly ReplyWriter _writer = new() { Format = ReplyFormat.Resp2 };

    public bool IsEmpty => _writer.Length == 0;

    public int Count { get; private set; }

    public int FirstDatabase { get; private set; }

    public int LastDatabase { get; private set; }

    public ReadOnlySpan<byte> Written => _writer.Written;

    public void Clear()
    {
        _writer.Clear();
        Count = 0;
    }

    /// <summary>Begins one command of so many arguments; the caller writes each as a bulk string.</summary>
    public ReplyWriter Begin(int database, int argumentCount)
    {
        if (Count == 0)
            FirstDatabase = database;
        else if (database != LastDatabase)
            Select(database);
        LastDatabase = database;
        Count++;
        _writer.Array(argumentCount);
        return _writer;
    }

    /// <summary>Begins the frame that makes a replay apply all that follows or nothing.</summary>
    public void BeginTransaction(int database) => Begin(database, 1).Bulk("MULTI"u8);

    public void EndTransaction() => Begin(LastDatabase, 1).Bulk("EXEC"u8);

    public void Dispose() => _writer.Dispose();

    private void Select(int database)
    {
        _writer.Array(2);
        _writer.Bulk("SELECT"u8);
        _writer.BulkInteger(database);
    }
}
