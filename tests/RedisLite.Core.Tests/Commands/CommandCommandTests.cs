using System.Text;
using RedisLite.Commands;
using RedisLite.Commands.Server.Introspection;

namespace RedisLite.Core.Tests.Commands;

/// <summary>COMMAND and its subcommands.</summary>
public sealed class CommandCommandTests
{
    [Theory]
    [InlineData("COMMAND INFO get",
        "*1 *10 $3 get :2 *2 +readonly +fast :1 :1 :1 *3 +@read +@string +@fast *0 *1 *6 $5 flags *2 +RO +access $12 "
            + "begin_search *4 $4 type $5 index $4 spec *2 $5 index :1 $9 find_keys *4 $4 type $5 range $4 spec *6 "
            + "$7 lastkey :0 $7 keystep :1 $5 limit :0 *0")]
    [InlineData("COMMAND INFO nosuch", "*1 $-1")]
    [InlineData("COMMAND INFO client|nosuch", "*1 $-1")]
    [InlineData("COMMAND INFO CLIENT|ID",
        "*1 *10 $9 client|id :2 *3 +noscript +loading +stale :0 :0 :0 *2 +@slow +@connection *0 *0 *0")]
    [InlineData("COMMAND DOCS nosuch", "*0")]
    [InlineData("COMMAND COUNT x", "-ERR wrong number of arguments for 'command|count' command")]
    [InlineData("COMMAND NOSUCH", "-ERR unknown subcommand 'NOSUCH'. Try COMMAND HELP.")]
    [InlineData("COMMAND LIST FILTERBY ACLCAT TRANSACTION", "*5 $7 discard $4 exec $5 multi $7 unwatch $5 watch")]
    [InlineData("COMMAND LIST FILTERBY ACLCAT nosuch", "*0")]
    [InlineData("COMMAND LIST FILTERBY MODULE x", "*0")]
    [InlineData("COMMAND LIST FILTERBY PATTERN Object|F*", "*1 $11 object|freq")]
    [InlineData("COMMAND LIST FILTERBY nosuch x", "-ERR syntax error")]
    [InlineData("COMMAND LIST FILTERBY PATTERN", "-ERR syntax error")]
    [InlineData("COMMAND LIST x", "-ERR syntax error")]
    [InlineData("COMMAND GETKEYS MSET a 1 b 2", "*2 $1 a $1 b")]
    [InlineData("COMMAND GETKEYS SORT a BY b STORE c", "*2 $1 a $1 c")]
    [InlineData("COMMAND GETKEYS OBJECT ENCODING k", "*1 $1 k")]
    [InlineData("COMMAND GETKEYS BITOP AND d a b", "*3 $1 d $1 a $1 b")]
    [InlineData("COMMAND GETKEYS NOSUCH x", "-ERR Invalid command specified")]
    [InlineData("COMMAND GETKEYS OBJECT NOSUCH k", "-ERR Invalid command specified")]
    [InlineData("COMMAND GETKEYS CLIENT ID", "-ERR The command has no key arguments")]
    [InlineData("COMMAND GETKEYS SSUBSCRIBE a", "-ERR The command has no key arguments")]
    [InlineData("COMMAND GETKEYS KEYS *", "-ERR The command has no key arguments")]
    [InlineData("COMMAND GETKEYS GET a b", "-ERR Invalid number of arguments specified for command")]
    [InlineData("COMMAND GETKEYS GET", "-ERR wrong number of arguments for 'command|getkeys' command")]
    [InlineData("COMMAND GETKEYSANDFLAGS SET k v", "*1 *2 $1 k *2 +OW +update")]
    [InlineData("COMMAND GETKEYSANDFLAGS SET k v GET", "*1 *2 $1 k *3 +RW +access +update")]
    [InlineData("COMMAND GETKEYSANDFLAGS BITFIELD k GET u8 0", "*1 *2 $1 k *2 +RO +access")]
    [InlineData("COMMAND GETKEYSANDFLAGS BITFIELD k SET u8 0 1", "*1 *2 $1 k *3 +RW +access +update")]
    [InlineData("COMMAND GETKEYSANDFLAGS DEL k", "*1 *2 $1 k *2 +RM +delete")]
    [InlineData("COMMAND GETKEYSANDFLAGS WATCH k", "*1 *2 $1 k *1 +RO")]
    [InlineData("COMMAND GETKEYSANDFLAGS RENAME a b", "*2 *2 $1 a *3 +RW +access +delete *2 $1 b *2 +OW +update")]
    public void Replies(string command, string reply) => CommandHarness.Check("", command, reply);

