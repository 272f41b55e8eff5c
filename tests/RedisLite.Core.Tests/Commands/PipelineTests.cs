using System.Text;

namespace RedisLite.Core.Tests.Commands;

/// <summary>Requests that come together are prepared together, and must not show it.</summary>
public sealed class PipelineTests
{
    private static readonly string[] Requests =
    [
        "SET a 1", "GET a", "INCR a", "GET", "NONSENSE a", "MSET b 2 c 3 d", "MSET b 2 c 3", "MGET a b c missing a",
        "SELECT 1", "GET a", "SET a other", "SELECT 0", "GET a", "MULTI", "SET a queued", "GET a", "GET", "EXEC",
        "MULTI", "SET a queued", "MGET a b", "EXEC", "RENAME a z", "GET a", "GET z", "EXISTS a b c z z",
        "DEL b z", "FLUSHALL",
        "GET c", "MGET b c", "SET c again", "DBSIZE", "OBJECT ENCODING c", "OBJECT", "COPY c e", "MGET c e",
        "SWAPDB 0 1", "GET c",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(int.MaxValue)]
    public void A_pipeline_is_answered_as_its_requests_one_by_one(int together)
    {
        using var one = new CommandHarness();
        using var many = new CommandHarness();
        var expected = string.Concat(Requests.Select(request => Answer(one, request)));
        var actual = string.Concat(
            Requests.Chunk(Math.Min(together, Requests.Length)).Select(chunk => Answer(many, chunk)));
        Assert.Equal(expected, actual);
    }

    private static string Answer(CommandHarness harness, params string[] requests) =>
        Encoding.ASCII.GetString(
            harness.Client.RunRaw(
                Encoding.ASCII.GetBytes(string.Concat(requests.Select(request => request + "\r\n")))));
}
