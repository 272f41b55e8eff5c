using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RedisLite.Connections.Tls;

/// <summary>
/// Certificates and rules, loaded from files; immutable. Connections keep those that they began with.
/// </summary>
internal sealed class TlsCredentials
{
    // Some hundred authorities take less.
    private const int MostBytes = 4 * 1024 * 1024;

    private readonly TlsOptions _options;
    private readonly SslStreamCertificateContext _clientCertificate;
    private readonly X509Certificate2Collection? _authorities;
    private readonly SslProtocols _protocols;
    private readonly CipherSuitesPolicy? _ciphers;

    private TlsCredentials(TlsOptions options)
    {
        _options = options;
        _protocols = TlsProtocolNames.Parse(options.Protocols);
        var certificate = LoadPair(options.CertificateFile, options.KeyFile, options.KeyPassword);
        _clientCertificate = options is { ClientCertificateFile.Length: > 0, ClientKeyFile.Length: > 0 }
            ? LoadPair(options.ClientCertificateFile, options.ClientKeyFile, options.ClientKeyPassword)
            : certificate;
        _authorities = LoadAuthorities(options);
        _ciphers = CipherNames.Policy(options.Ciphers, options.CipherSuites);
        Certificate = certificate.TargetCertificate;
        CertificateEnd = new DateTimeOffset(certificate.TargetCertificate.NotAfter);
        Server = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificate,
            ClientCertificateRequired = options.ClientCertificates != ClientCertificates.NotAsked,
            RemoteCertificateValidationCallback = IsClientTrusted,
            EnabledSslProtocols = _protocols,
            CipherSuitesPolicy = _ciphers,
            AllowRenegotiation = false,
            AllowTlsResume = options.CachesSessions,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = ChainPolicy(),
        };
    }

    /// <summary>When the server's certificate ends.</summary>
    public DateTimeOffset CertificateEnd { get; }

    /// <summary>The server's, with its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Who must have signed certificates of others.</summary>
    public X509Certificate2Collection Authorities => _authorities ?? [];

    /// <summary>For connections that are accepted.</summary>
    public SslServerAuthenticationOptions Server { get; }

    public bool NamesUsers => _options.NamesUsers;

    public bool ForReplication => _options.ForReplication;

    /// <summary>Loads and checks what the options name, in redis-server's order.</summary>
    /// <exception cref="TlsConfigurationException">It cannot be used.</exception>
    public static TlsCredentials Load(TlsOptions options)
    {
        if (options.CertificateFile.Length == 0)
            throw new TlsConfigurationException("No tls-cert-file configured!");
        if (options.KeyFile.Length == 0)
            throw new TlsConfigurationException("No tls-key-file configured!");
        var checksPeers = options.ClientCertificates != ClientCertificates.NotAsked || options.ForReplication
            || options.ForCluster;
        if (checksPeers && options is { CaFile.Length: 0, CaDirectory.Length: 0 })
        {
            throw new TlsConfigurationException(
                "Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or "
                + "tls-auth-clients are enabled!");
        }

        return new TlsCredentials(options);
    }

    /// <summary>
    /// For a connection to a primary. As in Redis its certificate must be valid, and may be anybody's.
    /// </summary>
    public SslClientAuthenticationOptions Client(string host) => new()
    {
        TargetHost = host,
        ClientCertificateContext = _clientCertificate,
        RemoteCertificateValidationCallback = IsServerTrusted,
        EnabledSslProtocols = _protocols,
        CipherSuitesPolicy = _ciphers,
        AllowRenegotiation = false,
        AllowTlsResume = _options.CachesSessions,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = ChainPolicy(),
    };

    private bool IsClientTrusted(
        object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        _options.ClientCertificates switch
        {
            ClientCertificates.NotAsked => true,
            ClientCertificates.Optional when certificate is null => true,
            _ => certificate is not null
                && (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None,
        };

    private static bool IsServerTrusted(
        object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is not null && (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;

    /// <summary>
    /// Only the authorities that are named count, and nothing is fetched from anywhere during a handshake.
    /// </summary>
    private X509ChainPolicy ChainPolicy()
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            TrustMode = X509ChainTrustMode.CustomRootTrust,
        };
        if (_authorities is not null)
            policy.CustomTrustStore.AddRange(_authorities);
        return policy;
    }

    private static SslStreamCertificateContext LoadPair(string certificateFile, string keyFile, string password)
    {
        var chain = new X509Certificate2Collection();
        string text;
        try
        {
            text = ReadText(certificateFile);
            chain.ImportFromPem(text);
            if (chain.Count == 0)
                throw new CryptographicException("no PEM certificate in it");
        }
        catch (Exception e) when (IsBadFile(e))
        {
            throw new TlsConfigurationException($"Failed to load certificate: {certificateFile}: {e.Message}", e);
        }

        try
        {
            var key = ReadText(keyFile);
            var own = key.Contains("ENCRYPTED", StringComparison.Ordinal)
                ? X509Certificate2.CreateFromEncryptedPem(text, key, password)
                : X509Certificate2.CreateFromPem(text, key);

            // Windows' TLS takes no key that is in memory only.
            if (OperatingSystem.IsWindows())
                own = X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pfx), null);
            chain.RemoveAt(0);
            return SslStreamCertificateContext.Create(own, chain, offline: true);
        }
        catch (Exception e) when (IsBadFile(e))
        {
            throw new TlsConfigurationException($"Failed to load private key: {keyFile}: {e.Message}", e);
        }
    }

    private static X509Certificate2Collection? LoadAuthorities(TlsOptions options)
    {
        if (options is { CaFile.Length: 0, CaDirectory.Length: 0 })
            return null;
        var authorities = new X509Certificate2Collection();
        try
        {
            if (options.CaFile.Length > 0)
                authorities.ImportFromPem(ReadText(options.CaFile));
            if (authorities.Count == 0 && options.CaFile.Length > 0)
                throw new CryptographicException($"no PEM certificate in {options.CaFile}");
            if (options.CaDirectory.Length > 0)
                foreach (var file in Directory.EnumerateFiles(options.CaDirectory).Order(StringComparer.Ordinal))
                    AddIfCertificate(authorities, file);
            return authorities;
        }
        catch (Exception e) when (IsBadFile(e))
        {
            throw new TlsConfigurationException(
                $"Failed to configure CA certificate(s) file/directory: {e.Message}", e);
        }
    }

    /// <summary>A directory of certificates may hold other files too.</summary>
    private static void AddIfCertificate(X509Certificate2Collection authorities, string file)
    {
        try
        {
            authorities.ImportFromPem(ReadText(file));
        }
        catch (CryptographicException)
        {
        }
    }

    /// <summary>A whole file; never a pipe or a device, which may have no end.</summary>
    private static string ReadText(string path)
    {
        if (new FileInfo(path) is { Exists: true, Length: 0 or > MostBytes } file)
            throw new CryptographicException($"{file.Length} bytes are no certificate or key");
        return File.ReadAllText(path);
    }

    private static bool IsBadFile(Exception e) =>
        e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException
            or NotSupportedException;
}
