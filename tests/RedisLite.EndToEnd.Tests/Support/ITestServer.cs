using System.Net;

namespace RedisLite.EndToEnd.Tests.Support;

/// <summary>A running server that a test may do with as it likes.</summary>
internal interface ITestServer : IAsyncDisposable
{
    /// <summary>What messages call it.</summary>
    string Name { get; }

    IPEndPoint EndPoint { get; }
}
