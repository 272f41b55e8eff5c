using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using RedisLite.Configuration;

namespace RedisLite.Web.Otlp;

/// <summary>Brings reports to a collector: as gRPC, or as protobuf over HTTP.</summary>
internal sealed class OtlpSender : IDisposable
{
    private const string Method = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
    private const string Path = "/v1/metrics";
    private const int FrameHeader = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new() { Timeout = Patience };
    private readonly IReadOnlyList<KeyValuePair<string, string>> _headers;
    private readonly bool _isGrpc;

    public OtlpSender(OtlpSettings settings, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        _headers = headers;
        _isGrpc = settings.Protocol == OtlpProtocol.Grpc;
        Endpoint = EndpointOf(new Uri(settings.Endpoint), _isGrpc);
    }

    /// <summary>Where requests go.</summary>
    public Uri Endpoint { get; }

    public void Dispose() => _http.Dispose();

    /// <summary>Sends one report.</summary>
    /// <returns>Why it has not arrived; null when it has.</returns>
    /// <exception cref="OperationCanceledException">The server ends.</exception>
    public async Task<string?> SendAsync(ReadOnlyMemory<byte> report, CancellationToken cancellationToken)
    {
        try
        {
            using var request = Request(report);
            using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                return $"{(int)response.StatusCode} {response.ReasonPhrase}";
            return _isGrpc ? GrpcFailure(response) : null;
        }
        catch (HttpRequestException e)
        {
            return e.GetBaseException().Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"no answer within {Patience.TotalSeconds} s";
        }
    }

    /// <summary>gRPC has a path of its own; over HTTP an address without one means the usual.</summary>
    private static Uri EndpointOf(Uri endpoint, bool isGrpc) =>
        isGrpc ? new Uri(endpoint, Method)
        : endpoint.AbsolutePath == "/" ? new Uri(endpoint, Path)
        : endpoint;

    private HttpRequestMessage Request(ReadOnlyMemory<byte> report)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Endpoint);
        if (_isGrpc)
        {
            // One message: not compressed, its length, and the message.
            var frame = new byte[FrameHeader + report.Length];
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), report.Length);
            report.CopyTo(frame.AsMemory(FrameHeader));
            request.Content = new ByteArrayContent(frame);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
            request.Headers.TE.ParseAdd("trailers");
            request.Version = HttpVersion.Version20;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        }
        else
        {
            request.Content = new ReadOnlyMemoryContent(report);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        }

        foreach (var (name, value) in _headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    // A refusal without a message has its status among the headers.
    private static string? GrpcFailure(HttpResponseMessage response)
    {
        var status = Value(response.TrailingHeaders, "grpc-status") ?? Value(response.Headers, "grpc-status");
        if (status == "0")
            return null;
        var message = Value(response.TrailingHeaders, "grpc-message") ?? Value(response.Headers, "grpc-message");
        return status is null ? "the answer has no gRPC status" : $"gRPC status {status} {message}";
    }

    private static string? Value(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? string.Join(",", values) : null;
}
