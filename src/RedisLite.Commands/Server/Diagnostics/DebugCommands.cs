using System.Globalization;
using System.Text;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Keys;
using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Serialization;
using RedisLite.Storage.Serialization.Collections;

namespace RedisLite.Commands.Server.Diagnostics;

/// <summary>DEBUG: for tests of clients and of this server; off unless <c>enable-debug-command</c> allows it.</summary>
/// <remarks>
/// One command and no container, as in Redis: its parts are no commands of their own in statistics and ACL categories.
/// </remarks>
internal static class DebugCommands
{
    private delegate void Part(ref CommandContext ctx);

    // Name, least and most arguments after it (-1: any number), what runs, help.
    private static readonly DebugPart[] Parts =
    [
        new("CHANGE-REPL-ID", 0, 0, "", "Take a new replication ID: no replica can go on where it was.",
            ChangeReplicationId),
        new("DIGEST", 0, 0, "",
            "Output a digest of the whole data set, the same as Redis's for the same data.", Digest),
        new("DIGEST-VALUE", 0, -1, "<key> [<key> ...]", "Output a digest of the value of each key.", DigestValue),
        new("ERROR", 1, 1, "<message>", "Reply with the message as an error.", Error),
        new("HTSTATS", 1, 1, "<dbid>", "Output how evenly the keys of a database lie in its tables.",
            TableStatisticsOf),
        new("LOADAOF", 0, 0, "", "Load the append only file in the place of the data.", LoadAppendOnly),
        new("LOG", 1, 1, "<message>", "Write the message to the server's log.", Log),
        new("OBJECT", 1, 1, "<key>", "Show low level information about a key and its value.", Object),
        new("PROTOCOL", 1, 1, "<type>", "Reply with a value of the type, in the client's protocol.", Protocol),
        new("RELOAD", 0, -1, "[option ...]",
            "Save the RDB file and load it back. NOSAVE: load the file that is there. NOFLUSH: add to the data what is "
                + "in the file. MERGE: replace keys that are there.", Reload),
        new("REPLICATE", 1, -1, "<string> [<string> ...]",
            "Send a command to replicas that this server does not execute.", Replicate),
        new("SET-ACTIVE-EXPIRE", 1, 1, "<0|1>", "Whether expired keys are deleted although nobody asks for them.",
            SetActiveExpire),
        new("SLEEP", 1, 1, "<seconds>", "Let this client wait, and nobody else.", Sleep),
        new("STRINGMATCH-LEN", 2, 2, "<length> <pattern>", "Match a text of that many 'A' against a pattern.",
            StringMatch),
    ];

    [Command("DEBUG", Arity = -2, Group = CommandGroup.Server, Since = "1.0.0", Complexity = "Depends on subcommand.",
        Flags = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale
            | CommandFlags.Pooled | CommandFlags.Protected, PlanWith = nameof(Plan),
        AuditedWith = nameof(IsSubcommand), Syntax = "subcommand [argument [argument ...]]",
        Summary = "A container for debugging commands.",
        Notes = "What helps tests: SLEEP holds up only its own client; crashes and internals of Redis's memory have "
            + "no counterpart.")]
    public static void Debug(ref CommandContext ctx)
    {
        var given = ctx.Args.Count - 2;
        foreach (var part in Parts)
        {
            if (!ctx.Args.Is(1, part.NameBytes) || given < part.Least || (part.Most >= 0 && given > part.Most))
                continue;
            part.Run(ref ctx);
            return;
        }

        if (ctx.Args.Is(1, "HELP"u8))
            Help(ref ctx);
        else
            ctx.Reply.Error(Errors.SubcommandSyntax(ctx.Command, ctx.Args));
    }

    /// <summary>Some parts look at keys, some at everything at one moment.</summary>
    internal static void Plan(in Arguments args, scoped ref KeyCollector keys)
    {
        if (args.Is(1, "DIGEST"u8) || args.Is(1, "HTSTATS"u8))
            keys.AddWholeKeyspace();
        else if (args.Is(1, "CHANGE-REPL-ID"u8))
            keys.AddWholeKeyspace(KeyspaceUse.Write);
        else if (args.Is(1, "OBJECT"u8) || args.Is(1, "DIGEST-VALUE"u8))
            for (var i = 2; i < args.Count; i++)
                keys.Add(i, KeyAccess.Read);
    }

    private static void ChangeReplicationId(ref CommandContext ctx)
    {
        ctx.Services.Replication.ChangeId();
        ctx.Reply.Ok();
    }

