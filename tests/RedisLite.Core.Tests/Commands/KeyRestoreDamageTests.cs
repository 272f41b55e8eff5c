using RedisLite.Core.Tests.Persistence.Serialization;
using RedisLite.Storage.Serialization;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// RESTORE of payloads in every encoding, damaged before their checksum was made: refused, or a sound value.
/// </summary>
public sealed class KeyRestoreDamageTests
{
    private const int ShortValue = 400;

    private static readonly byte[][] Restore = ["RESTORE"u8.ToArray(), "k"u8.ToArray(), "0"u8.ToArray()];

    [Theory]
    [MemberData(nameof(SerializedForms.Rows), MemberType = typeof(SerializedForms))]
    public void A_damaged_payload_is_refused_or_makes_a_sound_value(int index, RdbType type)
    {
        using var harness = new CommandHarness();
        var body = SerializedForms.All.ElementAt(index).Bytes;
        Assert.Equal("+OK", Run(harness, type, body));
        var refused = 0;

        // Long values repeat what short ones have; the decoder's own tests change every byte of them.
        for (var at = 0; at < body.Length; at += body.Length < ShortValue ? 1 : body.Length / ShortValue)
        {
            refused += IsRefused(harness, type, body[..at]) ? 1 : 0;
            foreach (var change in (byte[])[1, 128])
            {
                var damaged = body.ToArray();
                damaged[at] ^= change;
                refused += IsRefused(harness, type, damaged) ? 1 : 0;
            }
        }

        Assert.True(refused > 0);
        harness.Databases.Verify();
    }

    private static bool IsRefused(CommandHarness harness, RdbType type, byte[] body)
    {
        var reply = Run(harness, type, body);
        if (reply == "-ERR Bad data format")
            return true;
        Assert.Equal("+OK", reply);
        Assert.StartsWith("$", harness.Run("DUMP k"), StringComparison.Ordinal);
        return false;
    }

    private static string Run(CommandHarness harness, RdbType type, byte[] body)
    {
        byte[] checkedPart = [(byte)type, .. body, DumpPayload.RdbVersion, 0];
        byte[] payload = [.. checkedPart, .. BitConverter.GetBytes(Crc64.Compute(checkedPart))];
        return harness.Run([.. Restore, payload, "REPLACE"u8.ToArray()]);
    }
}
