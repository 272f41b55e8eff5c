using System.Security.Cryptography.X509Certificates;
using Akka.Remote.Transport.DotNetty;
using RedisLite.Configuration;

namespace RedisLite.Cluster.Bus;

/// <summary>Mutual TLS on the bus: each side shows a certificate that a named authority has signed.</summary>
/// <remarks>
/// Whose it is does not matter, as in Redis: nodes are known by their addresses, which change. The system's authorities
/// do not count, and nothing is fetched during a handshake.
/// </remarks>
internal static class BusTls
{
    public static DotNettySslSetup Setup(ClusterTls tls) => new(
        tls.Certificate, suppressValidation: false, requireMutualAuthentication: true,
        (certificate, chain, _, _, _) => certificate is not null && IsTrusted(tls, certificate, chain));

    internal static bool IsTrusted(ClusterTls tls, X509Certificate certificate, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(tls.Authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        foreach (var element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        using var own = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(own);
    }
}
