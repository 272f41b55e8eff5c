namespace RedisLite.Core.Tests.Commands;

/// <summary>MONITOR.</summary>
public sealed class MonitorCommandTests
{
    [Theory]
    [InlineData("MONITOR", "SET k v", "\"SET\" \"k\" \"v\"")]
    [InlineData("MONITOR", "ECHO \"a\\x00\\n\\t\\\"\\\\\"", "\"ECHO\" \"a\\x00\\n\\t\\\"\\\\\"")]
    [InlineData("MONITOR", "AUTH secret", "\"AUTH\" \"(redacted)\"")]
    public void Shows_a_command_with_its_arguments_quoted(string start, string command, string shown)
    {
        using var harness = new CommandHarness();
        var monitor = harness.NewClient();
        Assert.Equal("+OK", monitor.Run(start));
        harness.Run(command);
        Assert.Equal($"+1700000000.000000 [0 127.0.0.1:50000] {shown}", Assert.Single(monitor.Pushes));
    }

    [Fact]
    public void Exec_comes_after_its_commands_and_select_shows_its_database()
    {
        using var harness = new CommandHarness();
        var monitor = harness.NewClient();
        monitor.Run("MONITOR");
        harness.Given("MULTI ; SET k v ; EXEC ; SELECT 3");
        Assert.Equal(
            ["[0 127.0.0.1:50000] \"MULTI\"", "[0 127.0.0.1:50000] \"SET\" \"k\" \"v\"", "[0 127.0.0.1:50000] \"EXEC\"",
                "[3 127.0.0.1:50000] \"SELECT\" \"3\""],
            monitor.Pushes.Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
    }

    [Fact]
    public void Administration_is_not_shown_and_reset_ends_it()
    {
        using var harness = new CommandHarness();
        var monitor = harness.NewClient();
        monitor.Run("MONITOR");
        harness.Given("CONFIG GET x ; CLIENT LIST");
        Assert.Empty(monitor.Pushes);
        monitor.Run("RESET");
        monitor.Pushes.Clear();
        harness.Given("PING");
        Assert.Empty(monitor.Pushes);
    }
}
