using System.Buffers;
using RedisLite.Commands.Server;
using RedisLite.Commands.Strings;
using RedisLite.Storage;

namespace RedisLite.Commands.HyperLogLog;

/// <summary>PFADD, PFCOUNT, PFMERGE.</summary>
/// <remarks>
/// Each works on a copy until nothing can fail any more, so that an error leaves the value as it was.
/// </remarks>
internal static class HyperLogLogCommands
{
    /// <summary>What raising one register can add to a sparse value.</summary>
    private const int MostGrowth = 3;

    private const string CorruptNote =
        "A corrupt value is refused by all commands but a PFCOUNT that is answered from the cached cardinality; "
        + "Redis notices some corruption only later.";

    [Command("PFADD", Arity = -2, Keys = "RW:insert 1", Flags = CommandFlags.DenyOom | CommandFlags.Fast,
        Group = CommandGroup.HyperLogLog, Since = "2.8.9", Complexity = "O(1) to add every element.",
        Syntax = "key [element [element ...]]", Summary = "Adds the specified elements to the specified HyperLogLog",
        Notes = CorruptNote)]
    public static void PfAdd(ref CommandContext ctx)
    {
        if (!TryGet(ref ctx, 1, out var entry, out var exists))
            return;
        var value = exists ? entry.Value : HyperLogLogValue.Empty;
        if (!HyperLogLogValue.IsComplete(value))
        {
            ctx.Reply.Error(Errors.CorruptHyperLogLog);
            return;
        }

        var changes = exists ? 0 : 1;
        if (HyperLogLogValue.IsDense(value))
            AddToDense(ref ctx, value, ref changes);
        else
            AddToSparse(ref ctx, value, ref changes);
        if (changes == 0)
            ctx.Keyspace.SetEncoding(ctx.Key(1), StringEncoding.Raw);
        ctx.Reply.Integer(changes > 0 ? 1 : 0);
    }

    [Command("PFCOUNT", Arity = -2, Keys = "RW:access 1..-1", Flags = CommandFlags.MayReplicate,
        Group = CommandGroup.HyperLogLog, Since = "2.8.9",
        Complexity = "O(1) with a very small average constant time when called with a single key. O(N) with N being "
            + "the number of keys, and much bigger constant times, when called with multiple keys.",
        Syntax = "key [key ...]",
        Summary = "Return the approximated cardinality of the set(s) observed by the HyperLogLog at key(s)",
        Notes = CorruptNote)]
    public static void PfCount(ref CommandContext ctx)
    {
        if (ctx.Args.Count == 2)
        {
            CountOne(ref ctx);
            return;
        }

        Span<byte> registers = stackalloc byte[HyperLogLogValue.RegisterCount];
        registers.Clear();
        if (TryMergeAll(ref ctx, registers, out _))
            ctx.Reply.Integer(Cardinality.OfRegisters(registers));
    }

    [Command("PFMERGE", Arity = -2, Keys = "RW:access+insert 1, R 2..-1",
        Flags = CommandFlags.DenyOom | CommandFlags.Pooled, Group = CommandGroup.HyperLogLog, Since = "2.8.9",
        Complexity = "O(N) to merge N HyperLogLogs, but with high constant times.",
        Syntax = "destkey sourcekey [sourcekey ...]", Summary = "Merge N different HyperLogLogs into a single one",
        Notes = CorruptNote)]
    public static void PfMerge(ref CommandContext ctx)
    {
        Span<byte> registers = stackalloc byte[HyperLogLogValue.RegisterCount];
        registers.Clear();
        if (!TryMergeAll(ref ctx, registers, out var anyDense))
            return;
        var key = ctx.Key(1);
        var old = ctx.TryPeek(key, out var entry) ? entry.Value : HyperLogLogValue.Empty;
        var buffer = ArrayPool<byte>.Shared.Rent(HyperLogLogValue.MostSparseBytes);
        Span<byte> result = buffer;
        if (anyDense || !TryRaiseAll(old, registers, ctx.Options.HllSparseMaxBytes, ref result))
        {
            // The destination is among what was merged.
            result = buffer.AsSpan(0, HyperLogLogValue.DenseLength);
            HyperLogLogValue.WriteDense(old, registers, result);
        }

        HyperLogLogValue.ForgetCardinality(result);
        Put(ref ctx, key, result, changes: 1);
        ArrayPool<byte>.Shared.Return(buffer);
        ctx.Reply.Ok();
    }

