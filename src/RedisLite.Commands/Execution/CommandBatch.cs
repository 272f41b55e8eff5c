using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>What one client sent in one go: its whole requests, the commands they name, and the replies as they come.</summary>
/// <remarks>
/// Belongs to a connection, which fills it, hands it to an executor and gets it back: it has one owner at any time,
/// and the message that carries it is the hand-over. <see cref="Next"/> lets a run stop between two commands (busy
/// stripe, full reply buffer, parked command) and another executor go on.
/// </remarks>
public sealed class CommandBatch(ClientSession session, CommandServices services) : IDisposable
{
    private Resolved[] _resolved = new Resolved[4];

    public ClientSession Session { get; } = session;

    public RequestBatch Requests { get; } = new();

    public ReplyWriter Reply { get; } = new();

    /// <summary>Index of the next request to run.</summary>
    public int Next { get; set; }

    public int Count => Requests.Count;

    /// <summary>Set when what followed the last whole request broke the protocol; answered after all of them.</summary>
    public ReadOnlyMemory<byte>? ProtocolError { get; set; }

    /// <summary>How the request that broke the protocol began, which decides how its error is told.</summary>
    public RequestForm ProtocolErrorForm { get; set; }

    /// <summary>Whether a command in it may run long.</summary>
    public bool NeedsPool { get; private set; }

    /// <summary>Bytes of input that the requests were parsed from.</summary>
    public long InputLength { get; private set; }

    /// <summary>The log position that the replies wait for under <c>appendfsync always</c>; 0 for none.</summary>
    public long LogPosition { get; set; }

    /// <summary>The command that made the run stop with <see cref="BatchOutcome.Parked"/>.</summary>
    public ParkedCommand? Parked { get; set; }

    /// <summary>The command that a request names; null when there is none.</summary>
    public Command? CommandAt(int index) => _resolved[index].Command;

    /// <summary>The hash of the one key of a request whose command has exactly one; 0 for all others.</summary>
    public ulong KeyHashAt(int index) => _resolved[index].KeyHash;

    /// <summary>Looks up the commands of freshly parsed requests, hashes their keys, and decides where they may run.</summary>
    /// <param name="inputLength">Bytes consumed by the parser.</param>
    /// <param name="poolThreshold">A command with more arguments than this goes to the pool.</param>
    public void Resolve(int inputLength, int poolThreshold)
    {
        Next = 0;
        NeedsPool = false;
        InputLength = inputLength;
        LogPosition = 0;
        if (_resolved.Length < Requests.Count)
            _resolved = new Resolved[Math.Max(Requests.Count, _resolved.Length * 2)];
        ReadOnlySpan<byte> name = default;
        Command? command = null;
        for (var i = 0; i < Requests.Count; i++)
        {
            var args = Requests[i];

            // Pipelines repeat themselves: most requests name the same command as the one before.
            if (command is not { Subcommands: null, Parent: null } || !args[0].SequenceEqual(name))
                command = services.Commands.Resolve(args);
            name = args[0];
            _resolved[i] = new Resolved(command, command?.HashSingleKey(args, services.Databases) ?? 0);
            NeedsPool |= args.Count > poolThreshold || (command is not null && command.Has(CommandFlags.Pooled));
        }
    }

    public void Dispose() => Reply.Dispose();

    private readonly record struct Resolved(Command? Command, ulong KeyHash);
}

/// <summary>Why a run of a batch stopped.</summary>
public enum BatchOutcome
{
    /// <summary>All requests have run.</summary>
    Completed,

    /// <summary>A stripe was taken by a long holder and the run was not allowed to wait: the pool goes on.</summary>
    LockBusy,

    /// <summary>The replies so far are large: they are to be sent before the run goes on.</summary>
    ReplyFull,

    /// <summary><see cref="CommandBatch.Parked"/> waits for something; everything after it waits with it.</summary>
    Parked,

    /// <summary>The connection is to be closed once the replies are sent.</summary>
    Close,
}
