using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Replication;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Tls;

/// <summary>Replication over TLS, among ourselves and with redis-server in either part.</summary>
public sealed class TlsReplicationTests : IDisposable
{
    private readonly CertificateFolder _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [SkippableTheory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_replica_follows_the_TLS_port_of_its_primary(bool primaryIsOurs, bool replicaIsOurs)
    {
        await using var primary = await StartAsync(primaryIsOurs, out var primaryTls);
        await using var replica = await StartAsync(replicaIsOurs, out var replicaTls);
        var large = new string('x', 300_000);
        await primary.CallAsync("SET", "early", large);

        await replica.CallAsync("REPLICAOF", "127.0.0.1", $"{primaryTls()}");
        await replica.UntilAsync("master_link_status", "up");
        await primary.CallAsync("SET", "late", "1");
        await primary.CallAsync("WAIT", "1", "0");

        Assert.Equal(large, await replica.CallAsync("GET", "early"));
        Assert.Equal("1", await replica.CallAsync("GET", "late"));
        Assert.Contains($"port={replicaTls()}", await primary.FieldAsync("slave0"), StringComparison.Ordinal);
    }

    /// <summary>
    /// Session tickets of redis-server come in records of their own, together or not; and a link given up is closed.
    /// </summary>
    [SkippableFact]
    public async Task A_link_is_taken_up_again_and_again()
    {
        await using var primary = await StartAsync(false, out var primaryTls);
        await using var replica = await StartAsync(true, out _);
        for (var i = 0; i < 20; i++)
        {
            await replica.CallAsync("REPLICAOF", "127.0.0.1", $"{primaryTls()}");
            await replica.UntilAsync("master_link_status", "up");
            await replica.CallAsync("REPLICAOF", "NO", "ONE");
        }

        await Eventually.IsAsync(() => primary.FieldAsync("connected_slaves"), "0");
    }

    [Fact]
    public async Task A_primary_whose_certificate_nobody_vouches_for_is_not_followed()
    {
        using var others = new CertificateFolder();
        await using var primary = await ServerUnderTest.StartAsync(others.Settings());
        await using var server = await ServerUnderTest.StartAsync(WithReplication());
        await using var replica = await Node.OfAsync(server);

        await replica.CallAsync("REPLICAOF", "127.0.0.1", $"{primary.Server.TlsEndPoints[0].Port}");

        await Eventually.IsAsync(
            () => Task.FromResult(server.Log.Lines.Any(line => line.Contains("TLS:", StringComparison.Ordinal))), true);
        Assert.Equal("down", await replica.FieldAsync("master_link_status"));
    }

    private RedisLiteSettings WithReplication()
    {
        var settings = _certificates.Settings(TlsClientAuthentication.Yes);
        return settings with { Tls = settings.Tls with { Replication = true } };
    }

    private Task<Node> StartAsync(bool isOurs, out Func<int> tlsPort)
    {
        if (isOurs)
        {
            var starting = ServerUnderTest.StartAsync(WithReplication());
            tlsPort = () => starting.Result.Server.TlsEndPoints[0].Port;
            return NodeAsync(starting);
        }

        var port = FreePort.Next();
        tlsPort = () => port;
        return NodeAsync(RedisOracle.StartAsync(
            "--repl-diskless-sync-delay", "0", "--tls-port", $"{port}", "--tls-replication", "yes",
            "--tls-cert-file", _certificates.PathOf("server.crt"),
            "--tls-key-file", _certificates.PathOf("server.key"), "--tls-ca-cert-file", _certificates.CaFile));

        static async Task<Node> NodeAsync<T>(Task<T> server)
            where T : ITestServer => await Node.OfAsync(await server);
    }
}
