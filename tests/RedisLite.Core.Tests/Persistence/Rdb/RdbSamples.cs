namespace RedisLite.Core.Tests.Persistence.Rdb;

/// <summary>Files that redis-server 7.0.15 wrote.</summary>
internal static class RdbSamples
{
    /// <summary>
    /// Values of every type in every encoding that 7.0 has, in databases 0, 3 and 15, with idle times.
    /// </summary>
    public static byte[] AllTypes => Decode(
        """
        UkVESVMwMDEw+glyZWRpcy12ZXIGNy4wLjE1+gpyZWRpcy1iaXRzwED6BWN0aW1lwpGrA2v6CHVzZWQtbWVtwqDAEwD6CGFvZi1i
        YXNlwAD+APsPAfgABQp6c2V0LWxhcmdlBAFkAAAAAAAA8H8BYgAAAAAAAARAAWEAAAAAAADwPwFjAAAAAAAA8P/4ABEKenNldC1z
        bWFsbAwMAAAAAgCBYQIBAf/4AAQKaGFzaC1sYXJnZQQBZMAEAWHAAQFjwAMBYsAC+AASCmxpc3QtcGxhaW4BAcMSQEYKMDEyMzQ1
        Njc4OTDgMAkBODn8e9jDLLsDAAD4AAAHZXhwaXJlcwRzb29u+AALB3NldC1pbnQOAgAAAAMAAAABAAIAAwD4AAAFZW1wdHkA+AAS
        BGxpc3QDAhAQAAAAAwCBYQKBYgKBYwL/AhAQAAAAAwCBZAKBZQKBZgL/AgoKAAAAAQCBZwL/+AAABm51bWJlcsE5MPgAAARsb25n
        wwlAUAF4eOBDAAF4ePgAEApoYXNoLXNtYWxsDQ0AAAACAIFmAoF2Av/4AAIHc2V0LWJpZwfABsAEwAHABcACwAfAA/gAAAZiaW5h
        cnkFAAH/DQr4AAIIc2V0LXRleHQDAWEBYwFi+AAABXBsYWluBWhlbGxv/gP7AwH8ANjDLLsDAAD4AAAMYWZ0ZXItc3RyZWFtA3ll
        c/gAAANobGwbSFlMTAEAAAAAAAAAAAAAgGDzgFCxhEv7gEJa+AATBnN0cmVhbQIQAAAAAAAAAAEAAAAAAAAAATMzAAAAEwACAQAB
        AQGBZgIAAQIBAAEAAYF2AgQBAAEAAQEBAgGBZgKBdgKBZwKBdwIIAf8QAAAAAAAAAAIAAAAAAAAAAcMjKAYoAAAADwABYAAHgWEC
        AAECAQAgAQWBYgIEAQMgFYAKAQH/AwMBAQEDAQQCBWdyb3VwAgGB//////////8CAAAAAAAAAAEAAAAAAAAAArMwVgaiAQAAAQAA
        AAAAAAACAAAAAAAAAAGzMFYGogEAAAECBWFsaWNlszBWBqIBAAABAAAAAAAAAAEAAAAAAAAAAgNib2KzMFYGogEAAAEAAAAAAAAA
        AgAAAAAAAAABBGlkbGUDAYH//////////wAA/g/7AQD4AAAEbGFzdANvbmX/nzakT2ZZXgQ=
        """);

    /// <summary>A library of functions and one string, with LFU counters.</summary>
    public static byte[] Functions => Decode(
        """
        UkVESVMwMDEw+glyZWRpcy12ZXIGNy4wLjE1+gpyZWRpcy1iaXRzwED6BWN0aW1lwpGrA2v6CHVzZWQtbWVtwsAfFQD6CGFvZi1i
        YXNlwAD1QEYjIWx1YSBuYW1lPW15bGliCnJlZGlzLnJlZ2lzdGVyX2Z1bmN0aW9uKCdmJywgZnVuY3Rpb24oKSByZXR1cm4gMSBl
        bmQp/gD7AQD5AAABYQFi/43siPjsKuPB
        """);

    private static byte[] Decode(string base64) => Convert.FromBase64String(base64);
}
