using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using RedisLite.Commands;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server.Introspection;
using RedisLite.Protocol;

namespace RedisLite.Core.Tests.Commands;

/// <summary>What must hold for every command, read from the table: nobody writes these tests per command.</summary>
public sealed partial class ConformanceTests
{
    private static readonly CommandTable Table = CommandTable.Default;

    public static TheoryData<string> Runnable => [.. Table.Runnable.Select(command => command.Declaration.Name)];

    public static TheoryData<string> All => [.. Table.WithSubcommands.Select(command => command.Declaration.Name)];

    public static TheoryData<string> WithKeys =>
        [.. Table.Runnable.Where(command => command.Keys.Any(spec => spec.Kind != KeySpecKind.WholeKeyspace)).Select(
            command => command.Declaration.Name)];

    [Theory]
    [MemberData(nameof(Runnable))]
    public void A_wrong_number_of_arguments_is_refused(string name)
    {
        using var harness = new CommandHarness();
        harness.Options.EnableDebugCommand = RedisLite.Commands.Server.ProtectedAccess.Yes;
        var command = Find(name);
        if (command.Subcommands is not null)
            return;

        // Redis answers every refusal of EXEC so, in a transaction or not.
        var code = name == "EXEC" ? "EXECABORT Transaction discarded because of:" : "ERR";
        var expected = $"-{code} wrong number of arguments for '{command.Name}' command";
        var arity = command.Declaration.Arity;
        var words = name.Split(' ').Length;
        if (Math.Abs(arity) > words)
            Assert.Equal(expected, harness.Run(Request(command, Math.Abs(arity) - 1)));
        if (arity > 0)
            Assert.Equal(expected, harness.Run(Request(command, arity + 1)));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void It_is_documented(string name)
    {
        var command = Find(name).Declaration;
        Assert.Matches(Version(), command.Since);
        Assert.NotEqual("", command.Complexity);
        Assert.True(char.IsUpper(command.Summary[0]), command.Summary);
        Assert.True(command.Summary.Length is >= 10 and < 160, command.Summary);
        Assert.Equal(command.Syntax, command.Syntax.Trim());
        Assert.NotNull(SyntaxParser.Parse(command.Syntax));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Command_info_and_docs_describe_it(string name)
    {
        using var harness = new CommandHarness();
        var command = Find(name);
        var info = harness.Run("COMMAND INFO " + command.Name);
        Assert.StartsWith(
            $"*1 *10 ${command.Name.Length} {command.Name} :{command.Declaration.Arity} ", info,
            StringComparison.Ordinal);
        Assert.StartsWith($"*2 ${command.Name.Length} {command.Name} *", harness.Run(
            "COMMAND DOCS " + command.Name), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(WithKeys))]
    public void Its_keys_are_found_where_it_locks_them(string name)
    {
        using var harness = new CommandHarness();
        var command = Find(name);

        // One more for a key where none has to be named.
        var request = Request(
            command, Math.Abs(command.Declaration.Arity) + (command.Has(CommandFlags.NoMandatoryKeys) ? 1 : 0));
        var slices = new ArgumentSlice[request.Length];
        var offset = 0;
        for (var i = 0; i < slices.Length; i++)
        {
            slices[i] = new ArgumentSlice(offset, request[i].Length);
            offset += request[i].Length;
        }

        var keys = KeyExtraction.Keys(
            command, new Arguments([.. request.SelectMany(bytes => bytes)], slices), harness.Databases);
        Assert.NotEmpty(keys);
        Assert.All(keys, key => Assert.InRange(key.Position, name.Split(' ').Length, request.Length - 1));
        Assert.Equal(keys.Count, keys.Select(key => key.Position).Distinct().Count());

        var expected = $"*{keys.Count}" + string.Concat(
            keys.Select(key => $" ${request[key.Position].Length} {Encoding.ASCII.GetString(request[key.Position])}"));
        Assert.Equal(
            expected, harness.Run([.. new[] { "COMMAND"u8.ToArray(), "GETKEYS"u8.ToArray() }.Concat(Padded(request))]));
    }

    [Theory]
    [MemberData(nameof(Runnable))]
    public void No_arguments_make_it_throw(string name)
    {
        using var harness = new CommandHarness();
        harness.Options.EnableDebugCommand = RedisLite.Commands.Server.ProtectedAccess.Yes;
        var command = Find(name);
        var least = Math.Abs(command.Declaration.Arity);
        foreach (var filler in new[] { "", "x", "-1", "0", "99999999999999999999", "GET" })
            for (var count = least; count <= (command.Declaration.Arity < 0 ? least + 3 : least); count++)
                harness.NewClient().Run(Request(command, count, filler));
    }

    [Theory]
    [MemberData(nameof(Runnable))]
    public void A_read_only_replica_refuses_it_exactly_if_it_writes(string name)
    {
        const string Refusal = "-READONLY You can't write against a read only replica.";
        using var harness = new CommandHarness();
        harness.Options.EnableDebugCommand = RedisLite.Commands.Server.ProtectedAccess.Yes;
        harness.Options.ReplicaReadOnly = true;
        harness.Services.Role = ServerRole.Replica;
        var command = Find(name);
        var request = Request(command, Math.Abs(command.Declaration.Arity));
        if (command.Declaration.Arity is > 0 or < -1 || command.Subcommands is null)
            Assert.Equal(command.IsWrite, harness.NewClient().Run(request) == Refusal);

        // Inside a transaction it is refused when it is queued, and the primary's own stream never.
        if (!command.IsWrite)
            return;
        var client = harness.NewClient();
        client.Run("MULTI");
        Assert.Equal(Refusal, client.Run(request));
        Assert.StartsWith("-EXECABORT", client.Run("EXEC"), StringComparison.Ordinal);
        Assert.NotEqual(Refusal, harness.NewClient(SessionOrigin.Primary).Run(request));
        harness.Options.ReplicaReadOnly = false;
        Assert.NotEqual(Refusal, harness.NewClient().Run(request));
    }

    [Fact]
    public void Ordinals_are_dense_and_distinct()
    {
        int[] ordinals = [.. Table.WithSubcommands.Select(command => command.Ordinal).Order()];
        Assert.Equal(Enumerable.Range(0, Table.OrdinalCount), ordinals);
    }

    [Fact]
    public void Every_command_has_rows_in_a_table()
    {
        var tested = new HashSet<Command>(CommandsOfRows());
        var missing = Table.Runnable.Where(command => !tested.Contains(command)).Select(
            command => command.Declaration.Name);
        Assert.True(!missing.Any(), $"Add [InlineData] rows to the family's tests for: {string.Join(", ", missing)}");
    }

    /// <summary>The commands in the texts of all [InlineData] rows of this assembly.</summary>
    private static IEnumerable<Command> CommandsOfRows()
    {
        var texts = from type in typeof(ConformanceTests).Assembly.GetTypes()
                    from method in type.GetMethods()
                    from data in method.GetCustomAttributesData()
                    where data.AttributeType == typeof(InlineDataAttribute)
                    from value in (IEnumerable<CustomAttributeTypedArgument>)data.ConstructorArguments[0].Value!
                    where value.Value is string
                    select (string)value.Value!;
        foreach (var request in texts.SelectMany(text => text.Split(" ; ")))
        {
            var words = request.Split(' ');
            if (Table.Find(Encoding.Latin1.GetBytes(words[0])) is not { } command)
                continue;
            if (command.Subcommands is null || words.Length == 1)
                yield return command;
            else if (CommandTable.FindSubcommand(command, Encoding.Latin1.GetBytes(words[1])) is { } subcommand)
                yield return subcommand;
        }
    }

    private static Command Find(string name) => Table.FindByFullName(Encoding.ASCII.GetBytes(name.Replace(' ', '|')))!;

    /// <summary>
    /// A request with so many arguments, the name included: keys where keys are wanted, counts where counts are.
    /// </summary>
    private static byte[][] Request(Command command, int count, string filler = "a")
    {
        var words = command.Declaration.Name.Split(' ');
        var request = new byte[Math.Max(count, words.Length)][];
        for (var i = 0; i < request.Length; i++)
            request[i] = Encoding.ASCII.GetBytes(i < words.Length ? words[i] : filler == "a" ? $"a{i}" : filler);
        foreach (var spec in command.Keys.Where(
            spec => spec.Kind == KeySpecKind.CountedByArgument && spec.First < request.Length))
            request[spec.First] = "1"u8.ToArray();
        foreach (var spec in command.Keys.Where(
            spec => spec is { Kind: KeySpecKind.AfterKeyword, First: >= 0 } && spec.First < request.Length))
            request[spec.First] = Encoding.ASCII.GetBytes(spec.Option!);
        return request;
    }

    /// <summary>COMMAND GETKEYS wants two words at least.</summary>
    private static byte[][] Padded(byte[][] request) => request.Length > 1 ? request : [.. request, "x"u8.ToArray()];

    [GeneratedRegex(@"^\d+\.\d+\.\d+$")]
    private static partial Regex Version();
}
