using System.Globalization;
using System.Text;
using RedisLite.Storage;

namespace RedisLite.Commands.HyperLogLog;

/// <summary>PFDEBUG and PFSELFTEST, which look inside.</summary>
internal static class HyperLogLogDebugCommands
{
    [Command("PFDEBUG", Arity = 3, Keys = "RW:access 2",
        Flags = CommandFlags.DenyOom | CommandFlags.Admin | CommandFlags.Pooled, Group = CommandGroup.HyperLogLog,
        Since = "2.8.9", Complexity = "N/A", Syntax = "subcommand key",
        Summary = "Internal commands for debugging HyperLogLog values",
        Notes = "GETREG, DECODE, ENCODING, TODENSE. GETREG makes a sparse value dense, as in Redis.")]
    public static void PfDebug(ref CommandContext ctx)
    {
        if (!HyperLogLogCommands.TryGet(ref ctx, 2, out var entry, out var exists))
            return;
        if (!exists)
        {
            ctx.Reply.Error("ERR The specified key does not exist"u8);
            return;
        }

        ctx.Keyspace.SetEncoding(ctx.Key(2), StringEncoding.Raw);
        if (ctx.Args.Is(1, "ENCODING"u8))
            ctx.Reply.SimpleString(HyperLogLogValue.IsDense(entry.Value) ? "dense"u8 : "sparse"u8);
        else if (ctx.Args.Is(1, "GETREG"u8))
            ReplyRegisters(ref ctx, entry.Value);
        else if (ctx.Args.Is(1, "TODENSE"u8))
            ReplyConverted(ref ctx, entry.Value);
        else if (ctx.Args.Is(1, "DECODE"u8))
            ReplyDecoded(ref ctx, entry.Value);
        else
            ctx.Reply.Error(
                Encoding.Latin1.GetBytes($"ERR Unknown PFDEBUG subcommand '{Encoding.Latin1.GetString(ctx.Args[1])}'"));
    }

    [Command("PFSELFTEST", Arity = 1, Flags = CommandFlags.Admin | CommandFlags.Pooled,
        Group = CommandGroup.HyperLogLog, Since = "2.8.9", Complexity = "N/A",
        Summary = "An internal command for testing HyperLogLog values",
        Notes = "With a million elements, where Redis takes ten.")]
    public static void PfSelfTest(ref CommandContext ctx)
    {
        if (SelfTest.Run(Random.Shared) is { } failure)
            ctx.Reply.Error(Encoding.ASCII.GetBytes($"TESTFAILED {failure}"));
        else
            ctx.Reply.Ok();
    }

    private static void ReplyRegisters(ref CommandContext ctx, scoped ReadOnlySpan<byte> value)
    {
        Span<byte> registers = stackalloc byte[HyperLogLogValue.RegisterCount];
        registers.Clear();
        if (!HyperLogLogValue.TryMergeInto(value, registers))
        {
            ctx.Reply.Error(Errors.CorruptHyperLogLog);
            return;
        }

        TryConvert(ref ctx, value, out _);
        ctx.Reply.Array(registers.Length);
        foreach (var register in registers)
            ctx.Reply.Integer(register);
    }

    private static void ReplyConverted(ref CommandContext ctx, scoped ReadOnlySpan<byte> value)
    {
        if (TryConvert(ref ctx, value, out var converted))
            ctx.Reply.Integer(converted ? 1 : 0);
        else
            ctx.Reply.Error(Errors.CorruptHyperLogLog);
    }

    /// <summary>Makes the value dense if it is not. False when it is corrupt.</summary>
    private static bool TryConvert(ref CommandContext ctx, scoped ReadOnlySpan<byte> value, out bool converted)
    {
        converted = false;
        if (HyperLogLogValue.IsDense(value))
            return true;
        Span<byte> dense = stackalloc byte[HyperLogLogValue.DenseLength];
        if (!HyperLogLogValue.TryMakeDense(value, dense))
            return false;
        var key = ctx.Key(2);
        ctx.Keyspace.SetStringKeepTtl(key, dense);
        ctx.Keyspace.SetEncoding(key, StringEncoding.Raw);
        ctx.Changed();
        converted = true;
        return true;
    }

    /// <summary>Replies the opcodes: <c>Z:100 v:3,1 z:5</c>.</summary>
    private static void ReplyDecoded(ref CommandContext ctx, scoped ReadOnlySpan<byte> value)
    {
        if (HyperLogLogValue.IsDense(value))
        {
            ctx.Reply.Error("ERR HLL encoding is not sparse"u8);
            return;
        }

        if (!HyperLogLogValue.IsComplete(value))
        {
            ctx.Reply.Error(Errors.CorruptHyperLogLog);
            return;
        }

        var text = new StringBuilder();
        var rest = value[HyperLogLogValue.HeaderLength..];
        while (SparseOpcode.TryRead(rest, out var opcode))
        {
            if (opcode.Value > 0)
                text.Append(CultureInfo.InvariantCulture, $"v:{opcode.Value},{opcode.Run} ");
            else
                text.Append(CultureInfo.InvariantCulture, $"{(opcode.IsLongZero ? 'Z' : 'z')}:{opcode.Run} ");
            rest = rest[opcode.Length..];
        }

        ctx.Reply.Bulk(Encoding.ASCII.GetBytes(text.ToString().TrimEnd()));
    }
}
