namespace RedisLite.Connections.Tls;

/// <summary>
/// What a TLS configuration is made of, as the directives have it: names of files, and what is asked of the other side.
/// </summary>
internal sealed record TlsOptions
{
    public string CertificateFile { get; init; } = "";

    public string KeyFile { get; init; } = "";

    public string KeyPassword { get; init; } = "";

    /// <summary>Of the link to a primary; the server's own where it is empty.</summary>
    public string ClientCertificateFile { get; init; } = "";

    public string ClientKeyFile { get; init; } = "";

    public string ClientKeyPassword { get; init; } = "";

    public string CaFile { get; init; } = "";

    public string CaDirectory { get; init; } = "";

    /// <summary>Such as "TLSv1.2 TLSv1.3"; empty for these two.</summary>
    public string Protocols { get; init; } = "";

    /// <summary>Up to TLS 1.2, in OpenSSL's notation; empty for the system's.</summary>
    public string Ciphers { get; init; } = "";

    /// <summary>Of TLS 1.3; empty for the system's.</summary>
    public string CipherSuites { get; init; } = "";

    public ClientCertificates ClientCertificates { get; init; } = ClientCertificates.Required;

    /// <summary>The name in a client's certificate signs it in.</summary>
    public bool NamesUsers { get; init; }

    /// <summary>The link to a primary uses TLS.</summary>
    public bool ForReplication { get; init; }

    /// <summary>The bus between the nodes of a cluster uses TLS.</summary>
    public bool ForCluster { get; init; }

    public bool CachesSessions { get; init; } = true;
}

/// <summary>Whether clients must show a certificate.</summary>
internal enum ClientCertificates
{
    NotAsked,
    Optional,
    Required,
}

/// <summary>The TLS configuration cannot be used; the message says why, as redis-server does.</summary>
internal sealed class TlsConfigurationException(string message, Exception? cause = null) : Exception(message, cause);
