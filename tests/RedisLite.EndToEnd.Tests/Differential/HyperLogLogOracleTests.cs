using System.Globalization;
using System.Text;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Differential;

/// <summary>Random sequences of HyperLogLog commands leave the same bytes here as in redis-server.</summary>
public sealed class HyperLogLogOracleTests
{
    private const int Commands = 600;
    private const int Registers = 16384;

    private static readonly byte[] SparseHeader = [.. "HYLL"u8, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80];

    private static readonly string[] Keys = ["a", "b", "c", "d"];

    [SkippableTheory]
    [InlineData(1, "3000")]
    [InlineData(2, "3000")]
    [InlineData(3, "200")]
    [InlineData(4, "0")]
    [InlineData(5, "20000")]
    public async Task Values_are_those_of_redis_server_byte_for_byte(int seed, string sparseMaxBytes)
    {
        await using var oracle = await RedisOracle.StartAsync();
        await using var server = await ServerUnderTest.StartAsync();
        await using var theirs = await RespClient.ConnectAsync(oracle.EndPoint);
        await using var ours = await server.ConnectAsync();
        var random = new Random(seed);
        await BothAsync(theirs, ours, Bytes("CONFIG", "SET", "hll-sparse-max-bytes", sparseMaxBytes));
        for (var i = 0; i < Commands; i++)
        {
            await BothAsync(theirs, ours, RandomCommand(random));
            foreach (var key in Keys)
                await BothAsync(theirs, ours, Bytes("GET", key));
        }

        await server.StopAndCheckAsync();
    }

    private static List<byte[]> RandomCommand(Random random)
    {
        string Key() => Keys[random.Next(Keys.Length)];
        switch (random.Next(20))
        {
            case 0:
                return Bytes("DEL", Key());
            case 1 or 2:
                return [.. Bytes("SET", Key()), RandomSparse(random)];
            case 3 or 4 or 5:
                return Bytes(["PFCOUNT", .. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Key())]);
            case 6 or 7 or 8:
                return Bytes(["PFMERGE", .. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Key())]);
            case 9:
                return Bytes("PFDEBUG", random.Next(6) == 0 ? "TODENSE" : "DECODE", Key());
            default:
                var most = random.Next(4) == 0 ? 400 : 10;
                var elements = Enumerable.Range(0, random.Next(most)).Select(
                    _ => $"{random.Next(100_000).ToString(CultureInfo.InvariantCulture)}");
                return Bytes(["PFADD", Key(), .. elements]);
        }
    }

    /// <summary>
    /// A sparse value that is right, but not as a server would have written it: short runs, long forms of short ones.
    /// </summary>
    private static byte[] RandomSparse(Random random)
    {
        List<byte> value = [.. SparseHeader];
        var crowd = random.Next(2) == 0 ? 2 : 12;
        for (var covered = 0; covered < Registers;)
        {
            var left = Registers - covered;
            int run;
            if (random.Next(3) == 0)
            {
                run = Math.Min(left, random.Next(1, 5));
                value.Add((byte)(0x80 | (random.Next(crowd == 2 ? 2 : 32) << 2) | (run - 1)));
            }
            else if (random.Next(3) > 0)
            {
                run = Math.Min(left, random.Next(1, 65));
                value.Add((byte)(run - 1));
            }
            else
            {
                run = Math.Min(left, random.Next(1, random.Next(crowd) == 0 ? 16385 : 200));
                value.Add((byte)(0x40 | ((run - 1) >> 8)));
                value.Add((byte)(run - 1));
            }

            covered += run;
        }

        return [.. value];
    }

    private static async Task BothAsync(RespClient theirs, RespClient ours, List<byte[]> command)
    {
        var right = await theirs.CallAsync(command);
        var reply = await ours.CallAsync(command);
        if (right.Equals(reply))
            return;
        var said = string.Join(' ', command.Select(word => Convert.ToHexString(word)));
        Assert.Fail(
            $"{Encoding.Latin1.GetString(command[0])} ({said})\n  redis-server: {Show(right)}\n  RedisLite:    "
                + $"{Show(reply)}");
    }

    private static string Show(RespValue value) =>
        value.Bytes is { Length: > 0 } bytes ? Convert.ToHexString(bytes) : value.ToString();

    private static List<byte[]> Bytes(params string[] words) => [.. words.Select(Encoding.ASCII.GetBytes)];
}
