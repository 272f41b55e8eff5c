using System.Runtime.InteropServices;
using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Execution;

/// <summary>Collects the effects of one command, or of one transaction, in the form in which they are logged.</summary>
/// <remarks>
/// Reused by its executor; one thread at a time. A change of database inside a transaction becomes a SELECT. What is
/// for replicas alone depends on no database: SELECT must reach all readers, and would be lost with it.
/// </remarks>
/// <param name="databases">Whose memory large arguments get.</param>
internal sealed class EffectWriter(Databases databases) : IDisposable
{
    private const int NoDatabase = -1;

    private readonly ReplyWriter _writer = new() { Format = ReplyFormat.Resp2, PartSource = databases.StringSource };
    private readonly List<LogRange> _forReplicas = [];

    // Where a command for replicas alone has begun that is not over yet.
    private long _openStart = -1;

    // What all readers get, the frame of a transaction left out.
    private int _countForAll;

    public bool IsEmpty => _writer.Length == 0;

    public int Count { get; private set; }

    /// <summary>The database that the effects begin in; -1 when none of them depends on one.</summary>
    public int FirstDatabase { get; private set; } = NoDatabase;

    public int LastDatabase { get; private set; } = NoDatabase;

    /// <summary>The effects, but for <see cref="Parts"/>.</summary>
    public ReadOnlySpan<byte> Written => _writer.Written;

    /// <summary>Large arguments, which stand between the bytes of <see cref="Written"/>.</summary>
    public ReadOnlySpan<LargePart> Parts => _writer.Parts;

    /// <summary>Which ranges of the effects, large arguments counted, are for replicas alone.</summary>
    public ReadOnlySpan<LogRange> ForReplicas
    {
        get
        {
            Close();
            return CollectionsMarshal.AsSpan(_forReplicas);
        }
    }

    public void Clear()
    {
        _writer.Clear();
        _forReplicas.Clear();
        _openStart = -1;
        _countForAll = 0;
        Count = 0;
        FirstDatabase = LastDatabase = NoDatabase;
    }

    /// <summary>One command that deletes fields of a hash.</summary>
    public void DeleteFields(int database, scoped in Key key, FieldNames fields)
    {
        var effect = Begin(database, 2 + fields.Count);
        effect.Bulk("HDEL"u8);
        effect.Bulk(key.Bytes);
        for (var i = 0; i < fields.Count; i++)
            effect.Bulk(fields[i]);
    }

    /// <summary>Begins one command of so many arguments; the caller writes each as a bulk string.</summary>
    public ReplyWriter Begin(int database, int argumentCount, LogAudience audience = LogAudience.All)
    {
        Close();
        if (audience == LogAudience.Replicas)
            _openStart = _writer.TotalLength;
        else
        {
            MoveTo(database);
            _countForAll++;
        }

        Count++;
        _writer.Array(argumentCount);
        return _writer;
    }

    /// <summary>Writes an argument of a request; a large one is shared and not copied.</summary>
    public static void Write(ReplyWriter effect, in Arguments args, int index)
    {
        if (args.LargeAt(index) is HeldString large)
            effect.Bulk(large.Share(), 0, large.Length);
        else
            effect.Bulk(args[index]);
    }

    /// <summary>Begins the frame that makes a replay apply all that follows or nothing.</summary>
    public void BeginTransaction(int database)
    {
        Begin(database, 1).Bulk("MULTI"u8);
        _countForAll = 0;
    }

    public void EndTransaction()
    {
        var isForAll = _countForAll > 0;
        Begin(LastDatabase, 1).Bulk("EXEC"u8);
        if (isForAll)
            return;

        // A frame around nothing is of no use to the others.
        _forReplicas.Clear();
        _forReplicas.Add(new LogRange(0, _writer.TotalLength));
        FirstDatabase = LastDatabase = NoDatabase;
    }

    /// <summary>Where the effects stand now.</summary>
    public EffectMark Mark() =>
        new(_writer.Length, Count, _countForAll, FirstDatabase, LastDatabase, _forReplicas.Count, _openStart);

    /// <summary>Takes back what was written since the mark.</summary>
    public void Rewind(in EffectMark mark)
    {
        _writer.Truncate(mark.Length);
        _forReplicas.RemoveRange(mark.Ranges, _forReplicas.Count - mark.Ranges);
        (Count, _countForAll, FirstDatabase, LastDatabase, _openStart) =
            (mark.Count, mark.CountForAll, mark.FirstDatabase, mark.LastDatabase, mark.OpenStart);
    }

    public void Dispose() => _writer.Dispose();

    private void Close()
    {
        if (_openStart < 0)
            return;
        _forReplicas.Add(new LogRange(_openStart, _writer.TotalLength));
        _openStart = -1;
    }

    private void MoveTo(int database)
    {
        if (FirstDatabase == NoDatabase)
            FirstDatabase = database;
        else if (database != LastDatabase)
        {
            _writer.Array(2);
            _writer.Bulk("SELECT"u8);
            _writer.BulkInteger(database);
        }

        LastDatabase = database;
    }
}

/// <summary>A place in an <see cref="EffectWriter"/> to which it can be taken back.</summary>
internal readonly record struct EffectMark(
    int Length, int Count, int CountForAll, int FirstDatabase, int LastDatabase, int Ranges, long OpenStart);
