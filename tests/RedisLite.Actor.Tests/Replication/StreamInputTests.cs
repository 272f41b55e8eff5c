using System.Text;
using Akka.TestKit.Xunit2;
using RedisLite.Actor.Tests.Support;
using RedisLite.Commands.Execution;
using RedisLite.Connections;
using RedisLite.Log;
using RedisLite.Protocol;
using RedisLite.Replication.Slots;

namespace RedisLite.Actor.Tests.Replication;

/// <summary>A stream of commands is counted to the byte, and its large arguments go on as they came.</summary>
public sealed class StreamInputTests : TestKit
{
    private const int LargeLength = 100_000;

    private static readonly string Large =
        $"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${LargeLength}\r\n{new string('x', LargeLength)}\r\n";

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(60_000)]
    [InlineData(int.MaxValue)]
    public void Every_byte_is_consumed_once_however_the_stream_is_cut(int pieceLength)
    {
        using var server = new ServerFixture(Sys);
        var session = new ClientSession(1, NoConnection.Instance, 0);
        using var batch = new CommandBatch(session, server.Services);
        using var input = new StreamInput(server.Services.Databases);
        var text = $"*1\r\n$4\r\nPING\r\n{Large}\r\n\r\n*1\r\n$4\r\nPING\r\n\r\n{Large}\r\n";
        var bytes = Encoding.Latin1.GetBytes(text);
        var seen = new StringBuilder();
        var (consumed, requests) = (0L, 0);
        for (var at = 0; at < bytes.Length;)
        {
            var end = (int)Math.Min((long)at + pieceLength, bytes.Length);
            input.Add(bytes[at..end]);
            at = end;
            int found;
            do
            {
                Assert.Null(input.TryParse(batch, maxRequests: 100, poolThreshold: 100));
                found = batch.Count;
                for (var i = 0; i < found; i++)
                    Append(seen, batch.Requests.RawOf(i), batch.Requests.PartsOf(i));
                batch.Clear();
                seen.Append(Encoding.Latin1.GetString(input.Blanks));
                requests += found;
                consumed += input.Consume();
            }
            while (found > 0);
        }

        Assert.Equal(4, requests);
        Assert.Equal(bytes.Length, consumed);
        Assert.True(text == seen.ToString());
        Assert.Equal(0, input.Length);
    }

    [Fact]
    public void What_another_node_sends_of_its_slots_goes_to_the_log_with_its_large_arguments()
    {
        using var server = new ServerFixture(Sys);
        var log = new ChangeLog();
        using var reader = log.AddReader("aof", new LogReaderOptions { Audience = LogAudience.All });
        var stream = new ImportStream(log, (_, _) => { });
        using (var intake = server.Services.Databases.BeginString(LargeLength))
        {
            intake.Add(Encoding.Latin1.GetBytes(new string('x', LargeLength)));
            using var argument = intake.Complete();
            stream.Take("[set ]"u8, [new LargePart(5, argument, 0, LargeLength)], 0, isForFiles: true, false);
        }

        var seen = new StringBuilder();
        using (var lease = reader.Take()!)
            foreach (var slice in lease.Slices)
                seen.Append(Encoding.Latin1.GetString(slice.Span));
        Assert.Equal($"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n[set {new string('x', LargeLength)}]", seen.ToString());
    }

    private static void Append(StringBuilder text, ReadOnlySpan<byte> bytes, ReadOnlySpan<LargePart> parts)
    {
        var at = 0;
        foreach (var part in parts)
        {
            text.Append(Encoding.Latin1.GetString(bytes[at..part.At]));
            text.Append(Encoding.Latin1.GetString(part.Memory.Span));
            at = part.At;
        }

        text.Append(Encoding.Latin1.GetString(bytes[at..]));
    }
}
