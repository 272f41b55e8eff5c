using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Serialization;

namespace RedisLite.Persistence.Aof;

/// <summary>The commands that make a stream what it is, for the base of an append only file.</summary>
/// <remarks>
/// <code>
///   XADD key id f v ..                                     each entry; with none: XADD key MAXLEN 0 0-1 x y
///   XSETID key last-id ENTRIESADDED n MAXDELETEDID id
///   XGROUP CREATE key group last-id ENTRIESREAD n
///   XGROUP CREATECONSUMER key group consumer               a consumer with nothing pending
///   XCLAIM key group consumer 0 id TIME ms RETRYCOUNT n JUSTID FORCE
/// </code>
/// As in Redis, entries that are pending but deleted, and when consumers were seen, are not in these commands.
/// </remarks>
/// <param name="writer">Takes the commands.</param>
/// <param name="key">The stream's key.</param>
/// <param name="endCommand">Called after each command.</param>
internal sealed class AofStreamCommands(ReplyWriter writer, byte[] key, Action endCommand)
{
    public void Write<TSource>(ref TSource stream)
        where TSource : IStreamSource, allows ref struct
    {
        WriteEntries(ref stream);
        var totals = stream.Totals;
        writer.Array(7);
        writer.Bulk("XSETID"u8);
        writer.Bulk(key);
        WriteId(totals.LastId);
        writer.Bulk("ENTRIESADDED"u8);
        writer.BulkInteger((long)totals.EntriesAdded);
        writer.Bulk("MAXDELETEDID"u8);
        WriteId(totals.MaxDeletedId);
        stream.ResetGroups();
        while (stream.MoveNextGroup())
            WriteGroup(ref stream);
    }

    private void WriteEntries<TSource>(ref TSource stream)
        where TSource : IStreamSource, allows ref struct
    {
        if (stream.Totals.Length == 0)
        {
            writer.Array(7);
            writer.Bulk("XADD"u8);
            writer.Bulk(key);
            writer.Bulk("MAXLEN"u8);
            writer.BulkInteger(0);
            writer.Bulk("0-1"u8);
            writer.Bulk("x"u8);
            writer.Bulk("y"u8);
            return;
        }

        stream.ResetEntries();
        while (stream.MoveNextEntry())
        {
            writer.Array(3 + (2 * stream.FieldCount));
            writer.Bulk("XADD"u8);
            writer.Bulk(key);
            WriteId(stream.EntryId);
            while (stream.MoveNextField())
            {
                writer.Bulk(stream.FieldName);
                writer.Bulk(stream.FieldValue);
            }

            endCommand();
        }
    }

    private void WriteGroup<TSource>(ref TSource stream)
        where TSource : IStreamSource, allows ref struct
    {
        writer.Array(7);
        writer.Bulk("XGROUP"u8);
        writer.Bulk("CREATE"u8);
        writer.Bulk(key);
        writer.Bulk(stream.GroupName);
        WriteId(stream.GroupState.LastId);
        writer.Bulk("ENTRIESREAD"u8);
        writer.BulkInteger(stream.GroupState.EntriesRead);
        while (stream.MoveNextConsumer())
        {
            if (stream.ConsumerPendingCount == 0)
                WriteConsumer(ref stream);
            while (stream.MoveNextConsumerPending())
                WriteClaim(ref stream);
        }
    }

    private void WriteConsumer<TSource>(ref TSource stream)
        where TSource : IStreamSource, allows ref struct
    {
        writer.Array(5);
        writer.Bulk("XGROUP"u8);
        writer.Bulk("CREATECONSUMER"u8);
        writer.Bulk(key);
        writer.Bulk(stream.GroupName);
        writer.Bulk(stream.ConsumerName);
        endCommand();
    }

    private void WriteClaim<TSource>(ref TSource stream)
        where TSource : IStreamSource, allows ref struct
    {
        var pending = stream.ConsumerPending;
        writer.Array(12);
        writer.Bulk("XCLAIM"u8);
        writer.Bulk(key);
        writer.Bulk(stream.GroupName);
        writer.Bulk(stream.ConsumerName);
        writer.BulkInteger(0);
        WriteId(pending.Id);
        writer.Bulk("TIME"u8);
        writer.BulkInteger(pending.DeliveredAtMs);
        writer.Bulk("RETRYCOUNT"u8);
        writer.BulkInteger((long)pending.Deliveries);
        writer.Bulk("JUSTID"u8);
        writer.Bulk("FORCE"u8);
        endCommand();
    }

    private void WriteId(StreamId id)
    {
        Span<byte> text = stackalloc byte[StreamId.MaxTextLength];
        writer.Bulk(text[..id.Format(text)]);
    }
}
