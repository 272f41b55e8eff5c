using RedisLite.Commands.Server;
using RedisLite.Commands.Strings;
using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.Bitmaps;

/// <summary>BITFIELD and BITFIELD_RO: a string as an array of integers of any width.</summary>
internal static class BitFieldCommands
{
    private const int FirstOperation = 2;

    [Command("BITFIELD", Arity = -2, Keys = "RW:access+update+variable 1", Flags = CommandFlags.DenyOom,
        Group = CommandGroup.Bitmap, Since = "3.2.0", Complexity = "O(1) for each subcommand specified",
        Syntax = "key [GET encoding offset | [OVERFLOW WRAP | SAT | FAIL] SET encoding offset value | INCRBY encoding "
            + "offset increment [GET encoding offset | [OVERFLOW WRAP | SAT | FAIL] SET encoding offset value | "
            + "INCRBY encoding offset increment ...]]",
        Summary = "Perform arbitrary bitfield integer operations on strings", UseWith = nameof(UseOfBitField),
        Notes = "A #offset whose product with the width exceeds 64 bits is refused; Redis lets it wrap around.")]
    public static void BitField(ref CommandContext ctx)
    {
        if (!TryRead(ref ctx, out var request))
            return;
        if (request.LastWrittenBit < 0)
            Get(ref ctx, request);
        else
            Change(ref ctx, request);
    }

    [Command("BITFIELD_RO", Arity = -2, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.Bitmap,
        Since = "6.0.0", Complexity = "O(1) for each subcommand specified",
        Syntax = "key [GET encoding offset [GET encoding offset ...]]",
        Summary = "Perform arbitrary bitfield integer operations on strings. Read-only variant of BITFIELD")]
    public static void BitFieldRo(ref CommandContext ctx)
    {
        if (!TryRead(ref ctx, out var request))
            return;
        if (request.LastWrittenBit < 0)
            Get(ref ctx, request);
        else
            ctx.Reply.Error("ERR BITFIELD_RO only supports the GET subcommand"u8);
    }

    /// <summary>Reads all operations before the first one is done: an error anywhere changes nothing.</summary>
    private static bool TryRead(ref CommandContext ctx, out Request request)
    {
        request = new Request { LastWrittenBit = -1 };
        var reader = new ArgReader(ctx.Args, FirstOperation);
        while (reader.HasMore)
        {
            if (reader.TryTake("OVERFLOW"u8, out var mode))
            {
                if (TryReadOverflow(ctx.Args, mode, out _))
                    continue;
                ctx.Reply.Error("ERR Invalid OVERFLOW type specified"u8);
                return false;
            }

            if (!BitFieldOperation.TryRead(ref ctx, ref reader, out var operation))
                return false;
            request.Operations++;
            if (operation.Action != BitFieldAction.Get)
                request.LastWrittenBit = Math.Max(request.LastWrittenBit, operation.Offset + operation.Width - 1);
        }

        return true;
    }

    private static bool TryReadOverflow(in Arguments args, int argument, out BitFieldOverflow overflow)
    {
        overflow = args.Is(argument, "SAT"u8) ? BitFieldOverflow.Saturate
            : args.Is(argument, "FAIL"u8) ? BitFieldOverflow.Fail
            : BitFieldOverflow.Wrap;
        return overflow != BitFieldOverflow.Wrap || args.Is(argument, "WRAP"u8);
    }

    private static void Get(ref CommandContext ctx, Request request)
    {
        if (!StringWrites.TryReadString(ref ctx, ctx.Key(1), out var entry, out var exists))
            return;
        ctx.Reply.Array(request.Operations);
        var reader = new ArgReader(ctx.Args, FirstOperation);
        while (reader.HasMore)
        {
            if (!reader.TryTake("OVERFLOW"u8, out _)
                && BitFieldOperation.TryRead(ref ctx, ref reader, out var operation))
                ctx.Reply.Integer(operation.Read(exists ? entry.Value : []));
        }
    }

    private static void Change(ref CommandContext ctx, Request request)
    {
        if (!ctx.TryGetString(1, out var entry, out var exists)
            || !BitOffset.TryGetLength(ref ctx, request.LastWrittenBit, out var needed))
        {
            return;
        }

        var key = ctx.Key(1);
        var value = exists ? entry.Value : [];
        var target = new Target(ctx.Keyspace, key, value);
        var grows = needed > value.Length;
        if (grows)
        {
            // Room is made even if every operation then fails, as in Redis; here, that goes to the log as well.
            ctx.NotifyIfNew(key);
            target.Resize(needed);
            ctx.Changed();
        }

        ctx.Reply.Array(request.Operations);
        var changes = 0;
        var overflow = BitFieldOverflow.Wrap;
        var reader = new ArgReader(ctx.Args, FirstOperation);
        while (reader.HasMore)
        {
            if (reader.TryTake("OVERFLOW"u8, out var mode))
                TryReadOverflow(ctx.Args, mode, out overflow);
            else if (BitFieldOperation.TryRead(ref ctx, ref reader, out var operation)
                && target.Run(operation, overflow, ctx.Reply, grows))
                changes++;
        }

        if (changes > 0)
        {
            ctx.Changed(changes);
            ctx.Notify(KeyspaceEvents.Strings, "setbit"u8, key.Bytes);
        }
        else
        {
            ctx.Keyspace.SetEncoding(key, StringEncoding.Raw);
        }
    }

    private struct Request
    {
        /// <summary>How many replies there will be.</summary>
        public int Operations;

        /// <summary>The last bit that an operation may write; -1 when all only read.</summary>
        public long LastWrittenBit;
    }

    /// <summary>
    /// The string under change: a view of the entry until the first change, so that one that changes nothing tells
    /// nobody.
    /// </summary>
    private ref struct Target(Keyspace keyspace, Key key, ReadOnlySpan<byte> value)
    {
        private readonly Key _key = key;
        private ReadOnlySpan<byte> _value = value;
        private Span<byte> _writable;

        public void Resize(int length) => _value = _writable = keyspace.ResizeString(_key, length);

        /// <summary>Does one operation and replies to it.</summary>
        /// <returns>Whether it counts as a change.</returns>
        public bool Run(BitFieldOperation operation, BitFieldOverflow overflow, ReplyWriter reply, bool hasGrown)
        {
            var old = operation.Read(_value);
            if (operation.Action == BitFieldAction.Get)
            {
                reply.Integer(old);
                return false;
            }

            if (!operation.TryApply(old, overflow, out var result))
            {
                reply.Null();
                return false;
            }

            if (result != old)
            {
                if (_writable.IsEmpty)
                    Resize(_value.Length);
                BitString.SetField(_writable, operation.Offset, operation.Width, (ulong)result);
            }

            reply.Integer(operation.Action == BitFieldAction.Set ? old : result);
            return hasGrown || result != old;
        }
    }

    private static (KeyAccess Access, KeyUsage Usage) UseOfBitField(
        in Arguments args, KeyAccess access, KeyUsage usage) =>
        ArgReader.Has(args, 2, "SET"u8) || ArgReader.Has(args, 2, "INCRBY"u8)
            ? (access, usage)
            : (KeyAccess.Read, KeyUsage.Access);
}
