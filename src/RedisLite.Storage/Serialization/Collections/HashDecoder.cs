using System.Runtime.CompilerServices;
using RedisLite.Storage.Keyspaces;
using RedisLite.Storage.Serialization.Packed;

namespace RedisLite.Storage.Serialization.Collections;

/// <summary>
/// Decodes hashes: plain, zipmaps, ziplists, listpacks, and those of Redis 7.4 whose fields can expire.
/// </summary>
/// <remarks>
/// <code>
///   Hash                       count   (field value) ...
///   HashMetadata               earliest(8)   count   (ttl field value) ...     ttl 0: none, else time - earliest + 1
///   HashMetadataPreRelease                   count   (ttl field value) ...     ttl 0: none, else time
///   HashListpackEx             earliest(8)   listpack of (field value time) ...    time 0: none
///   HashListpackExPreRelease                 listpack of (field value time) ...
/// </code>
/// </remarks>
internal static class HashDecoder
{
    /// <summary>Redis keeps a field's time in 48 bits.</summary>
    private const ulong MaxExpireAtMs = 0x0000_ffff_ffff_ffff;

    public static bool Decode<TSource>(ref TSource source, RdbType type, IValueSink sink, DecodeBuffers buffers)
        where TSource : IRdbSource, allows ref struct
    {
        switch (type)
        {
            case RdbType.HashZipmap:
                return DecodeZipmap(buffers.See(source.ReadString("a hash")), sink);
            case RdbType.HashZiplist:
                var ziplist = new ZiplistReader(buffers.See(source.ReadString("a hash")));
                sink.Begin(EntryType.Hash, (ulong)ziplist.CountHint / 2);
                return AddFields(ref ziplist, withTimes: false, sink, buffers);
            case RdbType.HashListpack:
                return DecodeListpack(ref source, withTimes: false, sink, buffers);
            case RdbType.HashListpackEx:
                source.ReadUInt64("a time");
                return DecodeListpack(ref source, withTimes: true, sink, buffers);
            case RdbType.HashListpackExPreRelease:
                return DecodeListpack(ref source, withTimes: true, sink, buffers);
            case RdbType.HashMetadata:
                return DecodePlain(
                    ref source, withTimes: true, (ulong)ToTime(source.ReadUInt64("a time")), sink, buffers);
            case RdbType.HashMetadataPreRelease:
                return DecodePlain(ref source, withTimes: true, earliest: 1, sink, buffers);
            default:
                return DecodePlain(ref source, withTimes: false, earliest: 0, sink, buffers);
        }
    }

    /// <param name="source">Where the count comes next.</param>
    /// <param name="withTimes">Whether a time is before each field.</param>
    /// <param name="earliest">The time that the number 1 stands for.</param>
    /// <param name="sink">Takes the fields.</param>
    /// <param name="buffers">Scratch.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool DecodePlain<TSource>(
        ref TSource source, bool withTimes, ulong earliest, IValueSink sink, DecodeBuffers buffers)
        where TSource : IRdbSource, allows ref struct
    {
        var count = source.ReadLength("a number of fields");
        sink.Begin(EntryType.Hash, count);
        for (var left = count; left > 0; left--)
        {
            var time = withTimes ? source.ReadLength("a field's time") : 0;
            ToTime(time);
            var field = buffers.Keep(source.ReadString("a field"));
            var value = buffers.See(source.ReadString("a value"));
            Add(sink, field, value, time == 0 ? Keyspace.NoExpiry : ToTime(earliest + time - 1));
        }

        return count > 0;
    }

    private static bool DecodeListpack<TSource>(
        ref TSource source, bool withTimes, IValueSink sink, DecodeBuffers buffers)
        where TSource : IRdbSource, allows ref struct
    {
        var listpack = new ListpackReader(buffers.See(source.ReadString("a hash")));
        sink.Begin(EntryType.Hash, (ulong)listpack.CountHint / (withTimes ? 3ul : 2ul));
        return AddFields(ref listpack, withTimes, sink, buffers);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool AddFields<TReader>(ref TReader reader, bool withTimes, IValueSink sink, DecodeBuffers buffers)
        where TReader : IPackedReader, allows ref struct
    {
        var hasAny = false;
        while (reader.TryRead(out var field))
        {
            if (!reader.TryRead(out var value))
                throw new MalformedValueException("a hash holds a field without a value");
            var expireAtMs = Keyspace.NoExpiry;
            if (withTimes)
            {
                if (!reader.TryRead(out var time))
                    throw new MalformedValueException("a hash holds a field without a time");
                var number = time.RequireInteger("a field's time");
                if (number != 0)
                    expireAtMs = ToTime((ulong)number);
            }

            Add(sink, field.Bytes(buffers.First), value.Bytes(buffers.Second), expireAtMs);
            hasAny = true;
        }

        return hasAny;
    }

    private static bool DecodeZipmap(ReadOnlySpan<byte> blob, IValueSink sink)
    {
        var zipmap = new ZipmapReader(blob);
        sink.Begin(EntryType.Hash, (ulong)zipmap.CountHint);
        var hasAny = false;
        while (zipmap.TryRead(out var field, out var value))
        {
            Add(sink, field, value, Keyspace.NoExpiry);
            hasAny = true;
        }

        return hasAny;
    }

    private static long ToTime(ulong time) =>
        time <= MaxExpireAtMs ? (long)time : throw new MalformedValueException("a field expires too late");

    private static void Add(IValueSink sink, ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAtMs)
    {
        if (!sink.AddField(field, value, expireAtMs))
            throw new MalformedValueException("a hash holds a field twice");
    }
}
