using RedisLite.Commands.Server;
using RedisLite.Configuration;
using static RedisLite.Configuration.DirectiveKinds;
using static RedisLite.Configuration.OptionText;

namespace RedisLite.EndToEnd.Tests.DocExamples;

/// <summary>The example of docs/CONTRIBUTING.md is a directive as the product declares it.</summary>
public sealed class DirectiveExamples
{
    private static readonly Directive[] Table =
    [
        #region a-directive
        new("busy-reply-threshold", LongCount)
        {
            Alias = "lua-time-limit", Setting = "execution.busy-reply-threshold", Unit = "ms",
            Apply = (options, text) => options.BusyReplyThresholdMs = Long(text),
        }
        #endregion
    ];

    [Fact]
    public void The_example_directive_is_the_products()
    {
        var example = Assert.Single(Table);
        var ours = DirectiveTable.Find("lua-time-limit")!;
        Assert.Equal(ours with { Apply = null }, example with { Apply = null });

        Assert.Null(example.Kind.Normalize(["7"], "5000", out var canonical));
        Assert.NotNull(example.Kind.Normalize(["-7"], "5000", out _));
        var (expected, actual) = (new RuntimeOptions(), new RuntimeOptions());
        ours.Apply!(expected, canonical);
        example.Apply!(actual, canonical);
        Assert.Equal(7, actual.BusyReplyThresholdMs);
        Assert.Equal(expected.BusyReplyThresholdMs, actual.BusyReplyThresholdMs);
    }
}
