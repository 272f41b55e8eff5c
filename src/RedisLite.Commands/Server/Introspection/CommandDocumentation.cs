using System.Text;
using RedisLite.Protocol;

namespace RedisLite.Commands.Server.Introspection;

/// <summary>Writes a command as COMMAND DOCS shows it: its name, then a map of what is known about it.</summary>
internal static class CommandDocumentation
{
    public static void Write(ReplyWriter reply, Command command)
    {
        var declaration = command.Declaration;
        var arguments = SyntaxParser.Parse(declaration.Syntax);
        reply.Bulk(command.NameBytes.Span);
        reply.Map(4 + (arguments.Count > 0 ? 1 : 0) + (command.Subcommands is null ? 0 : 1));
        WriteText(reply, "summary"u8, declaration.Summary);
        WriteText(reply, "since"u8, declaration.Since);
        WriteText(reply, "group"u8, GroupName(declaration.Group));
        WriteText(reply, "complexity"u8, declaration.Complexity);
        if (arguments.Count > 0)
        {
            var keyIndex = new KeyIndex(command.Keys.Count(spec => spec.Kind != KeySpecKind.WholeKeyspace) - 1);
            reply.Bulk("arguments"u8);
            WriteArguments(reply, arguments, ref keyIndex);
        }

        if (command.Subcommands is not { } subcommands)
            return;
        reply.Bulk("subcommands"u8);
        reply.Map(subcommands.Count);
        foreach (var subcommand in subcommands.Values.OrderBy(sub => sub.Name, StringComparer.Ordinal))
            Write(reply, subcommand);
    }

    /// <summary>As Redis writes it: "sorted-set", "pubsub".</summary>
    internal static string GroupName(CommandGroup group) =>
        group == CommandGroup.SortedSet ? "sorted-set" : group.ToString().ToLowerInvariant();

    private static void WriteArguments(ReplyWriter reply, IReadOnlyList<SyntaxNode> nodes, ref KeyIndex keys)
    {
        reply.Array(nodes.Count);
        foreach (var node in nodes)
            WriteArgument(reply, node, ref keys);
    }

    private static void WriteArgument(ReplyWriter reply, SyntaxNode node, ref KeyIndex keys)
    {
        var mark = reply.BeginAggregate();
        var fields = 2;
        WriteText(reply, "name"u8, node.Name);
        reply.Bulk("type"u8);
        reply.Bulk(SyntaxKinds.NameOf(node.Kind));
        if (node.Token is not null)
        {
            fields++;
            WriteText(reply, "token"u8, node.Token);
        }

        if (node.Kind == SyntaxKind.Key && keys.TryTake(out var index))
        {
            fields++;
            reply.Bulk("key_spec_index"u8);
            reply.Integer(index);
        }

        var flags = FlagsOf(node);
        if (flags.Count > 0)
        {
            fields++;
            reply.Bulk("flags"u8);
            CommandDescription.WriteStatuses(reply, flags);
        }

        if (node.Parts.Count > 0)
        {
            fields++;
            reply.Bulk("arguments"u8);
            WriteArguments(reply, node.Parts, ref keys);
        }

        reply.EndMap(mark, fields);
    }

    private static List<string> FlagsOf(SyntaxNode node)
    {
        var flags = new List<string>();
        if (node.IsOptional)
            flags.Add("optional");
        if (node.IsMultiple)
            flags.Add("multiple");
        if (node is { IsMultiple: true, RepeatsToken: true })
            flags.Add("multiple_token");
        return flags;
    }

    private static void WriteText(ReplyWriter reply, ReadOnlySpan<byte> name, string text)
    {
        reply.Bulk(name);
        reply.Bulk(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Numbers the arguments that are keys by the key specification that describes them.</summary>
    private struct KeyIndex(int last)
    {
        private int _next;

        public bool TryTake(out int index)
        {
            index = Math.Min(_next++, last);
            return last >= 0;
        }
    }
}
