using RedisLite.Storage.Serialization.Packed;

namespace RedisLite.Storage.Serialization.Streams;

/// <summary>Decodes one node of a stream: a listpack with entries whose IDs count from the node's key.</summary>
/// <remarks>
/// <code>
///   master entry:  entries  deleted  n  field 1 .. field n  0
///   entry:         flags  ms  seq  [ m  field 1 value 1 .. ]  or, with the master's fields,  value 1 .. value n   
///   size
/// </code>
/// ms and seq are differences to the master ID; size counts the elements before it, for reading backwards.
/// </remarks>
internal ref struct StreamNodeDecoder
{
    private const int ElementsBeforeFields = 3;

    private readonly StreamId _master;
    private readonly DecodeBuffers _buffers;
    private readonly IValueSink _sink;
    private readonly ref DecodedEntries _entries;
    private StreamId? _previous;
    private ListpackReader _masterFields;
    private ListpackReader _reader;
    private int _masterFieldCount;

    private StreamNodeDecoder(
        StreamId master, ReadOnlySpan<byte> listpack, ref DecodedEntries entries, IValueSink sink,
        DecodeBuffers buffers)
    {
        _entries = ref entries;
        _master = master;
        _buffers = buffers;
        _sink = sink;
        _reader = new ListpackReader(listpack);
    }

    /// <summary>Hands on the entries that are not deleted.</summary>
    /// <param name="master">The node's key.</param>
    /// <param name="listpack">The node.</param>
    /// <param name="entries">What came before in this stream; moved on.</param>
    /// <param name="sink">Takes the entries.</param>
    /// <param name="buffers">Scratch.</param>
    public static void Decode(
        StreamId master, ReadOnlySpan<byte> listpack, ref DecodedEntries entries, IValueSink sink,
        DecodeBuffers buffers) =>
        new StreamNodeDecoder(master, listpack, ref entries, sink, buffers).Decode();

    private void Decode()
    {
        if (_reader.IsEmpty)
            throw new MalformedValueException("a stream's node is empty");
        var live = ReadCount("a number of entries");
        var deleted = ReadCount("a number of deleted entries");
        _masterFieldCount = ReadCount("a number of fields");
        _masterFields = _reader;
        for (var i = 0; i < _masterFieldCount; i++)
            _reader.Read("a field");
        if (_reader.Read("the end of the master entry").RequireInteger("the end of the master entry") != 0)
            throw new MalformedValueException("the master entry of a stream's node does not end");

        int foundLive = 0, foundDeleted = 0;
        while (!_reader.IsAtEnd)
        {
            if (DecodeEntry())
                foundLive++;
            else
                foundDeleted++;
        }

        _reader.TryRead(out _); // checks the header's count
        if (foundLive != live || foundDeleted != deleted)
            throw new MalformedValueException("a stream's node has another number of entries than it says");
        _entries.Count += (ulong)foundLive;
    }

    /// <returns>False if the entry is marked as deleted.</returns>
    private bool DecodeEntry()
    {
        var flags = _reader.Read("an entry's flags").RequireInteger("an entry's flags");
        if ((flags & ~(long)(StreamNodeFlags.Deleted | StreamNodeFlags.SameFields)) != 0)
            throw new MalformedValueException($"an entry has the flags {flags}");
        var id = new StreamId(
            unchecked(_master.Milliseconds + (ulong)_reader.Read("an entry's time").RequireInteger("an entry's time")),
            unchecked(_master.Sequence + (ulong)_reader.Read("an entry's number").RequireInteger("an entry's number")));
        if (id < _master || id <= _previous || id <= _entries.Last)
            throw new MalformedValueException("the IDs of a stream do not ascend");
        _previous = id;

        var isLive = (flags & (long)StreamNodeFlags.Deleted) == 0;
        var sameFields = (flags & (long)StreamNodeFlags.SameFields) != 0;
        var fields = sameFields ? _masterFieldCount : ReadCount("a number of fields");
        if (isLive)
        {
            _entries.First ??= id;
            _entries.Last = id;
            _sink.BeginEntry(id, fields);
        }

        DecodeFields(fields, sameFields, isLive);
        var size = _reader.Read("an entry's size").RequireInteger("an entry's size");
        if (size != ElementsBeforeFields + (sameFields ? fields : 1 + (2L * fields)))
            throw new MalformedValueException("an entry of a stream has another size than it says");
        return isLive;
    }

    private void DecodeFields(int count, bool sameFields, bool isLive)
    {
        var names = _masterFields;
        for (; count > 0; count--)
        {
            var name = sameFields ? names.Read("a field") : _reader.Read("a field");
            var value = _reader.Read("a value");
            if (isLive)
                _sink.AddEntryField(name.Bytes(_buffers.First), value.Bytes(_buffers.Second));
        }
    }

    private int ReadCount(string what)
    {
        var count = _reader.Read(what).RequireInteger(what);
        return count is >= 0 and <= int.MaxValue
            ? (int)count
            : throw new MalformedValueException($"{count} is not {what}");
    }
}

/// <summary>What was decoded of a stream's entries so far.</summary>
internal struct DecodedEntries
{
    public ulong Count;
    public StreamId? First;
    public StreamId? Last;
}
