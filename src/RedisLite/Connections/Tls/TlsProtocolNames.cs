using System.Security.Authentication;

namespace RedisLite.Connections.Tls;

/// <summary>The values of <c>tls-protocols</c>.</summary>
internal static class TlsProtocolNames
{
    /// <exception cref="TlsConfigurationException">A name is not known.</exception>
    public static SslProtocols Parse(string text)
    {
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
            return SslProtocols.Tls12 | SslProtocols.Tls13;
        var result = SslProtocols.None;
        foreach (var word in words)
            result |= Of(word);
        return result;
    }

    // SYSLIB0039, CA5397: TLS 1.0 and 1.1 are old. Whoever names them wants them for old clients, and the system may
    // still refuse.
#pragma warning disable SYSLIB0039, CA5397
    private static SslProtocols Of(string word) => word.ToLowerInvariant() switch
    {
        "tlsv1" => SslProtocols.Tls,
        "tlsv1.1" => SslProtocols.Tls11,
        "tlsv1.2" => SslProtocols.Tls12,
        "tlsv1.3" => SslProtocols.Tls13,
        _ => throw new TlsConfigurationException(
            "Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'."),
    };
#pragma warning restore SYSLIB0039, CA5397
}
