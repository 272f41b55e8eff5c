namespace RedisLite.Configuration;

/// <summary>Encrypted connections (section <c>redislite.tls</c>).</summary>
public sealed record TlsSettings
{
    /// <summary>The port for clients with TLS, 0 for none, or <see cref="NetworkSettings.RandomPort"/>.</summary>
    [Port("port", Min = NetworkSettings.RandomPort, Max = 65535)]
    public required int Port { get; init; }

    [Setting("cert-file")]
    public required string CertFile { get; init; }

    [Setting("key-file")]
    public required string KeyFile { get; init; }

    [Setting("key-file-pass")]
    public required string KeyFilePass { get; init; }

    /// <summary>Shown to a primary; empty for the server's own certificate.</summary>
    [Setting("client-cert-file")]
    public required string ClientCertFile { get; init; }

    [Setting("client-key-file")]
    public required string ClientKeyFile { get; init; }

    [Setting("client-key-file-pass")]
    public required string ClientKeyFilePass { get; init; }

    /// <summary>Who has to have signed certificates of others.</summary>
    [Setting("ca-cert-file")]
    public required string CaCertFile { get; init; }

    [Setting("ca-cert-dir")]
    public required string CaCertDir { get; init; }

    [Setting("auth-clients")]
    public required TlsClientAuthentication AuthClients { get; init; }

    /// <summary>Whether the name in a client's certificate is the user that it is signed in as.</summary>
    [Setting("auth-clients-user")]
    public required TlsCertificateUser AuthClientsUser { get; init; }

    /// <summary>Such as "TLSv1.2 TLSv1.3", which is what empty means.</summary>
    [Setting("protocols")]
    public required string Protocols { get; init; }

    /// <summary>Up to TLS 1.2, in OpenSSL's notation.</summary>
    [Setting("ciphers")]
    public required string Ciphers { get; init; }

    [Setting("ciphersuites")]
    public required string CipherSuites { get; init; }

    [Setting("session-caching")]
    public required bool SessionCaching { get; init; }

    /// <summary>The link to a primary uses TLS.</summary>
    [Setting("replication")]
    public required bool Replication { get; init; }

    /// <summary>The bus between the nodes of a cluster uses TLS, and both sides show certificates.</summary>
    [Setting("cluster")]
    public required bool Cluster { get; init; }

    /// <summary>From a connection to the end of its handshake; then it is closed.</summary>
    [Setting("handshake-timeout", Min = 1, Max = 3600)]
    public required TimeSpan HandshakeTimeout { get; init; }

    /// <summary>Handshakes that compute at the same time.</summary>
    [Setting("handshakes-at-once", Min = 1, Max = 1024)]
    public required int HandshakesAtOnce { get; init; }
}

/// <summary>Whether clients must show a certificate.</summary>
public enum TlsClientAuthentication
{
    No,
    Yes,
    Optional,
}

/// <summary>What of a certificate names the user.</summary>
public enum TlsCertificateUser
{
    Off,
    Cn,
}
