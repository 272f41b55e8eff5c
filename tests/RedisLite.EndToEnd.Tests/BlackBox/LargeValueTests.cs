using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.BlackBox;

/// <summary>Values far larger than a frame, over a socket: they stay outside the garbage collector's heap.</summary>
[Collection(AloneCollection.Name)]
public sealed class LargeValueTests
{
    private const int Length = 24 * 1024 * 1024;

    // A frame as Akka.IO receives it, and a piece that is sent, with an array's header.
    private const int LargestObject = (64 * 1024) + 1024;

    [Fact]
    public async Task Nothing_larger_than_a_frame_is_allocated_on_the_managed_heap()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var client = new RawClient(server.EndPoint);
        client.Set("warm", 200_000);
        client.Get("warm", 200_000);
        using (var allocations = new AllocationListener())
        {
            client.Set("a", Length);
            client.Set("b", 64 * 1024);
            client.Get("a", Length);
            client.Get("b", 64 * 1024);
            client.Call("APPEND a x", ":" + (Length + 1).ToString(CultureInfo.InvariantCulture));
            client.Call("GETRANGE a -3 -1", "$3");
            client.Call("COPY a c", ":1");
            client.Call("SETRANGE c 1 y", ":" + (Length + 1).ToString(CultureInfo.InvariantCulture));
            client.Call("DEL a b c", ":3");
            Assert.Empty(allocations.Larger(LargestObject));
        }

        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task Replies_of_every_kind_come_whole_and_in_order()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        var value = new byte[1_500_000];
        new Random(1).NextBytes(value);
        await client.CallAsync(
            [.. new[] { "MSET", "a" }.Select(Encoding.ASCII.GetBytes), value, "b"u8.ToArray(), value[..700_000]]);
        await client.SendRawAsync(
            "GET a\r\nMULTI\r\nGET b\r\nSTRLEN a\r\nGETRANGE a 5 1000004\r\nEXEC\r\nMGET b x a\r\nPING end\r\n");
        Assert.Equal(value, (await client.ReadReplyAsync()).Bytes);
        for (var i = 0; i < 4; i++)
            await client.ReadReplyAsync();
        var exec = await client.ReadReplyAsync();
        Assert.Equal(value[..700_000], exec.Items[0].Bytes);
        Assert.Equal(value[5..1000005], exec.Items[2].Bytes);
        var mget = await client.ReadReplyAsync();
        Assert.Equal(value[..700_000], mget.Items[0].Bytes);
        Assert.Equal(value, mget.Items[2].Bytes);
        Assert.Equal("end", (await client.ReadReplyAsync()).Text);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_slow_reader_gets_the_value_as_it_was_whatever_is_written_meanwhile()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var writer = await server.ConnectAsync();
        var value = new byte[8_000_000];
        new Random(2).NextBytes(value);
        await writer.CallAsync([.. new[] { "SET", "k" }.Select(Encoding.ASCII.GetBytes), value]);
        await using var reader = await server.ConnectAsync(receiveBufferSize: 4096);
        await reader.SendAsync("GET", "k");
        Assert.Equal("$8000000", await reader.ReadLineAsync());
        await writer.CallAsync("SETRANGE", "k", "4000000", "other");
        await writer.CallAsync("APPEND", "k", "more");
        await writer.CallAsync("DEL", "k");
        Assert.Equal(value, await reader.ReadBytesAsync(8_000_000));
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_client_may_leave_in_the_middle_of_a_request_or_a_reply()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        var before = server.Server.Services.Databases.UsedMemory;
        await client.CallAsync([.. new[] { "SET", "k" }.Select(Encoding.ASCII.GetBytes), new byte[8_000_000]]);
        await using (var leaver = await server.ConnectAsync(receiveBufferSize: 4096))
        {
            await leaver.SendAsync("GETDEL", "k");
            await leaver.ReadLineAsync();
        }

        await using (var leaver = await server.ConnectAsync())
        {
            await leaver.SendRawAsync("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000000\r\n");
            await leaver.SendRawAsync(new byte[5_000_000]);
        }

        while (server.Server.Services.Clients.All.Count() > 1)
            await client.CallAsync("PING");
        while (server.Server.Services.Databases.UsedMemory > before + 100_000)
            await client.CallAsync("PING");
        await server.StopAndCheckAsync();
    }

    /// <summary>Sends and receives with two buffers of its own, so that all large objects are the server's.</summary>
    private sealed class RawClient : IDisposable
    {
        private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);
        private readonly byte[] _buffer = new byte[32 * 1024];

        public RawClient(System.Net.IPEndPoint endPoint) => _socket.Connect(endPoint);

        public void Set(string key, int length)
        {
            Send($"*3\r\n$3\r\nSET\r\n${key.Length}\r\n{key}\r\n${length}\r\n");
            for (var left = length; left > 0; left -= Math.Min(left, _buffer.Length))
                SendAll(_buffer.AsSpan(0, Math.Min(left, _buffer.Length)));
            Send("\r\n");
            ReadLine("+OK");
        }

        public void Get(string key, int length)
        {
            Send($"GET {key}\r\n");
            var header = $"${length}\r\n";
            for (var left = header.Length + length + 2; left > 0;)
            {
                var received = _socket.Receive(_buffer);
                Assert.True(received > 0);
                left -= received;
            }
        }

        public void Call(string command, string line)
        {
            Send(command + "\r\n");
            ReadLine(line);
        }

        public void Dispose() => _socket.Dispose();

        private void ReadLine(string expected)
        {
            var received = _socket.Receive(_buffer);
            Assert.StartsWith(
                expected, Encoding.ASCII.GetString(_buffer, 0, Math.Min(received, 100)), StringComparison.Ordinal);
            Array.Clear(_buffer, 0, received);
        }

        private void Send(string text) => SendAll(Encoding.ASCII.GetBytes(text));

        private void SendAll(ReadOnlySpan<byte> bytes)
        {
            while (!bytes.IsEmpty)
                bytes = bytes[_socket.Send(bytes)..];
        }
    }

    /// <summary>Hears of objects that are allocated: each of a large size, and samples of the others.</summary>
    private sealed class AllocationListener : EventListener
    {
        private readonly ConcurrentQueue<(string Type, long Size)> _seen = new();

        public IEnumerable<string> Larger(long size) =>
            _seen.Where(seen => seen.Size > size).Select(seen => $"{seen.Type} of {seen.Size} bytes");

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
                EnableEvents(eventSource, EventLevel.Verbose, (EventKeywords)1);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName?.StartsWith("GCAllocationTick", StringComparison.Ordinal) != true)
                return;
            var names = eventData.PayloadNames!;
            var size = Convert.ToInt64(eventData.Payload![names.IndexOf("ObjectSize")], CultureInfo.InvariantCulture);
            _seen?.Enqueue(($"{eventData.Payload[names.IndexOf("TypeName")]}", size));
        }
    }
}
