using RedisLite.Persistence.Files;
using RedisLite.Storage.Serialization;

namespace RedisLite.Persistence.Rdb;

/// <summary>Moves past values of all types that Redis writes, by their structure.</summary>
/// <remarks>
/// Layouts as in Redis's <c>rdb.c</c>. Packed forms (ziplist, listpack, intset, zipmap) are one string each and are not
/// looked into.
/// </remarks>
internal static class RdbValueSkipper
{
    private const int StreamIdSize = 16;
    private const int TimeSize = 8;

    /// <summary>Lengths of scores as text that stand for not a number, plus and minus infinity.</summary>
    private const byte FirstSpecialScore = 253;

    /// <summary>Tags of the parts of a module's value.</summary>
    private enum ModuleTag : ulong
    {
        End = 0,
        Signed = 1,
        Unsigned = 2,
        Single = 3,
        Double = 4,
        Bytes = 5,
    }

    /// <summary>Moves past a value whose type byte has been read.</summary>
    /// <exception cref="DamagedFileException">The value is malformed, or of a type that has no structure.</exception>
    public static void Skip(RdbInput input, RdbType type)
    {
        switch (type)
        {
            case RdbType.String:
            case RdbType.HashZipmap:
            case RdbType.ListZiplist:
            case RdbType.SetIntset:
            case RdbType.SortedSetZiplist:
            case RdbType.HashZiplist:
            case RdbType.HashListpack:
            case RdbType.SortedSetListpack:
            case RdbType.SetListpack:
            case RdbType.HashListpackExPreRelease:
                input.SkipString("a value");
                break;
            case RdbType.HashListpackEx:
                input.Skip(TimeSize, "a time");
                input.SkipString("a value");
                break;
            case RdbType.HashMetadata:
            case RdbType.HashMetadataPreRelease:
                if (type == RdbType.HashMetadata)
                    input.Skip(TimeSize, "a time");
                for (var fields = input.ReadLength("a number of fields"); fields > 0; fields--)
                {
                    input.ReadLength("a field's time");
                    SkipStrings(input, 2);
                }

                break;
            case RdbType.List:
            case RdbType.Set:
            case RdbType.ListQuicklist:
                SkipStrings(input, input.ReadLength("a number of elements"));
                break;
            case RdbType.Hash:
                for (var fields = input.ReadLength("a number of fields"); fields > 0; fields--)
                    SkipStrings(input, 2);
                break;
            case RdbType.SortedSet:
            case RdbType.SortedSet2:
                SkipSortedSet(input, scoresAreText: type == RdbType.SortedSet);
                break;
            case RdbType.ListQuicklist2:
                for (var nodes = input.ReadLength("a number of nodes"); nodes > 0; nodes--)
                {
                    input.ReadLength("a kind of node");
                    input.SkipString("a node");
                }

                break;
            case RdbType.StreamListpacks:
            case RdbType.StreamListpacks2:
            case RdbType.StreamListpacks3:
                SkipStream(input, type);
                break;
            case RdbType.Module2:
                input.ReadLength("a module's id");
                SkipModuleParts(input);
                break;
            default:
                throw new DamagedFileException(input.Offset, $"values of type {(byte)type} have no structure to skip");
        }
    }

    /// <summary>Moves past a module's data that belongs to no key, behind its opcode.</summary>
    public static void SkipModuleAuxiliary(RdbInput input)
    {
        input.ReadLength("a module's id");
        input.ReadLength("the tag of a module's time");
        input.ReadLength("a module's time");
        SkipModuleParts(input);
    }

    private static void SkipModuleParts(RdbInput input)
    {
        while (true)
        {
            var at = input.Offset;
            var tag = (ModuleTag)input.ReadLength("a tag of a module's value");
            switch (tag)
            {
                case ModuleTag.End:
                    return;
                case ModuleTag.Signed:
                case ModuleTag.Unsigned:
                    input.ReadLength("a module's integer");
                    break;
                case ModuleTag.Single:
                    input.Skip(sizeof(float), "a module's number");
                    break;
                case ModuleTag.Double:
                    input.Skip(sizeof(double), "a module's number");
                    break;
                case ModuleTag.Bytes:
                    input.SkipString("a module's string");
                    break;
                default:
                    throw new DamagedFileException(at, $"expected a tag of a module's value, found {(ulong)tag}");
            }
        }
    }

    private static void SkipStrings(RdbInput input, ulong count)
    {
        for (; count > 0; count--)
            input.SkipString("an element");
    }

    private static void SkipSortedSet(RdbInput input, bool scoresAreText)
    {
        for (var members = input.ReadLength("a number of members"); members > 0; members--)
        {
            input.SkipString("a member");
            if (!scoresAreText)
            {
                input.Skip(sizeof(double), "a score");
                continue;
            }

            var length = input.ReadByte("a score");
            if (length < FirstSpecialScore)
                input.Skip(length, "a score");
        }
    }

    private static void SkipStream(RdbInput input, RdbType type)
    {
        for (var nodes = input.ReadLength("a number of nodes"); nodes > 0; nodes--)
        {
            input.SkipString("a stream's node key");
            input.SkipString("a stream's node");
        }

        // Length and last ID; then first ID, highest deleted ID and number of entries ever added.
        SkipLengths(input, type == RdbType.StreamListpacks ? 3 : 8);
        for (var groups = input.ReadLength("a number of consumer groups"); groups > 0; groups--)
        {
            input.SkipString("a consumer group's name");
            SkipLengths(input, type == RdbType.StreamListpacks ? 2 : 3); // last ID; entries read
            for (var pending = input.ReadLength("a number of pending entries"); pending > 0; pending--)
            {
                input.Skip(StreamIdSize + TimeSize, "a pending entry");
                input.ReadLength("a number of deliveries");
            }

            for (var consumers = input.ReadLength("a number of consumers"); consumers > 0; consumers--)
            {
                input.SkipString("a consumer's name");
                input.Skip((ulong)(type == RdbType.StreamListpacks3 ? 2 * TimeSize : TimeSize), "a consumer's times");
                for (var pending = input.ReadLength("a number of pending entries"); pending > 0; pending--)
                    input.Skip(StreamIdSize, "a pending entry");
            }
        }
    }

    private static void SkipLengths(RdbInput input, int count)
    {
        for (; count > 0; count--)
            input.ReadLength("a stream's number");
    }
}
