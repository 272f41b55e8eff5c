using System.Buffers.Binary;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using RedisLite.Configuration;

namespace RedisLite.EndToEnd.Tests.Web;

/// <summary>A collector of OpenTelemetry, which keeps what it is sent.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly Channel<(string Path, string? Token, byte[] Report)> _reports =
        Channel.CreateUnbounded<(string, string?, byte[])>();

    private readonly WebApplication _application;
    private readonly bool _isGrpc;

    private Collector(OtlpProtocol protocol)
    {
        _isGrpc = protocol == OtlpProtocol.Grpc;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen =>
            listen.Protocols = _isGrpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        _application = builder.Build();
        _application.Run(ReceiveAsync);
    }

    /// <summary>What it answers; 0 is success.</summary>
    public int GrpcStatus { get; set; }

    public string Address =>
        _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static async Task<Collector> StartAsync(OtlpProtocol protocol)
    {
        var collector = new Collector(protocol);
        await collector._application.StartAsync();
        return collector;
    }

    /// <summary>The next report.</summary>
    public async Task<(string Path, string? Token, ProtobufFields Report)> NextAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var (path, token, report) = await _reports.Reader.ReadAsync(patience.Token);
        return (path, token, new ProtobufFields(report));
    }

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var report = body.ToArray();
        if (_isGrpc)
        {
            Assert.Equal("application/grpc", context.Request.ContentType);
            Assert.Equal(0, report[0]);
            Assert.Equal(report.Length - 5, BinaryPrimitives.ReadInt32BigEndian(report.AsSpan(1)));
            report = report[5..];
            context.Response.ContentType = "application/grpc";
            context.Response.AppendTrailer("grpc-status", $"{GrpcStatus}");
            await context.Response.Body.WriteAsync(new byte[5]);
        }
        else
        {
            Assert.Equal("application/x-protobuf", context.Request.ContentType);
        }

        _reports.Writer.TryWrite((context.Request.Path, context.Request.Headers["x-token"], report));
    }
}
