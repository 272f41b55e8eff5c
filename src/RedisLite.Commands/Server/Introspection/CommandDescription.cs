using System.Text;
using RedisLite.Protocol;

namespace RedisLite.Commands.Server.Introspection;

/// <summary>Writes a command as COMMAND INFO shows it: ten elements, derived from its declaration.</summary>
/// <remarks>
/// <code>
///   name, arity, flags, first key, last key, step, ACL categories, tips, key specifications, subcommands
/// </code>
/// The middle three are what Redis had before key specifications: clients that know only them find the keys of nearly
/// all commands. There are no tips: they are for proxies that split requests over a cluster.
/// </remarks>
internal static class CommandDescription
{
    public static void Write(ReplyWriter reply, Command command)
    {
        reply.Array(10);
        reply.Bulk(command.NameBytes.Span);
        reply.Integer(command.Declaration.Arity);
        WriteStatuses(reply, CommandFlagNames.Of(command));
        var (first, last, step) = KeyRange.Of(command);
        reply.Integer(first);
        reply.Integer(last);
        reply.Integer(step);
        WriteStatuses(reply, [.. AclCategories.Of(command).Select(category => "@" + category)]);
        reply.Set(0);
        WriteKeySpecs(reply, command);
        if (command.Subcommands is not { } subcommands)
        {
            reply.Set(0);
            return;
        }

        reply.Array(subcommands.Count);
        foreach (var subcommand in subcommands.Values.OrderBy(sub => sub.Name, StringComparer.Ordinal))
            Write(reply, subcommand);
    }

    /// <summary>How a key is used, as the words that Redis has for it.</summary>
    public static IReadOnlyList<string> UsageOf(KeyAccess access, KeyUsage usage)
    {
        var words = new List<string>
        {
            access switch
            {
                KeyAccess.ReadWrite => "RW",
                KeyAccess.Write when usage.HasFlag(KeyUsage.Delete) => "RM",
                KeyAccess.Write => "OW",
                _ => "RO",
            },
        };
        if (usage.HasFlag(KeyUsage.Access))
            words.Add("access");
        if (usage.HasFlag(KeyUsage.Update))
            words.Add("update");
        if (usage.HasFlag(KeyUsage.Insert))
            words.Add("insert");
        if (usage.HasFlag(KeyUsage.Delete))
            words.Add("delete");
        if (usage.HasFlag(KeyUsage.Variable))
            words.Add("variable_flags");
        if (usage.HasFlag(KeyUsage.Incomplete))
            words.Add("incomplete");
        return words;
    }

    internal static void WriteStatuses(ReplyWriter reply, IReadOnlyCollection<string> words)
    {
        reply.Set(words.Count);
        foreach (var word in words)
            reply.SimpleString(Encoding.ASCII.GetBytes(word));
    }

    private static void WriteKeySpecs(ReplyWriter reply, Command command)
    {
        var specs = command.Keys.Where(spec => spec.Kind != KeySpecKind.WholeKeyspace).ToList();
        reply.Set(specs.Count + (command.ShardChannels is null ? 0 : 1));
        foreach (var spec in specs)
            WriteKeySpec(reply, spec, UsageOf(spec.Access, spec.Usage));
        if (command.ShardChannels is { } channels)
            WriteKeySpec(reply, channels, ["not_key"]);
    }

    private static void WriteKeySpec(ReplyWriter reply, KeySpec spec, IReadOnlyList<string> usage)
    {
        reply.Map(3);
        reply.Bulk("flags"u8);
        WriteStatuses(reply, usage);
        reply.Bulk("begin_search"u8);
        reply.Map(2);
        WriteSearch(reply, spec);
        reply.Bulk("find_keys"u8);
        reply.Map(2);
        WriteFind(reply, spec);
    }

    private static void WriteSearch(ReplyWriter reply, KeySpec spec)
    {
        reply.Bulk("type"u8);
        if (spec.Kind == KeySpecKind.Unknown)
        {
            WriteUnknown(reply);
            return;
        }

        if (spec.Kind is KeySpecKind.AfterOption or KeySpecKind.AfterKeyword)
        {
            reply.Bulk("keyword"u8);
            reply.Bulk("spec"u8);
            reply.Map(2);
            reply.Bulk("keyword"u8);
            reply.Bulk(Encoding.ASCII.GetBytes(spec.Option!));
            WriteNumber(reply, "startfrom"u8, spec.First);
            return;
        }

        reply.Bulk("index"u8);
        reply.Bulk("spec"u8);
        reply.Map(1);
        WriteNumber(reply, "index"u8, spec.First);
    }

    private static void WriteFind(ReplyWriter reply, KeySpec spec)
    {
        reply.Bulk("type"u8);
        if (spec.Kind == KeySpecKind.Unknown)
        {
            WriteUnknown(reply);
            return;
        }

        reply.Bulk(spec.Kind == KeySpecKind.CountedByArgument ? "keynum"u8 : "range"u8);
        reply.Bulk("spec"u8);
        reply.Map(3);
        if (spec.Kind == KeySpecKind.CountedByArgument)
        {
            WriteNumber(reply, "keynumidx"u8, 0);
            WriteNumber(reply, "firstkey"u8, spec.Last);
            WriteNumber(reply, "keystep"u8, spec.Step);
            return;
        }

        // Redis counts the last key from the first, unless it counts from the end.
        WriteNumber(reply, "lastkey"u8, spec.Kind == KeySpecKind.Range ? KeyRange.RelativeLast(spec) : spec.Last);
        WriteNumber(reply, "keystep"u8, spec.Step);
        WriteNumber(reply, "limit"u8, spec.Limit);
    }

    private static void WriteUnknown(ReplyWriter reply)
    {
        reply.Bulk("unknown"u8);
        reply.Bulk("spec"u8);
        reply.Map(0);
    }

    private static void WriteNumber(ReplyWriter reply, ReadOnlySpan<byte> name, long value)
    {
        reply.Bulk(name);
        reply.Integer(value);
    }
}