    private static void Replicate(ref CommandContext ctx)
    {
        using var command = new MemoryStream();
        command.Write(
            Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"*{ctx.Args.Count - 2}\r\n")));
        for (var i = 2; i < ctx.Args.Count; i++)
        {
            command.Write(
                Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"${ctx.Args[i].Length}\r\n")));
            command.Write(ctx.Args[i]);
            command.Write("\r\n"u8);
        }

        ctx.Services.Replication.AppendForReplicas(command.ToArray());
        ctx.Reply.Ok();
    }

    private static void Reload(ref CommandContext ctx)
    {
        var request = new ReloadRequest { Saves = true };
        for (var i = 2; i < ctx.Args.Count; i++)
        {
            if (ctx.Args.Is(i, "MERGE"u8))
                request = request with { Merges = true };
            else if (ctx.Args.Is(i, "NOFLUSH"u8))
                request = request with { Flushes = false };
            else if (ctx.Args.Is(i, "NOSAVE"u8))
                request = request with { Saves = false };
            else
            {
                ctx.Reply.Error("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."u8);
                return;
            }
        }

        Reload(ref ctx, request);
    }

    private static void LoadAppendOnly(ref CommandContext ctx)
    {
        if (ctx.Services.Persistence.AofEnabled)
            Reload(ref ctx, new ReloadRequest { FromAppendOnly = true });
        else
            ctx.Reply.Error("ERR appendonly is off: there is no append only file to load"u8);
    }

    /// <summary>Waits at the connection, while others are told LOADING.</summary>
    private static void Reload(ref CommandContext ctx, ReloadRequest request)
    {
        if (ctx.IsInTransaction)
        {
            ctx.Reply.Error("ERR the data cannot be loaded anew inside a transaction"u8);
            return;
        }

        string? failure = null;
        var parked = new ParkedCommand
        {
            OnWoken = reply =>
            {
                if (failure is null)
                    reply.Ok();
                else
                    reply.Error(Encoding.UTF8.GetBytes(failure));
            },
        };
        ctx.Park(parked);
        ctx.Services.Persistence.Reload(request, error =>
        {
            failure = error;
            parked.Wake();
        });
    }

    private static void Error(ref CommandContext ctx) => ctx.Reply.Error(ctx.Args[2]);

    private static void Log(ref CommandContext ctx)
    {
        ctx.Services.Control.Log(Encoding.UTF8.GetString(ctx.Args[2]));
        ctx.Reply.Ok();
    }

    private static void SetActiveExpire(ref CommandContext ctx)
    {
        ctx.Services.IsActiveExpiryEnabled = !ctx.Args[2].SequenceEqual("0"u8);
        ctx.Reply.Ok();
    }

    private static void StringMatch(ref CommandContext ctx)
    {
        if (!ctx.Args.TryGetInt64(2, out var length) || length is < 0 or > 1024 * 1024)
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return;
        }

        var text = new byte[length];
        text.AsSpan().Fill((byte)'A');
        ctx.Reply.Integer(Glob.IsMatch(ctx.Args[3], text, ignoreCase: false) ? 1 : 0);
    }

    /// <summary>Waits at the connection: the executor, and with it everybody else, goes on.</summary>
    private static void Sleep(ref CommandContext ctx)
    {
        // As C's atof does: what is no number is zero.
        var seconds = ctx.Args.TryGetDouble(2, out var value) && value > 0 ? Math.Min(value, int.MaxValue / 1000) : 0;
        if (seconds == 0 || ctx.IsInTransaction)
        {
            ctx.Reply.Ok();
            return;
        }

        var (services, session) = (ctx.Services, ctx.Session);
        var request = new OwnedRequest(ctx.Command, ctx.Args);
        ctx.Park(new ParkedCommand
        {
            Timeout = TimeSpan.FromSeconds(seconds),
            OnTimedOut = reply =>
            {
                reply.Ok();

                // It took that long for its client, and tests of SLOWLOG and LATENCY rely on it.
                SlowCommands.NoteIfSlow(
                    services, request.Command, request.Arguments, session, (long)(seconds * 1_000_000));
            },
        });
    }

    private static void Object(ref CommandContext ctx)
    {
        if (!ctx.TryPeek(ctx.Key(2), out var entry))
        {
            ctx.Reply.Error(Errors.NoSuchKey);
            return;
        }

        var isLfu = AccessClock.IsLfu(ctx.Options);
        var seconds = ctx.NowMs / 1000;
        ctx.Reply.SimpleString(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"Value at:0x0 refcount:1 encoding:{Encoding.ASCII.GetString(EncodingNames.Of(ctx.Keyspace, entry))} "
                + $"serializedlength:{SerializedLength(ref ctx, entry)} "
                + $"lru:{(isLfu ? entry.AccessClock : seconds & 0xFFFFFF)} "
                + $"lru_seconds_idle:{(isLfu ? 0 : AccessClock.IdleSeconds(entry.AccessClock, ctx.NowMs))}")));
    }

    /// <summary>Bytes that the value takes in a dump: a frame of a type byte before and ten bytes after it.</summary>
    private static int SerializedLength(ref CommandContext ctx, in Entry entry)
    {
        using var dump = new RdbBuffer(ctx.Databases);
        DumpCommands.Write(ref ctx, entry, dump);
        return dump.Length - 11;
    }

    private static void Digest(ref CommandContext ctx)
    {
        var digest = new DatasetDigest();
        for (var i = 0; i < ctx.Databases.Count; i++)
        {
            var state = (Digest: digest, Keyspace: ctx.Databases[i], Database: i, ctx.NowMs);
            ctx.Databases[i].ForEach(StripeAccess.HeldByCaller, ref state,
                static (in Entry entry, ref (DatasetDigest Digest, Keyspace Keyspace, int Database, long NowMs) to) =>
                {
                    if (!entry.IsExpired(to.NowMs))
                        Add(to.Digest, to.Keyspace, to.Database, entry);
                });
        }

        ctx.Reply.SimpleString(Encoding.ASCII.GetBytes(digest.ToString()));
    }

    private static void Add(DatasetDigest digest, Keyspace keyspace, int database, in Entry entry)
    {
        if (entry.Type == EntryType.String)
        {
            digest.AddString(database, entry.Key, entry.Value, entry.ExpireAtMs);
            return;
        }

        using var held = keyspace.Hold(entry);
        digest.Add(database, entry.Key, held, entry.ExpireAtMs);
    }

    private static byte[] DigestOf(ref CommandContext ctx, in Entry entry)
    {
        var expires = entry.ExpireAtMs != Keyspace.NoExpiry;
        if (entry.Type == EntryType.String)
            return DatasetDigest.OfStringValue(entry.Value, expires);
        using var held = ctx.Keyspace.Hold(entry);
        return CollectionDumps.Digest(held, expires);
    }

    private static void DigestValue(ref CommandContext ctx)
    {
        ctx.Reply.Array(ctx.Args.Count - 2);
        for (var i = 2; i < ctx.Args.Count; i++)
        {
            var digest = ctx.TryPeek(ctx.Key(i), out var entry)
                ? DigestOf(ref ctx, entry)
                : new byte[DatasetDigest.Size];
            ctx.Reply.SimpleString(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(digest)));
        }
    }

    private static void TableStatisticsOf(ref CommandContext ctx)
    {
        if (!ctx.Args.TryGetInt64(2, out var database))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return;
        }

        if (database < 0 || database >= ctx.Databases.Count)
        {
            ctx.Reply.Error("ERR Out of range database"u8);
            return;
        }

        var statistics = ctx.Databases[(int)database].GetStatistics(StripeAccess.HeldByCaller);
        var text = new StringBuilder("[Dictionary HT]\n");
        if (statistics.Keys == 0)
        {
            text.Append("No stats available for empty dictionaries\n");
        }
        else
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $" stripes in use: {statistics.UsedStripes}\n largest stripe: {statistics.LargestStripe}\n");
            text.Append(
                CultureInfo.InvariantCulture,
                $" table size: {statistics.Buckets}\n number of elements: {statistics.Keys}\n");
            text.Append(
                CultureInfo.InvariantCulture,
                $" max chain length: {statistics.LongestChain}\n avg chain length (counted): "
                    + $"{statistics.MeanChain:F2}\n Chain length distribution:\n");
            for (var i = 0; i < statistics.ChainLengths.Count; i++)
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"   {i}: {statistics.ChainLengths[i]} "
                        + $"({statistics.ChainLengths[i] * 100.0 / statistics.Buckets:F2}%)\n");
        }

        ctx.Reply.Verbatim("txt"u8, Encoding.ASCII.GetBytes(text.ToString()));
    }

    private static void Protocol(ref CommandContext ctx)
    {
        if (!ProtocolSamples.TryWrite(ctx.Reply, Encoding.Latin1.GetString(ctx.Args[2]).ToLowerInvariant()))
            ctx.Reply.Error(
                "ERR Wrong protocol type name. Please use one of the following: "u8
                    + "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"u8);
    }

    private static void Help(ref CommandContext ctx)
    {
        ctx.Reply.Array(3 + (Parts.Length * 2));
        ctx.Reply.SimpleString("DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"u8);
        foreach (var part in Parts)
        {
            ctx.Reply.SimpleString(Encoding.ASCII.GetBytes($"{part.Name} {part.Arguments}".TrimEnd()));
            ctx.Reply.SimpleString(Encoding.ASCII.GetBytes("    " + part.Help));
        }

        ctx.Reply.SimpleString("HELP"u8);
        ctx.Reply.SimpleString("    Prints this help."u8);
    }

    private sealed record DebugPart(string Name, int Least, int Most, string Arguments, string Help, Part Run)
    {
        public byte[] NameBytes { get; } = Encoding.ASCII.GetBytes(Name);
    }

    private static bool IsSubcommand(in Arguments args, int index) => index == 1;
}
