using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Cluster.Tests.Nodes;

/// <summary>An authority, and a certificate that it has signed, as files.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TestAuthority()
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest("CN=authority", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var root = authority.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(900));
        File.WriteAllText(PathOf("ca.crt"), root.ExportCertificatePem());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256);
        using var certificate = request.Create(
            root, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(365), [1, 2, 3, 4]);
        File.WriteAllText(PathOf("node.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(PathOf("node.key"), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>With TLS on the bus.</summary>
    public RedisLiteSettings Configure(RedisLiteSettings settings) => settings with
    {
        Tls = settings.Tls with
        {
            Cluster = true,
            CertFile = PathOf("node.crt"),
            KeyFile = PathOf("node.key"),
            CaCertFile = PathOf("ca.crt"),
        },
    };

    public void Dispose() => _folder.Dispose();

    private string PathOf(string name) => Path.Combine(_folder.Path, name);
}
