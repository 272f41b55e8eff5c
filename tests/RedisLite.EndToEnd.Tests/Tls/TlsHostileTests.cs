using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Akka.IO;
using RedisLite.Connections.Tls;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Tls;

/// <summary>
/// Peers of the TLS port that do not speak TLS, or not to the end; and records cut and damaged anywhere.
/// </summary>
public sealed class TlsHostileTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly CertificateFolder _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData("PING\r\n")]
    [InlineData("*1\r\n$4\r\nPING\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("\x16\x03\x01\xFF\xFF")]
    [InlineData("\x80\x2E\x01\x03\x01")]
    public async Task Who_speaks_no_TLS_is_closed_at_once(string said)
    {
        await using var server = await ServerUnderTest.StartAsync(_certificates.Settings());
        await using var client = await RespClient.ConnectAsync(server.Server.TlsEndPoints[0]);

        await client.SendRawAsync(said);

        Assert.Equal("", await client.ReadToEndAsync());
        await server.StopAndCheckAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(100)]
    [InlineData(100_000)]
    public async Task Half_a_handshake_is_given_up_in_time(int length)
    {
        var settings = _certificates.Settings();
        await using var server = await ServerUnderTest.StartAsync(
            settings with { Tls = settings.Tls with { HandshakeTimeout = Patience } });
        await using var client = await RespClient.ConnectAsync(server.Server.TlsEndPoints[0]);

        var hello = await HelloAsync();
        await client.SendRawAsync(hello.AsMemory(0, Math.Min(length, hello.Length)));

        await client.ReadToEndAsync();
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task Many_silent_peers_keep_nobody_out()
    {
        await using var server = await ServerUnderTest.StartAsync(_certificates.Settings());
        var hello = await HelloAsync();
        var silent = new List<RespClient>();
        for (var i = 0; i < 100; i++)
        {
            silent.Add(await RespClient.ConnectAsync(server.Server.TlsEndPoints[0]));
            await silent[^1].SendRawAsync(hello.AsMemory(0, i % 2 == 0 ? hello.Length : i));
        }

        await using var client = await RespClient.ConnectAsync(server.Server.TlsEndPoints[0], _certificates.Client());

        Assert.Equal("PONG", (await client.CallAsync("PING")).Text);
        foreach (var peer in silent)
            peer.Reset();
        await server.StopAndCheckAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task Ciphertext_may_arrive_in_pieces_of_any_size(int size)
    {
        await using var server = await ServerUnderTest.StartAsync(_certificates.Settings());
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Server.TlsEndPoints[0]);
        await using var tls = new SslStream(new Pieces(new NetworkStream(socket), size, damage: -1));
        await tls.AuthenticateAsClientAsync(_certificates.Client()).WaitAsync(RespClient.SafetyNet);

        await tls.WriteAsync(RespClient.Encode("ECHO", new string('x', 3000)));
        var reply = new byte[3000 + "$3000\r\n\r\n".Length];
        await tls.ReadExactlyAsync(reply).AsTask().WaitAsync(RespClient.SafetyNet);

        Assert.Equal($"$3000\r\n{new string('x', 3000)}\r\n", Encoding.ASCII.GetString(reply));
        await server.StopAndCheckAsync();
    }

    /// <summary>A byte of what the client sends is changed: in the handshake, in a header, in the text.</summary>
    [Fact]
    public async Task Damaged_records_end_their_connection_and_no_other()
    {
        await using var server = await ServerUnderTest.StartAsync(_certificates.Settings());
        await using var other = await RespClient.ConnectAsync(server.Server.TlsEndPoints[0], _certificates.Client());
        var random = new Random(5);
        for (var i = 0; i < 60; i++)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(server.Server.TlsEndPoints[0]);
            await using var tls = new SslStream(new Pieces(new NetworkStream(socket), 64, damage: random.Next(900)));
            try
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
                await tls.AuthenticateAsClientAsync(_certificates.Client(), patience.Token);
                for (var j = 0; j < 10; j++)
                {
                    await tls.WriteAsync(RespClient.Encode("ECHO", new string('x', 50)), patience.Token);
                    await tls.ReadAtLeastAsync(new byte[58], 58, true, patience.Token);
                }
            }
            catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException)
            {
            }

            Assert.Equal("PONG", (await other.CallAsync("PING")).Text);
        }

        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task Records_are_found_however_they_are_cut()
    {
        byte[] records = [23, 3, 3, 0, 2, 1, 2, 22, 3, 3, 0, 0, 23, 3, 3, 1, 0, .. new byte[256]];
        for (var cut = 0; cut <= records.Length; cut++)
        {
            using var stream = new RecordStream(() => { }, _ => { });
            stream.EndHandshake();
            stream.Add(ByteString.FromBytes(records, 0, cut));
            var whole = cut < 7 ? 0 : cut < 12 ? 7 : cut < records.Length ? 12 : records.Length;
            Assert.Equal(whole, stream.Available);
            stream.Add(ByteString.FromBytes(records[cut..]));
            Assert.Equal(records.Length, stream.Available);
            var read = new byte[records.Length + 1];
            Assert.Equal(records.Length, await stream.ReadAsync(read));
            Assert.Equal(records, read[..^1]);
            Assert.False(stream.IsNonsense);
        }
    }

    [Fact]
    public async Task Random_bytes_never_break_the_search_for_records()
    {
        var random = new Random(11);
        for (var i = 0; i < 20_000; i++)
        {
            using var stream = new RecordStream(() => { }, _ => { });
            for (var j = 0; j < 4; j++)
            {
                var bytes = new byte[random.Next(40)];
                random.NextBytes(bytes);
                if (random.Next(2) == 0 && bytes.Length > 5)
                    (bytes[0], bytes[1], bytes[2], bytes[3], bytes[4]) = (23, 3, 3, 0, (byte)random.Next(30));
                stream.Add(ByteString.FromBytes(bytes));
                while (stream.Available > 0)
                    Assert.True(await stream.ReadAsync(new byte[random.Next(1, 50)]) > 0);
            }
        }
    }

    /// <summary>What a client says first.</summary>
    private async Task<byte[]> HelloAsync()
    {
        var heard = new MemoryStream();
        await using var tls = new SslStream(new Recorder(heard));
        await Assert.ThrowsAnyAsync<IOException>(() => tls.AuthenticateAsClientAsync(_certificates.Client()));
        return heard.ToArray();
    }

    /// <summary>Keeps what is written, and ends when something is to be read.</summary>
    private sealed class Recorder(MemoryStream heard) : Pieces(heard, int.MaxValue, damage: -1)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(0);
    }

    /// <summary>Writes in small pieces, with one byte of all that is sent changed.</summary>
    private class Pieces(Stream inner, int size, int damage) : Stream
    {
        private int _sent;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get; set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override async ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var bytes = buffer.ToArray();
            if (damage >= _sent && damage < _sent + bytes.Length)
                bytes[damage - _sent] ^= 0x55;
            _sent += bytes.Length;
            for (var at = 0; at < bytes.Length; at += Math.Min(size, bytes.Length - at))
                await inner.WriteAsync(bytes.AsMemory(at, Math.Min(size, bytes.Length - at)), cancellationToken);
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
