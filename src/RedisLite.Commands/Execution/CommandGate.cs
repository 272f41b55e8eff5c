using System.Net;
using System.Text;
using RedisLite.Commands.Server;
using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>What a request must pass before it may run or be queued, in the order in which Redis checks it.</summary>
internal sealed class CommandGate(CommandServices services)
{
    private readonly Evictor _evictor = new(services);
    private bool _isOutOfMemory;
    private byte[]? _writeRefusal;

    /// <summary>Reads what is constant for a batch, the sum of memory being too dear for every command, and makes room.</summary>
    /// <remarks>LOCK: the caller holds no stripe.</remarks>
    public void BeginBatch(long nowMs)
    {
        _isOutOfMemory = !_evictor.MakeRoom(nowMs);
        _writeRefusal = services.Persistence.WriteRefusal;
    }

    /// <summary>Whether the request may go on. When not, the error is replied, or <paramref name="parked"/> says what to wait for.</summary>
    public bool Admits(Command? command, in Arguments args, ClientSession session, ReplyWriter reply, out ParkedCommand? parked)
    {
        parked = null;
        if (command?.Handler is null || !command.AcceptsArgumentCount(args.Count))
            return RefuseUnknown(command, args, session, reply);
        if (session.IsObeyed)
            return true;
        if (command.Has(CommandFlags.Protected) && !AdmitsProtected(session, reply))
            return false;
        if (!session.IsAuthenticated && !command.Has(CommandFlags.NoAuth))
            return Refuse(reply, Errors.NoAuthentication);
        var transaction = session.Transaction;
        if (transaction is not null && command.Has(CommandFlags.NoMulti))
            return Refuse(reply, "ERR Command not allowed inside a transaction"u8);

        // EXEC is what its commands are.
        var executed = transaction is not null && command.Name == "exec" ? transaction : null;
        if (_isOutOfMemory && NeedsMemory(command, session, executed))
            return Refuse(reply, Errors.OutOfMemory);
        var isWrite = command.IsWrite || executed is { HasWrites: true };
        if (_writeRefusal is not null && (isWrite || command.Name == "ping"))
            return Refuse(reply, _writeRefusal);
        if (isWrite && services.Role == ServerRole.Replica && services.Options.ReplicaReadOnly)
            return Refuse(reply, Errors.ReadOnly);
        if (isWrite && services.Persistence.HoldsWriters)
        {
            // The disk is behind: the writer waits outside the executor and tries again.
            parked = new ParkedCommand { Patience = TimeSpan.FromMilliseconds(1) };
            return false;
        }

        if (session is { IsSubscribed: true, ProtocolVersion: 2 } && !command.Has(CommandFlags.InSubscribedMode))
            return Refuse(reply, Encoding.ASCII.GetBytes(
                $"ERR Can't execute '{command.Name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"));
        if (services.IsLoading && !command.Has(CommandFlags.Loading))
            return Refuse(reply, Errors.Loading);
        if (!services.Pause.IsActive || (transaction is not null && !command.Has(CommandFlags.Immediate)))
            return true;
        parked = services.Pause.ParkIfPaused(
            session.Connection, isWrite || command.Has(CommandFlags.MayReplicate) || executed is { MayReplicate: true });
        return parked is null;
    }

    /// <summary>Whether memory is what the request takes; a queue takes it as well, whatever it holds.</summary>
    private static bool NeedsMemory(Command command, ClientSession session, Transaction? executed) =>
        command.Has(CommandFlags.DenyOom)
        || executed is { NeedsMemory: true }
        || (session.Transaction is not null && !command.Has(CommandFlags.Immediate));

    private bool AdmitsProtected(ClientSession session, ReplyWriter reply)
    {
        var access = services.Options.EnableDebugCommand;
        return access == ProtectedAccess.Yes
            || (access == ProtectedAccess.Local && IsLocal(session.Connection.RemoteAddress))
            || Refuse(reply, "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server."u8);
    }

    private static bool IsLocal(string address) => IPEndPoint.TryParse(address, out var endPoint) && IPAddress.IsLoopback(endPoint.Address);

    private static bool Refuse(ReplyWriter reply, ReadOnlySpan<byte> error)
    {
        reply.Error(error);
        return false;
    }

    private static bool RefuseUnknown(Command? command, in Arguments args, ClientSession session, ReplyWriter reply)
    {
        if (command is null)
        {
            // What a browser sends to this port: somebody may be using it to reach us from a web page.
            if (args.Is(0, "POST"u8) || args.Is(0, "HOST:"u8))
                session.CloseAfterReply = true;
            return Refuse(reply, Encoding.Latin1.GetBytes(UnknownCommand(args)));
        }

        if (command.Subcommands is not null && args.Count >= 2)
            return Refuse(reply, Encoding.Latin1.GetBytes(
                $"ERR unknown subcommand '{Clip(args[1], 128)}'. Try {command.Name.ToUpperInvariant()} HELP."));
        return Refuse(reply, Encoding.Latin1.GetBytes($"ERR wrong number of arguments for '{command.Name}' command"));
    }

    private static string UnknownCommand(in Arguments args)
    {
        var shown = new StringBuilder();
        for (var i = 1; i < args.Count && shown.Length < 128; i++)
        {
            var room = 128 - shown.Length;
            shown.Append('\'').Append(Clip(args[i], room)).Append("' ");
        }

        return $"ERR unknown command '{Clip(args[0], 128)}', with args beginning with: {shown}";
    }

    // Bytes are shown one to one; as in C, a text ends at its first zero byte.
    private static string Clip(ReadOnlySpan<byte> text, int length)
    {
        var end = text.IndexOf((byte)0);
        if (end >= 0)
            text = text[..end];
        return Encoding.Latin1.GetString(text[..Math.Min(length, text.Length)]);
    }
}
