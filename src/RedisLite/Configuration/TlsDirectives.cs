using RedisLite.Connections.Tls;

namespace RedisLite.Configuration;

/// <summary>The TLS configuration that the directives describe.</summary>
internal static class TlsDirectives
{
    /// <param name="valueOf">A directive's value, one char a byte.</param>
    public static TlsOptions Read(Func<string, string> valueOf) => new()
    {
        CertificateFile = ByteText.Text(valueOf("tls-cert-file")),
        KeyFile = ByteText.Text(valueOf("tls-key-file")),
        KeyPassword = ByteText.Text(valueOf("tls-key-file-pass")),
        ClientCertificateFile = ByteText.Text(valueOf("tls-client-cert-file")),
        ClientKeyFile = ByteText.Text(valueOf("tls-client-key-file")),
        ClientKeyPassword = ByteText.Text(valueOf("tls-client-key-file-pass")),
        CaFile = ByteText.Text(valueOf("tls-ca-cert-file")),
        CaDirectory = ByteText.Text(valueOf("tls-ca-cert-dir")),
        Protocols = ByteText.Text(valueOf("tls-protocols")),
        Ciphers = ByteText.Text(valueOf("tls-ciphers")),
        CipherSuites = ByteText.Text(valueOf("tls-ciphersuites")),
        ClientCertificates = valueOf("tls-auth-clients") switch
        {
            "no" => ClientCertificates.NotAsked,
            "optional" => ClientCertificates.Optional,
            _ => ClientCertificates.Required,
        },
        NamesUsers = valueOf("tls-auth-clients-user") == "cn",
        ForReplication = valueOf("tls-replication") == "yes",
        ForCluster = valueOf("tls-cluster") == "yes" && valueOf("cluster-enabled") == "yes",
        CachesSessions = valueOf("tls-session-caching") == "yes",
    };
}
