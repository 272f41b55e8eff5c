using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Tls;

/// <summary>
/// An authority of its own, and PEM files of certificates that it signs; made for one test and gone with it.
/// </summary>
internal sealed class CertificateFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ECDsa _authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;

    public CertificateFolder()
    {
        var request = new CertificateRequest("CN=authority", _authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(900));
        File.WriteAllText(CaFile, _authority.ExportCertificatePem());
        Make("server", "localhost");
        Make("client", "client");
    }

    public string CaFile => PathOf("ca.crt");

    public X509Certificate2 Authority => _authority;

    public string PathOf(string name) => Path.Combine(_folder.Path, name);

    /// <summary>Writes NAME.crt and NAME.key.</summary>
    public void Make(string name, string commonName, int days = 365, string? password = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var serial = RandomNumberGenerator.GetBytes(8);
        serial[0] &= 0x7F;
        using var certificate = request.Create(
            _authority, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(days), serial);
        File.WriteAllText(PathOf($"{name}.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(PathOf($"{name}.key"), password is null
            ? key.ExportPkcs8PrivateKeyPem()
            : key.ExportEncryptedPkcs8PrivateKeyPem(
                password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
    }

    /// <summary>A server with a plain port and a TLS port, both random.</summary>
    public RedisLiteSettings Settings(TlsClientAuthentication clients = TlsClientAuthentication.No)
    {
        var settings = ServerUnderTest.Settings();
        return settings with
        {
            Tls = settings.Tls with
            {
                Port = NetworkSettings.RandomPort,
                CertFile = PathOf("server.crt"),
                KeyFile = PathOf("server.key"),
                CaCertFile = CaFile,
                AuthClients = clients,
            },
        };
    }

    /// <summary>What a client uses; with a certificate if one is named.</summary>
    public SslClientAuthenticationOptions Client(string? certificate = null)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            CertificateChainPolicy = new X509ChainPolicy
            {
                RevocationMode = X509RevocationMode.NoCheck,
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { _authority },
            },
        };
        if (certificate is not null)
            options.ClientCertificates =
                [X509Certificate2.CreateFromPemFile(PathOf($"{certificate}.crt"), PathOf($"{certificate}.key"))];
        return options;
    }

    public string[] RedisCliArguments(IPEndPoint endPoint) =>
    [
        "-h", "127.0.0.1", "-p", $"{endPoint.Port}", "--tls", "--cacert", CaFile, "--cert", PathOf(
            "client.crt"), "--key", PathOf("client.key"),
    ];

    public void Dispose()
    {
        _authority.Dispose();
        _authorityKey.Dispose();
        _folder.Dispose();
    }
}
