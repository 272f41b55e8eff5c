using System.Net.Security;
using RedisLite.Configuration;
using RedisLite.Connections.Tls;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Tls;

/// <summary>What is refused at start and by CONFIG SET, and in which words; ciphers by OpenSSL's names.</summary>
public sealed class TlsConfigurationTests : IDisposable
{
    private readonly CertificateFolder _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData("tls-cert-file", "")]
    [InlineData("tls-key-file", "")]
    [InlineData("tls-ca-cert-file", "")]
    [InlineData("tls-cert-file", "missing")]
    [InlineData("tls-key-file", "missing")]
    [InlineData("tls-ca-cert-file", "missing")]
    [InlineData("tls-protocols", "TLSv9")]
    [InlineData("tls-ciphers", "nonsense")]
    [InlineData("tls-ciphersuites", "nonsense")]
    public void What_redis_server_refuses_is_refused_in_its_words(string directive, string value)
    {
        var values = Values(directive, value);

        var refusal = Assert.Throws<TlsConfigurationException>(
            () => TlsCredentials.Load(TlsDirectives.Read(name => values[name])));

        Assert.StartsWith(Words(directive, value), refusal.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("tls-cert-file", "")]
    [InlineData("tls-key-file", "missing")]
    [InlineData("tls-ca-cert-file", "missing")]
    [InlineData("tls-protocols", "TLSv9")]
    [InlineData("tls-ciphers", "nonsense")]
    [InlineData("tls-ciphersuites", "nonsense")]
    public async Task The_words_are_those_of_redis_server(string directive, string value)
    {
        var program = ExternalProgram.Require("redis-server");
        var arguments = Values(directive, value).Where(pair => pair.Value.Length > 0)
            .SelectMany(pair => new[] { "--" + pair.Key, pair.Value })
            .Where(word => word is not ("--tls-auth-clients-user" or "off"));

        var (_, said, _) = await ChildProcess.RunAsync(
            program, ["--port", "0", "--tls-port", $"{FreePort.Next()}", .. arguments]);

        Assert.Contains(Words(directive, value), said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_a_certificate_does_not_start()
    {
        var settings = _certificates.Settings();
        var refusal = await Assert.ThrowsAsync<ServerStartException>(
            () => ServerUnderTest.StartAsync(settings with { Tls = settings.Tls with { CertFile = "" } }));

        Assert.Contains("No tls-cert-file configured!", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ECDHE-RSA-AES128-GCM-SHA256", TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)]
    [InlineData("ECDHE-ECDSA-CHACHA20-POLY1305:nonsense", TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256)]
    [InlineData("AES128-SHA", TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA)]
    public void A_cipher_has_its_name_in_OpenSSL(string text, TlsCipherSuite suite)
    {
        Assert.Equal([suite], CipherNames.ParseCiphers(text));
    }

    [Fact]
    public void Words_choose_ciphers_and_take_them_away()
    {
        var chosen = CipherNames.ParseCiphers("ECDHE+AESGCM:!aECDSA:!AES128");

        Assert.Equal([TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384], chosen);
    }

    private Dictionary<string, string> Values(string directive, string value)
    {
        var values = DirectiveTable.All.Where(entry => entry.IsTls)
            .ToDictionary(entry => entry.Name, entry => DirectiveText.Of(entry, RedisLiteSettings.Default));
        values["tls-cert-file"] = _certificates.PathOf("server.crt");
        values["tls-key-file"] = _certificates.PathOf("server.key");
        values["tls-ca-cert-file"] = _certificates.CaFile;
        values["tls-cluster"] = values["cluster-enabled"] = "no";
        values[directive] = value == "missing" ? _certificates.PathOf("missing") : value;
        return values;
    }

    private string Words(string directive, string value) => (directive, value) switch
    {
        ("tls-cert-file", "") => "No tls-cert-file configured!",
        ("tls-key-file", "") => "No tls-key-file configured!",
        ("tls-ca-cert-file", "") =>
            "Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or "
                + "tls-auth-clients are enabled!",
        ("tls-cert-file", _) => $"Failed to load certificate: {_certificates.PathOf("missing")}: ",
        ("tls-key-file", _) => $"Failed to load private key: {_certificates.PathOf("missing")}: ",
        ("tls-ca-cert-file", _) => "Failed to configure CA certificate(s) file/directory: ",
        ("tls-protocols", _) =>
            "Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.",
        ("tls-ciphers", _) => "Failed to configure ciphers: nonsense",
        _ => "Failed to configure ciphersuites: nonsense",
    };
}
