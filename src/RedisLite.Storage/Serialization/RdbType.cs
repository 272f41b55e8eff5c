using System.Text;

namespace RedisLite.Storage.Serialization;

/// <summary>The type byte before a value in an RDB file or a DUMP payload.</summary>
/// <remarks>
/// Numbers as in Redis's <c>rdb.h</c>. Redis 7.0 (RDB version 10) writes those up to <see cref="StreamListpacks2"/>
/// except the ones it only still reads: ziplists, the zipmap, and the first forms of the sorted set, quicklist and
/// stream.
/// </remarks>
public enum RdbType : byte
{
    String = 0,
    List = 1,
    Set = 2,

    /// <summary>Scores as text (RDB up to version 7).</summary>
    SortedSet = 3,
    Hash = 4,

    /// <summary>Scores as eight-byte doubles.</summary>
    SortedSet2 = 5,

    /// <summary>A module's value without structure: it cannot be skipped, nor read without that module.</summary>
    ModulePreRelease = 6,

    /// <summary>A module's value made of tagged parts, so that others can skip it.</summary>
    Module2 = 7,
    HashZipmap = 9,
    ListZiplist = 10,
    SetIntset = 11,
    SortedSetZiplist = 12,
    HashZiplist = 13,
    ListQuicklist = 14,
    StreamListpacks = 15,
    HashListpack = 16,
    SortedSetListpack = 17,
    ListQuicklist2 = 18,
    StreamListpacks2 = 19,

    /// <summary>Redis 7.2 (RDB version 11).</summary>
    SetListpack = 20,

    /// <summary>Redis 7.2 (RDB version 11).</summary>
    StreamListpacks3 = 21,

    /// <summary>Fields with a time to live, in a release candidate of Redis 7.4: times are absolute.</summary>
    HashMetadataPreRelease = 22,

    /// <summary>A packed hash with times to live, in a release candidate of Redis 7.4.</summary>
    HashListpackExPreRelease = 23,

    /// <summary>Fields with a time to live (Redis 7.4, RDB version 12): times count from the earliest.</summary>
    HashMetadata = 24,

    /// <summary>A packed hash with times to live (Redis 7.4, RDB version 12).</summary>
    HashListpackEx = 25,
}

/// <summary>What serialized types stand for.</summary>
public static class RdbTypes
{
    /// <summary>
    /// What a value of this serialized type becomes, if it is a collection; null for strings, modules and no type.
    /// </summary>
    public static EntryType? CollectionType(this RdbType type) => type switch
    {
        RdbType.List or RdbType.ListZiplist or RdbType.ListQuicklist or RdbType.ListQuicklist2 => EntryType.List,
        RdbType.Set or RdbType.SetIntset or RdbType.SetListpack => EntryType.Set,
        RdbType.SortedSet or RdbType.SortedSet2 or RdbType.SortedSetZiplist or RdbType.SortedSetListpack =>
            EntryType.SortedSet,
        RdbType.Hash or RdbType.HashZipmap or RdbType.HashZiplist or RdbType.HashListpack
            or RdbType.HashMetadataPreRelease or RdbType.HashListpackExPreRelease
            or RdbType.HashMetadata or RdbType.HashListpackEx => EntryType.Hash,
        RdbType.StreamListpacks or RdbType.StreamListpacks2 or RdbType.StreamListpacks3 => EntryType.Stream,
        _ => null,
    };

    /// <summary>
    /// The name that the TYPE command gives values of this kind, or null for a number that is no type.
    /// </summary>
    public static string? NameOf(RdbType type) => type switch
    {
        RdbType.String => "string",
        RdbType.ModulePreRelease or RdbType.Module2 => "module",
        _ => type.CollectionType() is { } collection ? Encoding.ASCII.GetString(collection.Name()) : null,
    };
}
