using RedisLite.Protocol;

namespace RedisLite.Commands.Strings;

/// <summary>When SET sets.</summary>
internal enum SetCondition : byte
{
    Always,

    /// <summary>NX: there is no value.</summary>
    Missing,

    /// <summary>XX: there is a value.</summary>
    Exists,

    /// <summary>IFEQ: there is a value and it equals the comparand.</summary>
    Equal,

    /// <summary>IFNE: there is no value, or it differs from the comparand.</summary>
    NotEqual,
}

/// <summary>The options of SET after key and value.</summary>
internal struct SetOptions
{
    public SetCondition Condition;

    /// <summary>The index of the value that IFEQ and IFNE compare with.</summary>
    public int Comparand;

    /// <summary>GET: the reply is the old value.</summary>
    public bool ReturnsOld;

    public bool KeepsTtl;

    public ExpireTime Expiry;

    /// <summary>False for a syntax error. An option may be repeated; two that contradict each other may not.</summary>
    public static bool TryParse(in Arguments args, out SetOptions options)
    {
        options = default;
        var reader = new ArgReader(args, first: 3);
        while (reader.HasMore)
        {
            if (reader.TryTake("GET"u8))
                options.ReturnsOld = true;
            else if (!options.Expiry.IsGiven && reader.TryTake("KEEPTTL"u8))
                options.KeepsTtl = true;
            else if (!options.KeepsTtl && ExpireTime.TryTake(ref reader, ref options.Expiry))
                continue;
            else if (!options.TryTakeCondition(ref reader))
                return false;
        }

        return true;
    }

    private bool TryTakeCondition(ref ArgReader reader)
    {
        SetCondition taken;
        if (reader.TryTake("NX"u8))
            taken = SetCondition.Missing;
        else if (reader.TryTake("XX"u8))
            taken = SetCondition.Exists;
        else if (reader.TryTake("IFEQ"u8, out var comparand) && Compare(comparand))
            taken = SetCondition.Equal;
        else if (reader.TryTake("IFNE"u8, out comparand) && Compare(comparand))
            taken = SetCondition.NotEqual;
        else
            return false;
        var agrees = Condition == SetCondition.Always || Condition == taken;
        Condition = taken;
        return agrees;
    }

    /// <summary>False when there is something to compare with already.</summary>
    private bool Compare(int comparand)
    {
        if (Comparand != 0)
            return false;
        Comparand = comparand;
        return true;
    }
}
