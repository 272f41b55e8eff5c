namespace RedisLite.Commands.Execution;

/// <summary>Sends commands to another server and waits for what it says. Implemented by who knows sockets.</summary>
public interface IKeyTransfer
{
    /// <summary>Sends requests in one go.</summary>
    /// <remarks>Blocks the calling thread, at most for the timeout at each step. Any thread.</remarks>
    /// <param name="host">A name or an address.</param>
    /// <param name="port">The port.</param>
    /// <param name="timeout">For each step: to connect, to send, to receive.</param>
    /// <param name="requests">Whole requests, encoded.</param>
    /// <param name="replies">How many replies come.</param>
    /// <returns>The replies' first lines, without their ends.</returns>
    /// <exception cref="IOException">No connection, or it broke, or took too long; the message is the error's
    /// text.</exception>
    IReadOnlyList<string> Exchange(string host, int port, TimeSpan timeout, ReadOnlySpan<byte> requests, int replies);
}