    /// <summary>
    /// Finds a HyperLogLog. When the key holds something else the error is replied and the result is false.
    /// </summary>
    internal static bool TryGet(ref CommandContext ctx, int argument, out Entry entry, out bool exists) =>
        ctx.TryGetString(argument, out entry, out exists) && (!exists || CheckForm(ref ctx, entry.Value));

    private static bool CheckForm(ref CommandContext ctx, scoped ReadOnlySpan<byte> value)
    {
        if (HyperLogLogValue.HasForm(value))
            return true;
        ctx.Reply.Error(Errors.NotAHyperLogLog);
        return false;
    }

    /// <summary>
    /// Adds the elements in place: nothing can fail, and most of a large value's bytes stay as they are.
    /// </summary>
    private static void AddToDense(ref CommandContext ctx, scoped ReadOnlySpan<byte> value, ref int changes)
    {
        Span<byte> target = default;
        for (var i = 2; i < ctx.Args.Count; i++)
        {
            var element = HashedElement.Of(ctx.Args[i]);
            if (target.IsEmpty && DenseRegisters.Get(value, element.Register) >= element.Rank)
                continue;
            if (target.IsEmpty)
                target = ctx.Keyspace.ResizeString(ctx.Key(1), HyperLogLogValue.DenseLength);
            if (DenseRegisters.Raise(target, element.Register, element.Rank))
                changes++;
        }

        if (changes == 0)
            return;
        HyperLogLogValue.ForgetCardinality(target);
        Report(ref ctx, ctx.Key(1), changes);
    }

