using System.Diagnostics;
using Akka.Actor;
using RedisLite.Log;

namespace RedisLite.Replication;

/// <summary>
/// One reader's share in a copy, a replica's or another node's: its reader of the log from the cut on, and how much
/// it has not taken yet.
/// </summary>
/// <remarks>
/// The thread that writes the copy sends pieces and waits for room; the link's actor says what the operating system has
/// taken; replication disposes of it when the link has ended. Any thread.
/// </remarks>
internal sealed class CopyShare(string name, IActorRef actor) : IDisposable
{
    // What may be under way to one replica: enough for a fast network, little beside the data.
    private const long Window = 4 * 1024 * 1024;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly object _gate = new();
    private LogReader? _reader;
    private long _unsent;
    private bool _isGone;

    /// <summary>Who gets it, for the log.</summary>
    public string Name => name;

    public IActorRef Actor => actor;

    public bool IsGone
    {
        get
        {
            lock (_gate)
                return _isGone;
        }
    }

    /// <summary>Begins to keep what follows the cut. LOCK: all stripes exclusively.</summary>
    /// <param name="reader">Gives the reader, from where the copy ends and the stream begins.</param>
    public void Open(Func<LogReader> reader)
    {
        lock (_gate)
            if (!_isGone)
                _reader = reader();
    }

    /// <summary>The reader, which is the link's from here on.</summary>
    public LogReader? TakeReader()
    {
        lock (_gate)
        {
            var reader = _reader;
            _reader = null;
            return reader;
        }
    }

    /// <summary>Sends a piece of the copy.</summary>
    public void Send(byte[] piece)
    {
        lock (_gate)
        {
            if (_isGone)
                return;
            _unsent += piece.Length;
        }

        actor.Tell(new LinkActor.CopyPiece(piece));
    }

    /// <summary>Waits, for some time, until more can be sent.</summary>
    /// <returns>Whether it can, or need not any more.</returns>
    public bool WaitForRoom(TimeSpan timeout)
    {
        lock (_gate)
            return _isGone || _unsent < Window || (Monitor.Wait(_gate, timeout) && (_isGone || _unsent < Window));
    }

    /// <summary>
    /// Waits until more can be sent; who takes nothing for the timeout is given up, and its actor told.
    /// </summary>
    /// <returns>Whether it is still there.</returns>
    public bool WaitForRoom(Func<TimeSpan> timeout, CancellationToken stopping)
    {
        var started = Stopwatch.GetTimestamp();
        while (!WaitForRoom(Look))
        {
            stopping.ThrowIfCancellationRequested();
            if (Stopwatch.GetElapsedTime(started) < timeout())
                continue;
            Dispose();
            Actor.Tell(new LinkActor.Drop("it did not take its copy within repl-timeout"));
        }

        return !IsGone;
    }

    /// <summary>The operating system has taken so much.</summary>
    public void NoteSent(int count)
    {
        lock (_gate)
        {
            _unsent -= count;
            if (_unsent < Window)
                Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The replica has gone.</summary>
    public void Dispose()
    {
        LogReader? reader;
        lock (_gate)
        {
            _isGone = true;
            reader = _reader;
            _reader = null;
            Monitor.PulseAll(_gate);
        }

        reader?.Dispose();
    }
}
