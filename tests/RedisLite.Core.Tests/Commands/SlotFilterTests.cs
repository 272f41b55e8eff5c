using System.Buffers;
using System.Text;
using RedisLite.Commands.Execution;
using RedisLite.Storage;

namespace RedisLite.Core.Tests.Commands;

/// <summary>What of the log another node is told that gets some of the slots.</summary>
public sealed class SlotFilterTests : IDisposable
{
    private readonly CommandHarness _harness = new();
    private readonly CommandServices _services;
    private readonly Databases _databases = new(new StorageOptions { StripeCount = 1024, BySlot = true });

    public SlotFilterTests()
    {
        _services = new CommandServices(_databases, _harness.Clock, _harness.Options)
        {
            Configuration = _harness,
            Control = _harness,
            Identity = _harness.Services.Identity,
        };
    }

    public void Dispose()
    {
        _databases.Dispose();
        _harness.Dispose();
    }

    [Theory]
    [InlineData("SET {a} 1 ; SET {b} 2 ; DEL {a}x ; PUBLISH c m", "SET {a} 1 ; DEL {a}x")]
    [InlineData("SELECT 0 ; MULTI ; RPUSH {a} 1 2 ; RPUSH {b} 1 ; EXEC", "RPUSH {a} 1 2")]
    [InlineData("DEL {b}1 {a}1 {b}2 {a}2", "DEL {a}1 {a}2")]
    [InlineData("MSET {a}1 x {a}2 y", "MSET {a}1 x {a}2 y")]
    [InlineData("FUNCTION DELETE lib ; SET {a} 1", "SET {a} 1")]
    [InlineData("XADD {a} 1-1 f v ; ZUNIONSTORE {a}1 2 {a}2 {a}3", "XADD {a} 1-1 f v ; ZUNIONSTORE {a}1 2 {a}2 {a}3")]
    public void Only_what_concerns_the_slots_is_told_however_the_log_is_cut(string log, string told)
    {
        var bytes = Encode(log);
        for (var size = 1; size <= bytes.Length; size += size < 8 ? 1 : 5)
        {
            var (picked, problem) = Filter(bytes, size);
            Assert.Null(problem);
            Assert.Equal(Encoding.Latin1.GetString(Encode(told)), picked);
        }
    }

    [Theory]
    [InlineData("SET {a} 1 ; FLUSHALL", "all data was deleted")]
    [InlineData("MSET {a} 1 {b} 2", "a command changed keys of several slots")]
    [InlineData("NOSUCHCOMMAND {a}", "the change log holds an unknown command")]
    public void What_cannot_be_told_ends_it(string log, string problem) =>
        Assert.Equal(problem, Filter(Encode(log), 7).Problem);

    private (string Picked, string? Problem) Filter(byte[] log, int size)
    {
        using var filter = new SlotFilter(SlotSet.Of([KeySlot.Of("a"u8)]), _services);
        var picked = new ArrayBufferWriter<byte>();
        for (var at = 0; at < log.Length; at += size)
            filter.Add(log.AsSpan(at, Math.Min(size, log.Length - at)), picked);
        Assert.False(filter.IsMidCommand && filter.Problem is null);
        return (Encoding.Latin1.GetString(picked.WrittenSpan), filter.Problem);
    }

    private static byte[] Encode(string commands)
    {
        var text = new StringBuilder();
        foreach (var command in commands.Split(" ; "))
        {
            var words = command.Split(' ');
            text.Append('*').Append(words.Length).Append("\r\n");
            foreach (var word in words)
                text.Append('$').Append(word.Length).Append("\r\n").Append(word).Append("\r\n");
        }

        return Encoding.Latin1.GetBytes(text.ToString());
    }
}