    [Theory]
    [InlineData("COMMAND")]
    public void Command_without_a_subcommand_and_command_info_list_everything(string command)
    {
        using var harness = new CommandHarness();
        var count = CommandTable.Default.Commands.Count;
        var all = harness.Run(command);
        Assert.StartsWith($"*{count} *10 ", all, StringComparison.Ordinal);
        Assert.Equal(all, harness.Run("COMMAND INFO"));
        Assert.Equal($":{count}", harness.Run("COMMAND COUNT"));
        Assert.StartsWith($"*{CommandTable.Default.WithSubcommands.Count()} $", harness.Run(
            "COMMAND LIST"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("COMMAND HELP", "COUNT DOCS GETKEYS GETKEYSANDFLAGS INFO LIST")]
    [InlineData("SLOWLOG HELP", "GET LEN RESET")]
    [InlineData("HOTKEYS HELP", "GET RESET START STOP")]
    [InlineData("LATENCY HELP", "DOCTOR GRAPH HISTOGRAM HISTORY LATEST RESET")]
    public void Help_names_every_subcommand(string command, string names)
    {
        using var harness = new CommandHarness();
        var help = harness.Run(command);
        Assert.All(names.Split(' '), name => Assert.Contains("+" + name, help, StringComparison.Ordinal));
    }

    [Fact]
    public void Resp3_has_maps_and_sets_where_Redis_has_them()
    {
        using var harness = new CommandHarness();
        harness.Given("HELLO 3");
        Assert.StartsWith(
            "*1 *10 $3 get :2 ~2 +readonly +fast :1 :1 :1 ~3 +@read +@string +@fast ~0 ~1 %3 $5 flags ~2 ",
            harness.Run("COMMAND INFO get"), StringComparison.Ordinal);
        Assert.StartsWith("%1 $3 get %5 $7 summary $", harness.Run("COMMAND DOCS get"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("key", "key(k)")]
    [InlineData("key [key ...]", "key(k)*")]
    [InlineData("key value [key value ...]", "{key(k) value(s)}*")]
    [InlineData("[channel [channel ...]]", "channel(s)?*")]
    [InlineData("key seconds [NX | XX]", "key(k) seconds(i) <NX NX|XX XX>?")]
    [InlineData("key [EX seconds | PX milliseconds]", "key(k) <EX seconds(i)|PX milliseconds(i)>?")]
    [InlineData("key [LIMIT offset count]", "key(k) LIMIT {offset(i) count(i)}?")]
    [InlineData("<ON | OFF> [PREFIX prefix [PREFIX prefix ...]]", "<ON ON|OFF OFF> PREFIX prefix(s)?*")]
    [InlineData("[TYPE <A | B>]", "TYPE <A A|B B>?")]
    [InlineData("[protover [AUTH username password]]", "{protover(i) AUTH {username(s) password(s)}?}?")]
    public void Syntax_becomes_a_tree(string syntax, string tree) =>
        Assert.Equal(tree, string.Join(' ', SyntaxParser.Parse(syntax).Select(Show)));

    [Theory]
    [InlineData("[key")]
    [InlineData("key]")]
    [InlineData("<a | b")]
    public void Unbalanced_syntax_is_refused(string syntax) =>
        Assert.Throws<FormatException>(() => SyntaxParser.Parse(syntax));

    [Theory]
    [InlineData("X 1")]
    [InlineData("R:nosuch 1")]
    [InlineData("R one")]
    [InlineData("R 1..-1/0")]
    public void A_bad_declaration_of_keys_is_refused(string keys) =>
        Assert.Throws<FormatException>(() => KeySpec.Parse(keys));

    private static string Show(SyntaxNode node)
    {
        var text = new StringBuilder();
        if (node.Token is not null)
            text.Append(node.Token).Append(' ');
        text.Append(node.Kind switch
        {
            SyntaxKind.PureToken => node.Name.ToUpperInvariant(),
            SyntaxKind.Block => $"{{{string.Join(' ', node.Parts.Select(Show))}}}",
            SyntaxKind.OneOf => $"<{string.Join('|', node.Parts.Select(Show))}>",
            SyntaxKind.Key => node.Name + "(k)",
            SyntaxKind.Integer => node.Name + "(i)",
            _ => node.Name + "(s)",
        });
        return text.Append(node.IsOptional ? "?" : "").Append(node.IsMultiple ? "*" : "").ToString();
    }
}
