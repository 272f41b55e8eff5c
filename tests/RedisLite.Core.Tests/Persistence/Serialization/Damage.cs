using RedisLite.Storage;
using RedisLite.Storage.Serialization;
using RedisLite.Storage.Serialization.Collections;

namespace RedisLite.Core.Tests.Persistence.Serialization;

/// <summary>
/// Does to a serialized value whatever can happen to it, and sees that it is refused or is some sound value.
/// </summary>
internal static class Damage
{
    /// <summary>Decodes a value; null if it is refused.</summary>
    public static ModelValue? TryDecode(RdbType type, ReadOnlySpan<byte> bytes)
    {
        using var decoder = new ValueDecoder();
        var source = new RdbSpanSource(bytes);
        var value = new ModelValue();
        try
        {
            return decoder.Decode(ref source, type, value) ? value : null;
        }
        catch (MalformedValueException)
        {
            return null;
        }
    }

    /// <summary>Cuts the value at every length and changes every byte of it, in a few ways if it is long.</summary>
    /// <returns>How many changes were refused, and how many tried.</returns>
    public static (int Refused, int Tried) Everywhere(RdbType type, byte[] bytes)
    {
        byte[] changes = bytes.Length < 1000 ? [1, 2, 4, 8, 16, 32, 64, 128, 255] : [1, 128];
        int refused = 0, tried = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            Judge(bytes.AsSpan(0, i));
            foreach (var change in changes)
            {
                bytes[i] ^= change;
                Judge(bytes);
                bytes[i] ^= change;
            }
        }

        return (refused, tried);

        void Judge(ReadOnlySpan<byte> damaged)
        {
            tried++;
            if (!IsSound(type, damaged))
                refused++;
        }
    }

    /// <summary>Changes or cuts a large value in some places.</summary>
    public static void AtRandom(RdbType type, byte[] bytes, Random random, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var damaged = bytes.ToArray();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                damaged[random.Next(bytes.Length)] = (byte)random.Next(256);
            IsSound(type, damaged.AsSpan(0, random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length));
        }
    }

    private static bool IsSound(RdbType type, ReadOnlySpan<byte> damaged)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var value = TryDecode(type, damaged);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000 + (damaged.Length * 1000L));
        if (value is not null)
            AssertSound(value);
        return value is not null;
    }

    /// <summary>What was decoded can be encoded, and comes back as it was.</summary>
    public static void AssertSound(ModelValue value)
    {
        var payload = value.Dump();
        Assert.Equal(DumpStatus.Collection, DumpPayload.Open(payload, out var dumped));
        var again = TryDecode(dumped.Type, dumped.Body);
        Assert.NotNull(again);

        // The form that is written knows no active times: they are those at which a consumer was seen.
        Assert.Equal(Convert.ToHexString(value.Digest()), Convert.ToHexString(again.Digest()));
        if (value.Type != EntryType.Stream)
            Assert.Equal(value.ToString(), again.ToString());
    }
}
