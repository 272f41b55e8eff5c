namespace RedisLite.Core.Tests.Commands;

/// <summary>HOTKEYS.</summary>
public sealed class HotKeysCommandTests
{
    [Theory]
    [InlineData("HOTKEYS GET", "$-1")]
    [InlineData("HOTKEYS STOP", "$-1")]
    [InlineData("HOTKEYS RESET", "+OK")]
    [InlineData("HOTKEYS START METRICS 1 CPU", "+OK")]
    [InlineData("HOTKEYS START METRICS 2 NET CPU COUNT 64 DURATION 1 SAMPLE 100", "+OK")]
    [InlineData("HOTKEYS START METRICS 3 CPU NET", "-ERR METRICS count must be 1 or 2")]
    [InlineData("HOTKEYS START METRICS 2 CPU CPU", "-ERR METRICS count does not match number of metric types provided")]
    [InlineData("HOTKEYS START METRICS 2 CPU", "-ERR METRICS count does not match number of metric types provided")]
    [InlineData("HOTKEYS START COUNT 1", "-ERR syntax error")]
    [InlineData("HOTKEYS START METRICS 1 CPU COUNT 0", "-ERR COUNT must be between 1 and 64")]
    [InlineData("HOTKEYS START METRICS 1 CPU DURATION 0", "-ERR DURATION must be between 1 and 1000000")]
    [InlineData("HOTKEYS START METRICS 1 CPU SAMPLE x", "-ERR SAMPLE ratio must be positive")]
    [InlineData("HOTKEYS START METRICS 1 CPU SLOTS 1 0", "-ERR syntax error")]
    public void Replies(string command, string reply) => CommandHarness.Check("", command, reply);

    [Fact]
    public void The_keys_with_the_most_bytes_come_first()
    {
        using var harness = new CommandHarness();
        harness.Given("HOTKEYS START METRICS 1 NET COUNT 2 ; SET cold 1 ; SET hot 01234567890123456789");
        harness.Given("GET hot ; GET hot ; GET hot ; SET warm 0123456789");
        Assert.Matches(@"by-net-bytes \*4 \$3 hot :\d+ \$4 warm :\d+$", harness.Run("HOTKEYS GET"));
    }

    [Fact]
    public void Commands_of_transactions_count_for_their_keys()
    {
        using var harness = new CommandHarness();
        harness.Given("HOTKEYS START METRICS 2 CPU NET ; MULTI ; SET inside 1 ; EXEC");
        Assert.Matches(@"by-net-bytes \*2 \$6 inside :\d+$", harness.Run("HOTKEYS GET"));
    }

    [Fact]
    public void A_hot_key_stays_among_thousands_of_others()
    {
        using var harness = new CommandHarness();
        harness.Given("HOTKEYS START METRICS 1 NET COUNT 1");
        for (var i = 0; i < 3000; i++)
        {
            harness.Given($"SET k{i} 1");
            if (i % 10 == 0)
                harness.Given("GET hot");
        }

        Assert.Matches(@"by-net-bytes \*2 \$3 hot :\d+$", harness.Run("HOTKEYS GET"));
    }

    [Fact]
    public void A_session_ends_by_itself_and_stays_to_be_read()
    {
        using var harness = new CommandHarness();
        harness.Given("HOTKEYS START METRICS 1 NET DURATION 2 ; SET a 1");
        Assert.Equal("-ERR hotkey tracking session in progress, stop tracking first", harness.Run("HOTKEYS RESET"));
        Assert.Equal("-ERR hotkey tracking session already in progress", harness.Run("HOTKEYS START METRICS 1 CPU"));
        harness.Clock.Advance(TimeSpan.FromSeconds(3));
        harness.Given("SET b 1");
        var reply = harness.Run("HOTKEYS GET");
        Assert.Contains("tracking-active :0 ", reply, StringComparison.Ordinal);
        Assert.Contains("collection-duration-ms :2000 ", reply, StringComparison.Ordinal);
        Assert.Matches(@"by-net-bytes \*2 \$1 a :\d+$", reply);
        harness.Given("HOTKEYS RESET");
        Assert.Equal("$-1", harness.Run("HOTKEYS GET"));
    }
}
