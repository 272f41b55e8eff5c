using System.Collections.Frozen;
using System.Net.Security;

namespace RedisLite.Connections.Tls;

/// <summary>Ciphers as OpenSSL names them, for <c>tls-ciphers</c> and <c>tls-ciphersuites</c>.</summary>
/// <remarks>
/// <c>tls-ciphers</c> is a list with <c>:</c>, <c>,</c> or spaces between: a cipher's name, or words that its name must
/// hold all (<c>ECDHE+AESGCM</c>), <c>ALL</c>, <c>HIGH</c> and <c>DEFAULT</c> for each that there is, and <c>!</c> or
/// <c>-</c> before what shall not be used.
/// </remarks>
internal static class CipherNames
{
    private static readonly TlsCipherSuite[] Suites13 =
        [TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
            TlsCipherSuite.TLS_AES_128_GCM_SHA256];

    private static readonly string[] Exchanges = ["TLS_ECDHE_ECDSA_WITH_", "TLS_ECDHE_RSA_WITH_", "TLS_DHE_RSA_WITH_",
        "TLS_RSA_WITH_"];

    private static readonly string[] Ciphers =
    [
        "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256", "AES_128_GCM_SHA256", "AES_256_CBC_SHA384",
        "AES_256_CBC_SHA256",
        "AES_128_CBC_SHA256", "AES_256_CBC_SHA", "AES_128_CBC_SHA",
    ];

    // Best first: the order is the one that the list is offered in.
    private static readonly Lazy<KeyValuePair<string, TlsCipherSuite>[]> Known = new(() =>
    [
        .. from exchange in Exchanges
           from cipher in Ciphers
           where Enum.IsDefined(typeof(TlsCipherSuite), exchange + cipher)
           select KeyValuePair.Create(NameOf(exchange, cipher), Enum.Parse<TlsCipherSuite>(exchange + cipher)),
    ]);

    private static readonly Lazy<FrozenDictionary<string, TlsCipherSuite>> ByName = new(
        () => Known.Value.ToFrozenDictionary());

    /// <summary>The policy of both lists; null when both are empty: the system's.</summary>
    /// <exception cref="TlsConfigurationException">A list names no cipher that there is.</exception>
    public static CipherSuitesPolicy? Policy(string ciphers, string suites)
    {
        if (ciphers.Length == 0 && suites.Length == 0)
            return null;
        if (OperatingSystem.IsWindows() || OperatingSystem.IsAndroid())
            throw new TlsConfigurationException(
                $"Failed to configure ciphers: {ciphers}{suites}: on this system they are set for all programs");
        return new CipherSuitesPolicy([.. ParseSuites(suites), .. ParseCiphers(ciphers)]);
    }

    internal static IReadOnlyList<TlsCipherSuite> ParseSuites(string text)
    {
        if (text.Length == 0)
            return Suites13;
        var result = new List<TlsCipherSuite>();
        foreach (var name in text.Split([':', ',', ' '], StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Enum.TryParse<TlsCipherSuite>(name, out var suite) || ((int)suite & 0xFF00) != 0x1300)
                throw new TlsConfigurationException($"Failed to configure ciphersuites: {text}");
            result.Add(suite);
        }

        return result;
    }

    internal static IReadOnlyList<TlsCipherSuite> ParseCiphers(string text)
    {
        if (text.Length == 0)
            text = "ALL:!kRSA";
        var chosen = new List<string>();
        foreach (var word in text.Split([':', ',', ' '], StringSplitOptions.RemoveEmptyEntries))
        {
            if (word[0] is '!' or '-')
                chosen.RemoveAll(name => IsMeant(name, word[1..]));
            else if (word[0] != '@')
                chosen = [.. chosen.Union(Names.Where(name => IsMeant(name, word.TrimStart('+'))))];
        }

        if (chosen.Count == 0)
            throw new TlsConfigurationException($"Failed to configure ciphers: {text}");
        return [.. chosen.Select(name => ByName.Value[name])];
    }

    private static IEnumerable<string> Names => Known.Value.Select(cipher => cipher.Key);

    private static bool IsMeant(string name, string word) =>
        name == word || (!ByName.Value.ContainsKey(word) && word.Split('+').All(part => part switch
        {
            "ALL" or "HIGH" or "DEFAULT" => true,
            "EECDH" or "kECDHE" or "kEECDH" => name.StartsWith("ECDHE", StringComparison.Ordinal),
            "DHE" or "EDH" or "kDHE" or "kEDH" => name.StartsWith("DHE", StringComparison.Ordinal),
            "kRSA" => !name.Contains("DHE", StringComparison.Ordinal),
            "aECDSA" => name.Contains("ECDSA", StringComparison.Ordinal),
            "aRSA" => !name.Contains("ECDSA", StringComparison.Ordinal),
            "AESGCM" => name.Contains("GCM", StringComparison.Ordinal),
            _ => part.Length > 0 && name.Split('-').Any(piece => piece == part
                || (part == "AES" && piece.StartsWith("AES", StringComparison.Ordinal))),
        }));

    private static string NameOf(string exchange, string cipher)
    {
        var exchanged = exchange["TLS_".Length..^"_WITH_".Length].Replace('_', '-');
        var name = cipher == "CHACHA20_POLY1305_SHA256"
            ? "CHACHA20-POLY1305"
            : cipher.Replace("AES_", "AES", StringComparison.Ordinal).Replace("_CBC_", "-", StringComparison.Ordinal)
                .Replace('_', '-');
        return exchanged == "RSA" ? name : $"{exchanged}-{name}";
    }
}
