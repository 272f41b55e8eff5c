using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>
/// A reply that is produced piece by piece while its client takes it: it needs no buffer of its size, and no stripe.
/// </summary>
/// <remarks>
/// Given to <see cref="CommandContext.ReplyFrom"/>, which owns it from then on. It reads what it holds (a
/// <see cref="Storage.Values.HeldCollection"/>), never a key. One thread at a time, but not always the same one.
/// </remarks>
public interface ILongReply : IDisposable
{
    /// <summary>Writes the next piece, some KiB of it; the first begins with the header.</summary>
    /// <param name="reply">In the format of the request.</param>
    /// <returns>False when that was the last one.</returns>
    bool WriteMore(ReplyWriter reply);
}

/// <summary>Work on held collections that takes too long to be done while stripes are held.</summary>
/// <remarks>
/// <code>
///   command       holds its sources, calls RunAside       under its stripes
///   Compute       reads them, builds a result             no lock, nobody waits
///   TryFinish     are the sources still the same? then stores and replies      under the same stripes
///                 no: holds them anew for another round; after some rounds Compute too runs under the stripes
/// </code>
/// So the command takes effect at one moment, as if it had done everything then.
/// </remarks>
public interface IAsideWork : IDisposable
{
    /// <summary>
    /// Computes from what is held, on the executor's thread, with no stripe held or, at last, with them.
    /// </summary>
    void Compute();

    /// <summary>Stores and replies, with the stripes of the command's keys held.</summary>
    /// <returns>False when the sources have changed: they are held anew, and nothing has been stored or
    /// replied.</returns>
    bool TryFinish(ref CommandContext ctx);
}
