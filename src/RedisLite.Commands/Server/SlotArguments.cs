using System.Text;
using RedisLite.Storage;

namespace RedisLite.Commands.Server;

/// <summary>Reads the slots that a subcommand of CLUSTER names, with Redis's errors.</summary>
internal static class SlotArguments
{
    /// <summary>One slot; false when the error is replied.</summary>
    public static bool TryRead(ref CommandContext ctx, int argument, out int slot)
    {
        var isSlot = ctx.Args.TryGetInt64(argument, out var number) && number is >= 0 and < KeySlot.Count;
        slot = (int)number;
        if (!isSlot)
            ctx.Reply.Error("ERR Invalid or out of range slot"u8);
        return isSlot;
    }

    /// <summary>All slots from the first argument on; false when the error is replied.</summary>
    /// <param name="ctx">The request.</param>
    /// <param name="isRange">Whether two arguments are the ends of a range.</param>
    /// <param name="slots">As given.</param>
    public static bool TryRead(ref CommandContext ctx, bool isRange, out List<int> slots)
    {
        slots = [];
        if (isRange && ctx.Args.Count % 2 == 1)
        {
            var name = Encoding.ASCII.GetString(ctx.Command.NameBytes.Span);
            ctx.Reply.Error(Encoding.ASCII.GetBytes($"ERR wrong number of arguments for '{name}' command"));
            return false;
        }

        for (var i = 2; i < ctx.Args.Count; i += isRange ? 2 : 1)
        {
            if (!TryRead(ref ctx, i, out var first) || !TryRead(ref ctx, isRange ? i + 1 : i, out var last))
                return false;
            if (first > last)
            {
                ctx.Reply.Error(Encoding.ASCII.GetBytes(
                    $"ERR start slot number {first} is greater than end slot number {last}"));
                return false;
            }

            for (var slot = first; slot <= last; slot++)
                slots.Add(slot);
        }

        return true;
    }
}
