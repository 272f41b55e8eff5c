using System.Text.RegularExpressions;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Differential;

/// <summary>Says whether two servers' replies to the same command mean the same.</summary>
/// <remarks>
/// Everything is compared byte for byte but for the few replies that cannot be: those that depend on time or chance,
/// whose order means nothing, or that describe the server itself. Errors are always compared byte for byte.
/// </remarks>
internal static partial class ReplyComparer
{
    /// <summary>
    /// How far apart two remaining or absolute times may be: what a machine under load may lose between two calls, in
    /// seconds. Scripts use times that are either past or so far off that this decides nothing.
    /// </summary>
    private const long TimeToleranceSeconds = 60;

    /// <summary>How a command's replies are compared when its step does not say.</summary>
    public static Comparison DefaultFor(ScriptStep step)
    {
        if (step.Comparison != Comparison.Default)
            return step.Comparison;
        var sub = step.UpperArgument(1);
        return step.Command switch
        {
            "TTL" or "PTTL" or "EXPIRETIME" or "PEXPIRETIME" => Comparison.Approximate,
            "KEYS" => Comparison.Sorted,
            "RANDOMKEY" or "TIME" or "INFO" or "LOLWUT" or "LASTSAVE" or "SCAN" => Comparison.Shape,
            "HELLO" => Comparison.Keys,
            "CONFIG" when sub == "GET" => Comparison.Sorted,
            "COMMAND" when sub == "LIST" => Comparison.Sorted,
            "PUBSUB" when sub is "CHANNELS" or "SHARDCHANNELS" => Comparison.Sorted,
            "CLIENT" when sub is "ID" or "INFO" or "LIST" or "HELP" => Comparison.Shape,
            // How many share a value is a matter of how a server keeps it.
            "OBJECT" when sub is "IDLETIME" or "FREQ" or "REFCOUNT" => Comparison.Shape,
            "MEMORY" or "SLOWLOG" or "LATENCY" when sub is not ("LEN" or "RESET" or "HISTORY" or "LATEST") =>
                Comparison.Shape,
            "DEBUG" when sub == "OBJECT" => Comparison.Shape,
            _ => Comparison.Exact,
        };
    }

    /// <summary>Whether both replies mean the same under <paramref name="comparison"/>.</summary>
    /// <param name="inSeconds">The unit of <see cref="Comparison.Approximate"/>: seconds, else milliseconds.</param>
    public static bool Agree(RespValue a, RespValue b, Comparison comparison, bool inSeconds)
    {
        if (a.IsError || b.IsError)
            return a.Equals(b);
        return comparison switch
        {
            Comparison.Differs => true,
            Comparison.Shape => SameShape(a, b),
            Comparison.Sorted => a.Kind == b.Kind && Sorted(a).SequenceEqual(Sorted(b)),
            Comparison.Keys => a.Kind == b.Kind && Keys(a).SequenceEqual(Keys(b)),
            Comparison.Approximate => Close(a, b, inSeconds ? TimeToleranceSeconds : TimeToleranceSeconds * 1000),
            Comparison.Monitor => a.Kind == b.Kind && WithoutTimeAndAddress(a.Text) == WithoutTimeAndAddress(b.Text),
            _ => a.Equals(b),
        };
    }

    /// <summary>
    /// Several frames of one step whose order means nothing: messages by several patterns, or the confirmations of an
    /// UNSUBSCRIBE from everything, whose counts go down in whatever order the channels do.
    /// </summary>
    public static bool AgreeInAnyOrder(IReadOnlyList<RespValue> a, IReadOnlyList<RespValue> b) =>
        WithoutCounts(a).SequenceEqual(WithoutCounts(b)) && Counts(a).SequenceEqual(Counts(b));

    /// <summary>The reply to EXEC: each queued command's reply by that command's own rule.</summary>
    public static bool AgreeOnExec(RespValue a, RespValue b, IReadOnlyList<ScriptStep> queued)
    {
        if (a.Kind != RespKind.Array || b.Kind != RespKind.Array || queued.Count != a.Items.Count
            || a.Items.Count != b.Items.Count)
        {
            return a.Equals(b);
        }

        return queued
            .Select((step, i) => Agree(a.Items[i], b.Items[i], DefaultFor(step), CountsSeconds(step)))
            .All(agree => agree);
    }

    public static bool CountsSeconds(ScriptStep step) => step.Command is not ("PTTL" or "PEXPIRETIME");

    private static bool SameShape(RespValue a, RespValue b) =>
        a.Kind == b.Kind || (a.IsNull && b.IsNull);

    private static IEnumerable<string> Sorted(RespValue value)
    {
        // A map's pairs stay together.
        var items = value.Kind == RespKind.Map
            ? value.Items.Chunk(2).Select(pair => $"{pair[0]}: {pair[1]}")
            : value.Items.Select(item => item.ToString());
        return items.Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> WithoutCounts(IReadOnlyList<RespValue> frames) => frames
        .Select(frame =>
            string.Join(' ', frame.Items.Where(item => item.Kind != RespKind.Integer).Prepend(Kind(frame))))
        .Order(StringComparer.Ordinal);

    private static IEnumerable<long> Counts(IReadOnlyList<RespValue> frames) => frames
        .SelectMany(frame => frame.Items.Where(item => item.Kind == RespKind.Integer).Select(item => item.Integer))
        .Order();

    private static RespValue Kind(RespValue frame) => RespValue.Simple(frame.Kind.ToString());

    private static IEnumerable<string> Keys(RespValue value) =>
        value.Items.Where((_, i) => i % 2 == 0).Select(key => key.ToString()).Order(StringComparer.Ordinal);

    private static bool Close(RespValue a, RespValue b, long tolerance)
    {
        if (a.Kind != RespKind.Integer || b.Kind != RespKind.Integer)
            return a.Equals(b);
        var (x, y) = (a.Integer, b.Integer);
        return x == y || (x >= 0 && y >= 0 && Math.Abs(x - y) <= tolerance);
    }

    private static string WithoutTimeAndAddress(string line) => MonitorPrefix().Replace(line, "TIME [$1 ADDRESS]");

    [GeneratedRegex(@"^\d+\.\d+ \[(\d+) [^\]]+\]")]
    private static partial Regex MonitorPrefix();
}
