using System.Globalization;
using RedisLite.Commands.Keys;

namespace RedisLite.Core.Tests.Commands;

/// <summary>SCAN and KEYS.</summary>
public sealed class ScanCommandTests
{
    private const string Some = "SET a1 x ; SET a2 x ; SET b1 x";

    [Theory]
    [InlineData("", "SCAN 0", "*2 $1 0 *0")]
    [InlineData("SET a v", "SCAN 0 COUNT 1000", "*2 $1 0 *1 $1 a")]
    [InlineData("SET a v", "SCAN 0 MATCH b*", "*2 $1 0 *0")]
    [InlineData(Some, "SCAN 0 MATCH b* COUNT 100", "*2 $1 0 *1 $2 b1")]
    [InlineData(Some, "SCAN 0 MATCH b* MATCH a? MATCH ?1 MATCH b1", "*2 $1 0 *1 $2 b1")]
    [InlineData("SET a v", "SCAN 0 TYPE string", "*2 $1 0 *1 $1 a")]
    [InlineData("SET a v", "scan 0 type STRING count 5 match *", "*2 $1 0 *1 $1 a")]
    [InlineData("SET a v", "SCAN 0 TYPE list", "*2 $1 0 *0")]
    [InlineData("SET a v", "SCAN 0 TYPE nonsense", "*2 $1 0 *0")]
    [InlineData("SET a v", "SCAN \"\"", "*2 $1 0 *1 $1 a")]
    [InlineData("SET a v", "SCAN +0", "*2 $1 0 *1 $1 a")]
    [InlineData("SET a v ; SELECT 1", "SCAN 0", "*2 $1 0 *0")]
    [InlineData("", "SCAN x", "-ERR invalid cursor")]
    [InlineData("", "SCAN 0x", "-ERR invalid cursor")]
    [InlineData("", "SCAN \" 0\"", "-ERR invalid cursor")]
    [InlineData("", "SCAN 18446744073709551616", "-ERR invalid cursor")]
    [InlineData("", "SCAN -", "-ERR invalid cursor")]
    [InlineData("", "SCAN x COUNT x", "-ERR invalid cursor")]
    [InlineData("", "SCAN 0 COUNT 0", "-ERR syntax error")]
    [InlineData("", "SCAN 0 COUNT -1", "-ERR syntax error")]
    [InlineData("", "SCAN 0 COUNT x", "-ERR value is not an integer or out of range")]
    [InlineData("", "SCAN 0 COUNT", "-ERR syntax error")]
    [InlineData("", "SCAN 0 MATCH", "-ERR syntax error")]
    [InlineData("", "SCAN 0 BAD x", "-ERR syntax error")]
    [InlineData("", "SCAN", "-ERR wrong number of arguments for 'scan' command")]
    [InlineData("SET a v", "SCAN 0 COUNT 9223372036854775807", "*2 $1 0 *1 $1 a")]
    [InlineData("", "KEYS *", "*0")]
    [InlineData("SET a v", "KEYS *", "*1 $1 a")]
    [InlineData(Some, "KEYS b*", "*1 $2 b1")]
    [InlineData(Some, "KEYS ?2", "*1 $2 a2")]
    [InlineData(Some, "KEYS [^a]1", "*1 $2 b1")]
    [InlineData(Some, "KEYS \"\"", "*0")]
    [InlineData("SET \"\" v", "KEYS *", "*1 $0 ")]
    [InlineData("SET \"\" v", "KEYS **", "*0")]
    [InlineData("SET \"a\\x00b\" v", "KEYS a?b", "*1 $3 a\\x00b")]
    [InlineData("SET a v ; SELECT 1", "KEYS *", "*0")]
    [InlineData("", "KEYS", "-ERR wrong number of arguments for 'keys' command")]
    public void Replies(string given, string command, string reply) => CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("0", 0UL)]
    [InlineData("", 0UL)]
    [InlineData("+7", 7UL)]
    [InlineData("007", 7UL)]
    [InlineData("-1", ulong.MaxValue)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    [InlineData("12\0junk", 12UL)]
    public void Cursors_are_read_as_c_reads_them(string text, ulong cursor)
    {
        Assert.True(ScanCommands.TryParseCursor(System.Text.Encoding.ASCII.GetBytes(text), out var read));
        Assert.Equal(cursor, read);
    }

    [Fact]
    public void Any_number_is_a_safe_cursor()
    {
        using var harness = new CommandHarness();
        harness.Given(Some);
        foreach (var cursor in new[] { "18446744073709551615", "-1", "123456789012345", "4294967295" })
            Assert.StartsWith("*2 $", harness.Run($"SCAN {cursor}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10_000)]
    public void A_whole_scan_returns_every_key(int count)
    {
        using var harness = new CommandHarness();
        var expected = Fill(harness, 0, 1000);
        var seen = new HashSet<string>();
        Scan(harness, count, seen, _ => { });
        Assert.Equal(expected, seen);
    }

    [Fact]
    public void Keys_that_stay_are_returned_while_the_table_grows_and_shrinks()
    {
        using var harness = new CommandHarness();
        var stay = Fill(harness, 0, 300);
        var round = 0;
        var seen = new HashSet<string>();
        Scan(harness, 10, seen, _ =>
        {
            // Bursts of growth and of shrinking between two calls, each by more than a factor of two.
            var burst = round / 4;
            for (var i = 0; i < 400; i++)
                harness.Run(burst % 2 == 0 ? $"SET tmp:{(round % 4 * 400) + i} v" : $"DEL tmp:{(round % 4 * 400) + i}");
            round++;
        });
        Assert.True(round > 8, "the scan was over before the table had grown and shrunk");
        Assert.Subset(seen, stay);
    }

    [Fact]
    public void Keys_deleted_and_created_again_between_calls_are_returned()
    {
        using var harness = new CommandHarness();
        var stay = Fill(harness, 0, 500);
        var seen = new HashSet<string>();
        Scan(harness, 20, seen, call =>
        {
            harness.Run($"DEL key:{call}");
            harness.Run($"SET key:{call} again");
        });
        Assert.Equal(stay, seen);
    }

    [Fact]
    public void Expired_keys_are_not_returned()
    {
        using var harness = new CommandHarness();
        harness.Given("SET live v ; SET dead v ; PEXPIRE dead 10 ; SET late v ; PEXPIRE late 11");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(10));
        Assert.Equal(["late", "live"], Words(harness.Run("KEYS *")).Order(StringComparer.Ordinal));
        Assert.Equal(":3", harness.Run("DBSIZE"));
        Assert.Equal(["late", "live"], Words(harness.Run("SCAN 0 COUNT 100")).Skip(1).Order(StringComparer.Ordinal));
        Assert.Equal(":2", harness.Run("DBSIZE"));
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void Inside_a_transaction_walks_see_its_own_changes()
    {
        using var harness = new CommandHarness();
        harness.Given("SET a v ; MULTI ; SET b v ; DEL a ; KEYS * ; SCAN 0 COUNT 100 ; DBSIZE ; RANDOMKEY");
        Assert.Equal("*6 +OK :1 *1 $1 b *2 $1 0 *1 $1 b :1 $1 b", harness.Run("EXEC"));
    }

    [Fact]
    public void Keys_of_many_keys_returns_each_once()
    {
        using var harness = new CommandHarness();
        var expected = Fill(harness, 0, 5000);
        var words = Words(harness.Run("KEYS key:*"));
        Assert.Equal(5000, words.Count);
        Assert.Equal(expected, words.ToHashSet());
    }

    private static HashSet<string> Fill(CommandHarness harness, int first, int count)
    {
        var names = new HashSet<string>();
        for (var i = first; i < first + count; i++)
        {
            harness.Given($"SET key:{i} v");
            names.Add($"key:{i}");
        }

        return names;
    }

    /// <summary>Scans from start to end, doing something between the calls.</summary>
    private static void Scan(CommandHarness harness, int count, HashSet<string> seen, Action<int> between)
    {
        var cursor = "0";
        for (var call = 0; ; call++)
        {
            var words = Words(harness.Run(string.Create(CultureInfo.InvariantCulture, $"SCAN {cursor} COUNT {count}")));
            seen.UnionWith(words.Skip(1));
            cursor = words[0];
            if (cursor == "0")
                return;
            between(call);
        }
    }

    /// <summary>The strings of a reply without its headers; the cursor comes first.</summary>
    private static List<string> Words(string reply) =>
        [.. reply.Split(' ').Where(word => word is not ['*', ..] and not ['$', ..])];
}
