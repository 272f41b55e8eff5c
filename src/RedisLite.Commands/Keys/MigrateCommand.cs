using System.Text;
using RedisLite.Protocol;
using RedisLite.Storage.Serialization;

namespace RedisLite.Commands.Keys;

/// <summary>MIGRATE: carries keys to another server, and deletes them here once it has them.</summary>
internal static class MigrateCommand
{
    private const int FirstOption = 6;

    [Command("MIGRATE", Arity = -6, Keys = "RW:access+delete 3, RW:access+delete+incomplete KEYS@-2..-1",
        Group = CommandGroup.Generic,
        Flags = CommandFlags.Pooled | CommandFlags.MovableKeys | CommandFlags.MovesKeys, Since = "2.6.0",
        Complexity = "This command actually executes a DUMP+DEL in the source instance, and a RESTORE in the target "
            + "instance. See the pages of these commands for time complexity. Also an O(N) data transfer between the "
            + "two instances is performed.",
        Syntax = "host port key|\"\" destination-db timeout [COPY] [REPLACE] [AUTH password | AUTH2 username password] "
            + "[KEYS key [key ...]]",
        Categories = "dangerous", SecretsWith = nameof(IsSecret),
        Summary = "Atomically transfer a key from a Redis instance to another one.",
        Notes = "Holds only the stripes of its keys meanwhile, and not the whole server.")]
    public static void Migrate(ref CommandContext ctx)
    {
        if (!Options.TryRead(ref ctx, out var options))
            return;
        var present = new List<int>();
        foreach (ref readonly var key in ctx.Keys)
            if (ctx.TryGet(ctx.Key(key.Position), out _))
                present.Add(key.Position);
        if (present.Count == 0)
        {
            ctx.Reply.SimpleString("NOKEY"u8);
            return;
        }

        if (ctx.Services.Transfer is not { } transfer)
        {
            ctx.Reply.Error("ERR MIGRATE is not possible here"u8);
            return;
        }

        using var requests = new ReplyWriter();
        var before = WriteHead(requests, options);
        foreach (var position in present)
            WriteRestore(ref ctx, requests, position, options.Replaces);
        IReadOnlyList<string> replies;
        try
        {
            replies = transfer.Exchange(
                options.Host, options.Port, options.Timeout, requests.Written, before + present.Count);
        }
        catch (IOException error)
        {
            ctx.Reply.Error(Encoding.Latin1.GetBytes($"IOERR {error.Message}"));
            return;
        }

        Finish(ref ctx, options, present, replies, before);
    }

    internal static bool IsSecret(in Arguments args, int index) => index > FirstOption
        && (args.Is(index - 1, "AUTH"u8) || args.Is(index - 1, "AUTH2"u8)
            || (index > FirstOption + 1 && args.Is(index - 2, "AUTH2"u8)));

    private static int WriteHead(ReplyWriter requests, in Options options)
    {
        var count = 1;
        if (options.Password is { } password)
        {
            count++;
            requests.Array(options.User is null ? 2 : 3);
            requests.Bulk("AUTH"u8);
            if (options.User is { } user)
                requests.Bulk(user);
            requests.Bulk(password);
        }

        requests.Array(2);
        requests.Bulk("SELECT"u8);
        requests.BulkInteger(options.Database);
        return count;
    }

    private static void WriteRestore(ref CommandContext ctx, ReplyWriter requests, int position, bool replaces)
    {
        ctx.TryPeek(ctx.Key(position), out var entry);
        using var dump = new RdbBuffer(ctx.Databases);
        DumpCommands.Write(ref ctx, entry, dump);
        var ttl = entry.ExpireAtMs == Keyspace.NoExpiry ? 0 : Math.Max(1, entry.ExpireAtMs - ctx.NowMs);
        requests.Array(replaces ? 5 : 4);
        requests.Bulk(ctx.Services.Cluster is null ? "RESTORE"u8 : "RESTORE-ASKING"u8);
        requests.Bulk(ctx.Args[position]);
        requests.BulkInteger(ttl);
        requests.Bulk(dump.Written);
        if (replaces)
            requests.Bulk("REPLACE"u8);
    }

    /// <summary>What the other server has taken goes; the first thing that it refused is the reply.</summary>
    private static void Finish(
        ref CommandContext ctx, in Options options, List<int> present, IReadOnlyList<string> replies, int before)
    {
        var problem = replies.FirstOrDefault(reply => reply.StartsWith('-'));
        var isRefused = replies.Take(before).Any(reply => reply.StartsWith('-'));
        var gone = new List<int>();
        for (var i = 0; i < present.Count && !options.Copies && !isRefused; i++)
            if (!replies[before + i].StartsWith('-') && ctx.Keyspace.Remove(ctx.Key(present[i])))
                gone.Add(present[i]);
        if (gone.Count > 0)
        {
            ctx.Changed(gone.Count);
            var effect = ctx.PropagateAs(gone.Count + 1);
            effect.Bulk("DEL"u8);
            foreach (var position in gone)
                effect.Bulk(ctx.Args[position]);
            foreach (var position in gone)
                ctx.Notify(Server.KeyspaceEvents.Generic, "del"u8, ctx.Args[position]);
        }

        if (problem is null)
            ctx.Reply.Ok();
        else
            ctx.Reply.Error(Encoding.Latin1.GetBytes($"ERR Target instance replied with error: {problem[1..]}"));
    }

    private readonly record struct Options(string Host, int Port, long Database, TimeSpan Timeout)
    {
        public bool Copies { get; init; }

        public bool Replaces { get; init; }

        public byte[]? User { get; init; }

        public byte[]? Password { get; init; }

        public static bool TryRead(ref CommandContext ctx, out Options options)
        {
            var args = ctx.Args;
            options = default;
            if (!args.TryGetInt64(5, out var timeout) || !args.TryGetInt64(4, out var database)
                || !args.TryGetInt64(2, out var port))
            {
                ctx.Reply.Error(Errors.NotAnInteger);
                return false;
            }

            var patience = TimeSpan.FromMilliseconds(timeout <= 0 ? 1000 : Math.Min(timeout, int.MaxValue));
            options = new Options(Encoding.Latin1.GetString(args[1]), (int)port, database, patience);
            for (var i = FirstOption; i < args.Count; i++)
            {
                var more = args.Count - i - 1;
                if (args.Is(i, "COPY"u8))
                {
                    options = options with { Copies = true };
                }
                else if (args.Is(i, "REPLACE"u8))
                {
                    options = options with { Replaces = true };
                }
                else if (args.Is(i, "AUTH"u8) && more >= 1)
                {
                    options = options with { Password = args[++i].ToArray() };
                }
                else if (args.Is(i, "AUTH2"u8) && more >= 2)
                {
                    options = options with { User = args[i + 1].ToArray(), Password = args[i + 2].ToArray() };
                    i += 2;
                }
                else if (args.Is(i, "KEYS"u8) && args[3].IsEmpty)
                {
                    return true;
                }
                else
                {
                    ctx.Reply.Error(args.Is(i, "KEYS"u8)
                        ? "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string"u8
                        : Errors.Syntax);
                    return false;
                }
            }

            return true;
        }
    }
}
