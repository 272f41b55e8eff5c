using System.Net;

namespace RedisLite.Configuration;

/// <summary>The notation of <c>network.bind</c>.</summary>
public static class BindAddress
{
    /// <summary>Reads one address.</summary>
    /// <param name="text">An IP address, <c>localhost</c>, <c>*</c> (all IPv4) or <c>::*</c> (all IPv6).</param>
    /// <param name="address">The address to listen on.</param>
    /// <param name="optional">The text began with <c>-</c>: no error when the machine does not have the address.</param>
    public static bool TryParse(string text, out IPAddress address, out bool optional)
    {
        ArgumentNullException.ThrowIfNull(text);
        optional = text.StartsWith('-');
        var name = optional ? text[1..] : text;
        address = name switch
        {
            "*" => IPAddress.Any,
            "::*" => IPAddress.IPv6Any,
            "localhost" => IPAddress.Loopback,
            _ => IPAddress.TryParse(name, out var parsed) ? parsed : IPAddress.None,
        };
        return !address.Equals(IPAddress.None);
    }
}
