using System.Net;

namespace RedisLite.EndToEnd.Tests.Support;

/// <summary>A running server that a test may do with as it likes.</summary>
internal interface ITestServer : IAsyncDisposable
{
    /// <summary>What messages call it.</summary>
    string Name { get; }

    IPEndPoint EndPoint { get; }
}

/// <summary>A running RedisLite that is tested.</summary>
internal interface ITestSubject : ITestServer
{
    /// <summary>
    /// Stops the server and fails the test if it logged a warning or an error: a user's mistake is never one.
    /// </summary>
    Task StopAndCheckAsync();
}
