using RedisLite.Storage;

namespace RedisLite.Core.Tests.Commands;

/// <summary>What OBJECT ENCODING says after each way to make or change a string, as redis-server 7.0.15 does.</summary>
public sealed class StringsEncodingTests
{
    private const string Length44 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    [Theory]
    [InlineData("SET k 12", StringEncoding.Int)]
    [InlineData("SET k -9223372036854775808", StringEncoding.Int)]
    [InlineData("SET k 9223372036854775808", StringEncoding.EmbStr)]
    [InlineData("SET k 012", StringEncoding.EmbStr)]
    [InlineData("SET k \"\"", StringEncoding.EmbStr)]
    [InlineData($"SET k {Length44}", StringEncoding.EmbStr)]
    [InlineData($"SET k {Length44}a", StringEncoding.Raw)]
    [InlineData("SET k 12 EX 10", StringEncoding.Int)]
    [InlineData("SETNX k 12", StringEncoding.Int)]
    [InlineData("SETEX k 10 12", StringEncoding.Int)]
    [InlineData("GETSET k 12", StringEncoding.Int)]
    [InlineData("MSET k 12", StringEncoding.Int)]
    [InlineData("APPEND k 12", StringEncoding.Int)]
    [InlineData("APPEND k ab", StringEncoding.EmbStr)]
    [InlineData("SET k 12 ; APPEND k 3", StringEncoding.Raw)]
    [InlineData("SET k 12 ; APPEND k \"\"", StringEncoding.Raw)]
    [InlineData("SETRANGE k 0 12", StringEncoding.Raw)]
    [InlineData("SET k 12 ; SETRANGE k 0 3", StringEncoding.Raw)]
    [InlineData("SET k 12 ; SETRANGE k 0 \"\"", StringEncoding.Int)]
    [InlineData("INCR k", StringEncoding.Int)]
    [InlineData("SETRANGE k 0 12 ; INCR k", StringEncoding.Int)]
    [InlineData("INCRBYFLOAT k 3", StringEncoding.EmbStr)]
    [InlineData("SET k 12 ; INCRBYFLOAT k 0.5", StringEncoding.EmbStr)]
    [InlineData("INCRBYFLOAT k 1e47", StringEncoding.Raw)]
    [InlineData("SETBIT k 7 1", StringEncoding.Raw)]
    [InlineData("SET k 1 ; SETBIT k 0 0", StringEncoding.Raw)]
    [InlineData("SET k a ; SETBIT k 0 1", StringEncoding.Raw)]
    [InlineData("SET k 1 ; GETBIT k 0", StringEncoding.Int)]
    [InlineData("SET j 1 ; BITOP OR k j", StringEncoding.Raw)]
    [InlineData("SET k 1 ; BITFIELD k SET u8 0 50", StringEncoding.Raw)]
    [InlineData("SET k 1 ; BITFIELD k SET u8 0 49", StringEncoding.Raw)]
    [InlineData("SET k 1 ; BITFIELD k GET u8 0", StringEncoding.Int)]
    public void Encoding_after(string commands, StringEncoding encoding)
    {
        using var harness = new CommandHarness();
        harness.Given(commands);
        Assert.Equal(encoding, harness.EncodingOf("k"));
    }
}
