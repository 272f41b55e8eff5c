namespace RedisLite.Cluster.Tests.Processes.Load;

/// <summary>The judge of the histories finds each kind of fault.</summary>
public sealed class HistoryCheckTests
{
    private const AppendOutcome Ok = AppendOutcome.Copied;

    private int _elements;

    [Fact]
    public void A_sound_history_has_no_faults() => AssertFaults(
        [], "a b d",
        At(1, 2, length: 1), At(3, 4, length: 2), At(5, 9, outcome: AppendOutcome.Refused), At(6, 8, length: 3));

    [Fact]
    public void What_nobody_knows_of_may_be_there_or_not() => AssertFaults(
        [], "a c",
        At(1, 2, outcome: AppendOutcome.Unknown), At(1, 2, outcome: AppendOutcome.Unknown), At(3, 4, length: 2));

    [Fact]
    public void An_append_that_is_lost_is_found() =>
        AssertFaults(["lost"], "a", At(1, 2, length: 1), At(3, 4, length: 2));

    [Fact]
    public void Without_WAIT_an_append_may_be_lost_where_only_copies_are_promised() =>
        AssertFaults([], "a", At(1, 2, length: 1), At(3, 4, length: 2, outcome: AppendOutcome.Acknowledged));

    [Fact]
    public void An_element_that_is_there_twice_is_found() =>
        AssertFaults(["twice"], "a a", At(1, 2, length: 1));

    [Fact]
    public void An_element_that_nobody_appended_is_found() =>
        AssertFaults(["'x' stands in a list"], "a x", At(1, 2, length: 1));

    [Fact]
    public void An_append_that_was_refused_and_done_is_found() =>
        AssertFaults(["refused, and done"], "a", At(1, 2, outcome: AppendOutcome.Refused));

    [Fact]
    public void An_element_at_another_place_is_found() =>
        AssertFaults(["at place 2"], "b a", At(1, 2, length: 1), At(1, 2, outcome: AppendOutcome.Unknown));

    [Fact]
    public void Appends_in_another_order_than_their_time_are_found() =>
        AssertFaults(["sent after"], "b a", At(1, 2, length: 2), At(3, 4, length: 1));

    [Fact]
    public void Appends_at_the_same_time_have_no_order() =>
        AssertFaults([], "b a", At(1, 3, length: 2), At(2, 4, length: 1));

    [Fact]
    public void Two_owners_at_a_time_are_found() => AssertFaults(
        ["two owners"], "a b c",
        At(1, 2, length: 1, by: "one"), At(3, 4, length: 2, by: "two"), At(5, 6, length: 3, by: "one"));

    [Fact]
    public void An_owner_may_come_back_in_another_window() => AssertFaults(
        [], "a b c",
        At(1, 2, length: 1, by: "one"), At(3, 4, length: 2, by: "two"),
        At(5, 6, length: 3, by: "one") with { Window = 1 });

    private static void AssertFaults(string[] expected, string list, params Append[] history)
    {
        var lists = new Dictionary<string, IReadOnlyList<string>> { ["k"] = list.Split(' ') };
        var faults = HistoryCheck.FindFaults(history, lists, AppendOutcome.Copied);
        Assert.Equal(expected.Length, faults.Count);
        Assert.All(expected, (text, i) => Assert.StartsWith(text, faults[i], StringComparison.Ordinal));
    }

    /// <summary>The elements are called a, b, c and so on.</summary>
    private Append At(long sent, long received, long length = 0, AppendOutcome outcome = Ok, string by = "one") =>
        new(1, "k", $"{(char)('a' + _elements++)}", outcome, length, by, sent, received, Window: 0);
}
