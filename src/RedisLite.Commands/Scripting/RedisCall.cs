using System.Diagnostics;
using RedisLite.Commands.Execution;
using RedisLite.Lua;
using RedisLite.Protocol;

namespace RedisLite.Commands.Scripting;

/// <summary>
/// <c>redis.call</c> and <c>redis.pcall</c>: a script's arguments become a request, its reply a Lua value.
/// </summary>
/// <remarks>
/// One per executor. The request is put together in one buffer and the reply read from another; neither is allocated
/// for a call.
/// </remarks>
internal sealed class RedisCall(ScriptHost host, CommandRun run) : IDisposable
{
    // What a call costs at least, in the units in which Lua's work is counted.
    private const int WorkOfCall = 20;
    private const int MostBytesKept = 64 * 1024;

    // Where a script must be short.
    private const int MostShortArguments = 1024;

    private readonly ReplyWriter _reply = new(maxRetained: MostBytesKept);
    private byte[] _bytes = new byte[256];
    private ArgumentSlice[] _slices = new ArgumentSlice[8];
    private long _commandTicks;

    /// <summary>Whether what is called goes to the log; a script can switch that off for itself.</summary>
    public bool LogsEffects { get; set; } = true;

    /// <summary>The version of RESP in which commands answer the script.</summary>
    public ReplyFormat Format
    {
        get => _reply.Format;
        set => _reply.Format = value;
    }

    public int Run(in LuaCall call, bool raises)
    {
        call.Tick(WorkOfCall);
        if (ReadArguments(call, out var args) is { } problem)
            return Answer(call, RedisApi.ErrorTable(problem), raises);
        var command = run.Services.Commands.Resolve(args);
        if (Refuse(command, args) is { } refusal)
            return Answer(call, Counted(refusal), raises);

        if (!run.MayTakeLong && NeedsPool(command!, args))
            throw host.LeaveToPool(call, isCertain: true);
        _reply.Clear();
        var mark = run.Nested.Mark();
        if (run.Nested.RunForScript(
            command!, args, _reply, host.Session, host.NowMs, host.Undo) == NestedOutcome.KeysNotHeld)
            throw host.Stray(call);
        if (!run.MayTakeLong && IsOverTime())
            throw host.LeaveToPool(call, isCertain: false);
        if (!LogsEffects)
            run.Nested.Rewind(mark with { IsActive = true });
        if (_reply.Written is [(byte)'-', .. var error])
            return Answer(call, Error(error[..error.IndexOf((byte)'\r')]), raises);
        return call.Return(ReplyReader.Read(call, _reply.Written, host.Scratch));
    }

    /// <summary><c>redis.acl_check_cmd</c>.</summary>
    public int CheckAccess(in LuaCall call)
    {
        if (ReadArguments(call, out var args) is { } problem)
            return Answer(call, RedisApi.ErrorTable(problem), raises: true);
        return run.Services.Commands.Resolve(args) is { Handler: not null } command
            ? call.Return(MayCall(command, args) ? LuaValue.True : LuaValue.False)
            : RedisApi.Fail(call, "Invalid command passed to redis.acl_check_cmd()");
    }

    private bool MayCall(Command command, in Arguments args) =>
        host.Session.Caller is not { } caller || run.Services.Access.Allows(caller, command, args);

    /// <summary>Forgets what a script has set.</summary>
    public void Reset()
    {
        LogsEffects = true;
        _commandTicks = 0;
        _reply.Clear();
        _reply.Format = ReplyFormat.Resp2;
        if (_bytes.Length > MostBytesKept)
            _bytes = new byte[256];
    }

    public void Dispose() => _reply.Dispose();

    private bool IsOverTime()
    {
        _commandTicks += run.Nested.LastDuration;
        return _commandTicks > Stopwatch.Frequency / 1000 * run.Services.Options.ShortScriptMs;
    }

    private static bool NeedsPool(Command command, in Arguments args) =>
        command.Has(CommandFlags.Pooled | CommandFlags.PooledByItself) || args.Count > MostShortArguments
        || (args.Count > 2 && command.Has(CommandFlags.PooledWithCount));