    private static void AddToSparse(ref CommandContext ctx, scoped ReadOnlySpan<byte> value, ref int changes)
    {
        var most = Math.Min(value.Length + ((long)MostGrowth * (ctx.Args.Count - 2)), HyperLogLogValue.MostSparseBytes);
        var buffer = ArrayPool<byte>.Shared.Rent((int)most);
        value.CopyTo(buffer);
        var editor = new SparseEditor(buffer, value.Length, ctx.Options.HllSparseMaxBytes);
        var next = 2;
        var needsDense = false;
        while (next < ctx.Args.Count && !needsDense)
        {
            var element = HashedElement.Of(ctx.Args[next]);
            var change = editor.Raise(element.Register, element.Rank);
            needsDense = change == SparseChange.NeedsDense;
            if (change == SparseChange.Raised)
                changes++;
            if (!needsDense)
                next++;
        }

        if (needsDense)
        {
            AddAsDense(ref ctx, editor.Value, next, ref changes);
        }
        else if (changes > 0)
        {
            HyperLogLogValue.ForgetCardinality(editor.Value);
            Put(ref ctx, ctx.Key(1), editor.Value, changes);
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Makes the value dense and adds the elements from one on; that one raises its register.</summary>
    private static void AddAsDense(ref CommandContext ctx, scoped ReadOnlySpan<byte> sparse, int next, ref int changes)
    {
        Span<byte> dense = stackalloc byte[HyperLogLogValue.DenseLength];
        HyperLogLogValue.TryMakeDense(sparse, dense);
        for (; next < ctx.Args.Count; next++)
        {
            var element = HashedElement.Of(ctx.Args[next]);
            if (DenseRegisters.Raise(dense, element.Register, element.Rank))
                changes++;
        }

        HyperLogLogValue.ForgetCardinality(dense);
        Put(ref ctx, ctx.Key(1), dense, changes);
    }

    /// <summary>Counts one key's elements and keeps the result in the value.</summary>
    private static void CountOne(ref CommandContext ctx)
    {
        if (!TryGet(ref ctx, 1, out var entry, out var exists))
            return;
        if (!exists)
        {
            ctx.Reply.Integer(0);
            return;
        }

        var key = ctx.Key(1);
        if (HyperLogLogValue.TryGetCardinality(entry.Value, out var cardinality))
        {
            ctx.Keyspace.SetEncoding(key, StringEncoding.Raw);
        }
        else if (HyperLogLogValue.TryCount(entry.Value, out cardinality))
        {
            if (ctx.KeepsFindings)
            {
                HyperLogLogValue.SetCardinality(ctx.Keyspace.ResizeString(key, entry.Value.Length), cardinality);
                ctx.Changed();
                LogCount(ref ctx, key.Bytes);
            }
        }
        else
        {
            ctx.Reply.Error(Errors.CorruptHyperLogLog);
            return;
        }

        ctx.Reply.Integer(cardinality);
    }

    /// <summary>
    /// A read command is not logged by itself; what this one leaves in the value is data all the same.
    /// </summary>
    private static void LogCount(ref CommandContext ctx, scoped ReadOnlySpan<byte> key)
    {
        if (!ctx.IsLogged)
            return;
        var effect = ctx.PropagateAs(2);
        effect.Bulk("PFCOUNT"u8);
        effect.Bulk(key);
    }

    /// <summary>Merges the values of all keys, each counted as a read. False when the error is replied.</summary>
    private static bool TryMergeAll(ref CommandContext ctx, scoped Span<byte> registers, out bool anyDense)
    {
        anyDense = false;
        for (var i = 1; i < ctx.Args.Count; i++)
        {
            if (!StringWrites.TryReadString(ref ctx, ctx.Key(i), out var entry, out var exists)
                || (exists && !CheckForm(ref ctx, entry.Value)))
                return false;
            if (!exists)
                continue;
            anyDense |= HyperLogLogValue.IsDense(entry.Value);
            if (HyperLogLogValue.TryMergeInto(entry.Value, registers))
                continue;
            ctx.Reply.Error(Errors.CorruptHyperLogLog);
            return false;
        }

        return true;
    }

    /// <summary>Raises the registers of a complete sparse value. False when that needs a dense one.</summary>
    /// <param name="value">The value.</param>
    /// <param name="registers">One byte each, all of them.</param>
    /// <param name="mostBytes">A value that would grow beyond is to become dense.</param>
    /// <param name="result">A buffer for the longest sparse value; cut to what was made.</param>
    private static bool TryRaiseAll(
        scoped ReadOnlySpan<byte> value, scoped ReadOnlySpan<byte> registers, long mostBytes, ref Span<byte> result)
    {
        value.CopyTo(result);
        var editor = new SparseEditor(result, value.Length, mostBytes);
        for (var i = 0; i < registers.Length; i++)
        {
            if (registers[i] > 0 && editor.Raise(i, registers[i]) == SparseChange.NeedsDense)
                return false;
        }

        result = editor.Value;
        return true;
    }

    /// <summary>
    /// Stores a value; an existing key keeps its expiry. PFMERGE counts as one large PFADD, as in Redis.
    /// </summary>
    private static void Put(ref CommandContext ctx, scoped in Key key, scoped ReadOnlySpan<byte> value, int changes)
    {
        ctx.NotifyIfNew(key);
        ctx.Keyspace.SetStringKeepTtl(key, value);
        ctx.Keyspace.SetEncoding(key, StringEncoding.Raw);
        Report(ref ctx, key, changes);
    }

    private static void Report(ref CommandContext ctx, scoped in Key key, int changes)
    {
        ctx.Changed(changes);
        ctx.Notify(KeyspaceEvents.Strings, "pfadd"u8, key.Bytes);
    }
}
