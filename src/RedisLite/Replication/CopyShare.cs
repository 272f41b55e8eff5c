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
    // What may be under way to one replica, beside what its kernel holds: enough for a fast network, little beside the
    // data.
    private const long Window = 1024 * 1024;

    // A writer that has filled it goes on when so much is left, rather than with each piece.
    private const long GoOnAt = Window / 2;

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

    /// <summary>Sends a piece of the copy, which is given back when it has been sent.</summary>
    public void Send(CopyPiece piece)
    {
        lock (_gate)
        {
            if (!_isGone)
            {
                _unsent += piece.Length;
                actor.Tell(new LinkActor.SendPiece(piece));
                return;
            }
        }

        piece.Release();
    }

    /// <summary>Waits, for some time, until more can be sent.</summary>
    /// <returns>Whether it can, or need not any more.</returns>
    public bool WaitForRoom(TimeSpan timeout)
    {
        lock (_gate)
        {
            if (!_isGone && _unsent >= Window)
                Monitor.Wait(_gate, timeout);
            return _isGone || _unsent < Window;
        }
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

    /// <summary>The operating system has taken a piece.</summary>
    public void NoteSent(CopyPiece piece)
    {
        var length = piece.Length;
        piece.Release();
        lock (_gate)
        {
            _unsent -= length;
            if (_unsent < GoOnAt && _unsent + length >= GoOnAt)
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