    private static int Answer(in LuaCall call, LuaTable error, bool raises) =>
        raises ? call.Fail(error) : call.Return(error);

    private static LuaTable Error(ReadOnlySpan<byte> message)
    {
        // What has no code gets the general one.
        var table = message.Contains((byte)' ')
            ? RedisApi.ErrorTable(message)
            : RedisApi.ErrorTable([.. "ERR "u8, .. message]);
        table[RedisApi.IsCountedField] = LuaValue.True;
        return table;
    }

    /// <summary>Puts the arguments into the buffer.</summary>
    /// <returns>What is wrong with them.</returns>
    private byte[]? ReadArguments(in LuaCall call, out Arguments args)
    {
        args = default;
        if (call.Count == 0)
            return NoArguments;
        if (_slices.Length < call.Count)
            _slices = new ArgumentSlice[call.Count * 2];
        var length = 0;
        var values = call.ArgumentsFrom(1);
        for (var i = 0; i < values.Length; i++)
        {
            ref readonly var value = ref values[i];
            var start = length;
            if (value.IsNumber)
            {
                Reserve(length, RedisNumbers.MaxDoubleLength);
                length += RedisNumbers.FormatDouble(_bytes.AsSpan(length), value.Number);
            }
            else if (value.IsString)
            {
                var text = value.Bytes;
                Reserve(length, text.Length);
                text.CopyTo(_bytes.AsSpan(length));
                length += text.Length;
            }
            else
            {
                return WrongArguments;
            }

            _slices[i] = new ArgumentSlice(start, length - start);
        }

        args = new Arguments(_bytes, _slices.AsSpan(0, call.Count));
        return null;
    }

    private static byte[] NoArguments { get; } =
        "ERR Please specify at least one argument for this redis lib call"u8.ToArray();

    private static byte[] WrongArguments { get; } =
        "ERR Lua redis lib command arguments must be strings or integers"u8.ToArray();

    private void Reserve(int length, int more)
    {
        if (_bytes.Length - length < more)
            Array.Resize(ref _bytes, checked(Math.Max(_bytes.Length * 2, length + more)));
    }

    /// <summary>Why the script may not call that, in the order in which Redis looks.</summary>
    private byte[]? Refuse(Command? command, in Arguments args)
    {
        if (command is null || (command.Handler is null && args.Count > 1))
            return "ERR Unknown Redis command called from script"u8.ToArray();
        if (command.Handler is null || !command.AcceptsArgumentCount(args.Count))
            return "ERR Wrong number of args calling Redis command from script"u8.ToArray();
        if (command.Has(CommandFlags.NoScript))
            return "ERR This Redis command is not allowed from script"u8.ToArray();
        if (!host.Session.IsObeyed && IsTooStale(command))
            return "ERR Can not execute the command on a stale replica"u8.ToArray();
        if (host.Session.Caller is { } caller && run.Services.Access.RefuseCall(caller, command, args) is { } refusal)
            return refusal;
        if (host.IsReadOnly && (command.IsWrite || command.Has(CommandFlags.MayReplicate)))
            return "ERR Write commands are not allowed from read-only scripts."u8.ToArray();
        return host.Session.IsObeyed ? null : RefuseByState(command);
    }

    private bool IsTooStale(Command command) =>
        run.Services.Role == ServerRole.Replica && !command.Has(CommandFlags.Stale) && run.Services.Replication.IsStale;

    private byte[]? RefuseByState(Command command)
    {
        var services = run.Services;
        if (command.IsWrite)
        {
            if (services.Role == ServerRole.Replica && services.Options.ReplicaReadOnly)
                return Errors.ReadOnly.ToArray();
            if (services.WriteRefusal is { } refusal)
                return refusal;
            if (ScriptGate.LacksReplicas(services))
                return Errors.NotEnoughReplicas.ToArray();
        }

        // Once it has written it must be able to go on.
        return run.IsOutOfMemory && command.Has(CommandFlags.DenyOom) && !host.AllowsOom && !host.Undo.IsDirty
            ? Errors.OutOfMemory.ToArray()
            : null;
    }

    private LuaTable Counted(byte[] refusal)
    {
        run.Services.Statistics.CountError(refusal);
        return Error(refusal);
    }
}
