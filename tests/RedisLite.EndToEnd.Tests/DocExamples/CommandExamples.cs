using System.Text;
using RedisLite.Commands;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.EndToEnd.Tests.DocExamples;

#region a-command
/// <summary>BYTECOUNT.</summary>
internal static class ByteCountCommands
{
    [Command("BYTECOUNT", Arity = 3, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.String,
        Since = "0.1.0", Complexity = "O(N) where N is the length of the string", Syntax = "key byte",
        Summary = "Counts how often a byte occurs in a string; a missing key counts as empty.",
        Notes = "Not in Redis.")]
    public static void ByteCount(ref CommandContext ctx)
    {
        if (ctx.Args[2].Length != 1)
        {
            ctx.Reply.Error("ERR byte must be a single byte"u8);
            return;
        }

        if (!ctx.TryGetString(1, out var entry, out var exists))
            return;
        ctx.Reply.Integer(exists ? entry.Value.Count(ctx.Args[2][0]) : 0);
    }
}
#endregion

/// <summary>Runs the example of docs/CONTRIBUTING.md: a command that is not part of the product.</summary>
public sealed class CommandExamples
{
    [Theory]
    [InlineData("BYTECOUNT k l", ":3\r\n")]
    [InlineData("bytecount missing l", ":0\r\n")]
    [InlineData("BYTECOUNT k", "-ERR wrong number of arguments for 'bytecount' command\r\n")]
    [InlineData("BYTECOUNT k ll", "-ERR byte must be a single byte\r\n")]
    public void The_example_command_runs(string request, string reply) => Assert.Equal(reply, Run(request));

    private static string Run(string request)
    {
        var table = CommandTable.Build(typeof(CommandExamples).Assembly);
        using var databases = new Databases(new StorageOptions { StripeCount = 1 });
        var options = new RuntimeOptions { SlowlogLogSlowerThanMicroseconds = -1 };
        var services = new CommandServices(databases, TimeProvider.System, options)
        {
            Commands = table,

            // What the example has no use for.
            Configuration = null!,
            Control = null!,
            Identity = null!,
        };
        using var executor = new CommandExecutor(services);
        SetKey(databases);

        var session = new ClientSession(1, NoConnection.Instance, nowMs: 0) { InlineRepliesAreResp = true };
        using var batch = new CommandBatch(session, services);
        var input = Encoding.ASCII.GetBytes(request + "\r\n");
        new RequestParser(ProtocolLimits.Default).Parse(input, batch.Requests, maxRequests: 1);
        batch.Resolve(input.Length, poolThreshold: 100);
        Assert.Equal(BatchOutcome.Completed, executor.Run(batch, mayWait: true));
        return Encoding.ASCII.GetString(batch.Reply.Written);
    }

    private static void SetKey(Databases databases)
    {
        var key = databases.MakeKey("k"u8);
        var plan = databases.CreatePlan();
        plan.Add(key.Hash, exclusive: true);
        plan.Enter();
        databases[0].SetString(key, "hello, world"u8);
        plan.Exit();
    }
}
