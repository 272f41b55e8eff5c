using CsCheck;
using RedisLite.Core.Tests.Commands;

namespace RedisLite.Core.Tests.Persistence.Loading;

/// <summary>
/// What was logged gives the same data when it is replayed a day later, when every expiry is long past.
/// </summary>
public sealed class ReplayTests
{
    private static readonly string[] Keys = ["a", "b", "c"];

    private static readonly Gen<string> GenCommand =
        from key in Gen.Int[0, 2].Select(i => Keys[i])
        from other in Gen.Int[0, 2].Select(i => Keys[i])
        from ms in Gen.Int[1, 3000]
        from which in Gen.Int[0, CommandCount - 1]
        select Commands(key, other, ms)[which];

    private static int CommandCount => Commands("", "", 0).Length;

    [Fact]
    public void Any_commands_replayed_a_day_later_give_the_same_data() =>
        GenCommand.Array[1, 60].Sample(commands =>
        {
            using var harness = new CommandHarness();
            foreach (var command in commands)
            {
                if (command.StartsWith("ADVANCE ", StringComparison.Ordinal))
                    harness.Clock.Advance(TimeSpan.FromMilliseconds(int.Parse(command[8..])));
                else
                    harness.Run(command);
            }

            harness.AssertReplayAgrees();
        }, iter: 200, print: commands => string.Join(" ; ", commands));

    [Theory]
    [InlineData("SET k v PX 1000 ; PERSIST k")]
    [InlineData("SET k 5 PX 1000 ; INCR k")]
    [InlineData("SET k v PX 1000 ; APPEND k w ; GETEX k PX 90000000")]
    [InlineData("SET k v PX 1000 ; RENAME k l ; PERSIST l")]
    [InlineData("SET k v PX 1000 ; COPY k l ; PERSIST l ; DEL k")]
    public void Nothing_expires_while_a_log_is_replayed(string commands)
    {
        using var harness = new CommandHarness();
        harness.Given(commands);
        harness.AssertReplayAgrees();
    }

    private static string[] Commands(string key, string other, int ms) =>
    [
        $"SET {key} 1",
        $"SET {key} 5 PX {ms}",
        $"SET {key} 7 KEEPTTL",
        $"SET {key} 7 NX PX {ms}",
        $"SET {key} 7 XX GET",
        $"GETEX {key} PX {ms}",
        $"GETEX {key} PERSIST",
        $"GETDEL {key}",
        $"PERSIST {key}",
        $"PEXPIRE {key} {ms}",
        $"PEXPIRE {key} {ms} GT",
        $"PEXPIRE {key} -1",
        $"INCR {key}",
        $"INCRBYFLOAT {key} 1.5",
        $"APPEND {key} 3",
        $"SETRANGE {key} 2 4",
        $"SETBIT {key} 9 1",
        $"GETSET {key} 8",
        $"MSET {key} 1 {other} 2",
        $"MSETNX {key} 1 {other} 2",
        $"RENAME {key} {other}",
        $"RENAMENX {key} {other}",
        $"COPY {key} {other} REPLACE",
        $"COPY {key} {other} DB 1",
        $"MOVE {key} 1",
        $"DEL {key} {other}",
        $"GET {key}",
        $"BITOP OR {key} {other} {key}",
        "SELECT 0",
        "SELECT 1",
        "SWAPDB 0 1",
        "FLUSHDB",
        "MULTI",
        "EXEC",
        "DISCARD",
        "RANDOMKEY",
        $"ADVANCE {ms}",
    ];
}
