using System.Globalization;
using System.Text;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Differential;

/// <summary>Plays one script against two servers at once and collects every difference.</summary>
/// <param name="subject">The server that is tested.</param>
/// <param name="oracle">The server that is right; null for scripts that carry all their expected replies.</param>
/// <param name="script">What to play.</param>
/// <param name="protocol">2 or 3.</param>
/// <param name="available">
/// The commands that <paramref name="subject"/> has, in upper case; steps with others are left out on both sides. Null
/// plays everything.
/// </param>
internal sealed class DifferentialRun(
    ITestServer subject, ITestServer? oracle, Script script, int protocol, IReadOnlySet<string>? available = null)
{
    private const int MostReported = 15;
    private const int LongestReply = 600;

    private readonly List<string> _differences = [];
    private readonly Dictionary<string, List<ScriptStep>> _queued = [];
    private int _total;

    /// <summary>How many steps were left out because the subject does not have their command.</summary>
    public int LeftOut { get; private set; }

    /// <summary>Plays the script step by step, and compares the two keyspaces at the end.</summary>
    public async Task PlayAsync()
    {
        await using var subjectSession = new ScriptSession(subject.EndPoint, protocol);
        await using var oracleSession = oracle is null ? null : new ScriptSession(oracle.EndPoint, protocol);
        foreach (var step in Playable())
        {
            var playing = subjectSession.PlayAsync(step);
            var right = oracleSession is null ? null : await oracleSession.PlayAsync(step);
            Compare(step, await playing, right);
        }

        await CompareEndAsync(subjectSession, oracleSession);
    }

    /// <summary>
    /// Plays the script in writes of up to <paramref name="depth"/> commands; only calls of one connection may be in
    /// it.
    /// </summary>
    public async Task PlayPipelinedAsync(int depth)
    {
        await using var subjectSession = new ScriptSession(subject.EndPoint, protocol);
        await using var oracleSession = oracle is null ? null : new ScriptSession(oracle.EndPoint, protocol);
        foreach (var steps in Playable().Chunk(depth))
        {
            var playing = subjectSession.PlayPipelinedAsync(steps);
            var right = oracleSession is null ? null : await oracleSession.PlayPipelinedAsync(steps);
            var outcomes = await playing;
            for (var i = 0; i < steps.Length; i++)
                Compare(steps[i], outcomes[i], right?[i]);
        }

        await CompareEndAsync(subjectSession, oracleSession);
    }

    /// <summary>Fails the calling test with every difference found.</summary>
    public void AssertNoDifference()
    {
        if (_total == 0)
            return;
        var report = new StringBuilder();
        report.AppendLine(
            CultureInfo.InvariantCulture,
            $"{script.Name}, RESP{protocol}: {_total} differences, the first {_differences.Count}:");
        foreach (var difference in _differences)
            report.AppendLine(difference);
        Assert.Fail(report.ToString());
    }

    private IEnumerable<ScriptStep> Playable()
    {
        foreach (var step in script.Steps)
        {
            if (available is null || step.Command.Length == 0 || step.Kind == StepKind.Scan || IsKnown(step))
                yield return step;
            else
                LeftOut++;
        }
    }

    // A command that Redis does not have either is played: both must refuse it in the same words.
    private bool IsKnown(ScriptStep step) =>
        available!.Contains(step.Command) || !RedisCommands.OfKeyspaceIssue.Contains(step.Command);

    private void Compare(ScriptStep step, StepOutcome outcome, StepOutcome? right)
    {
        if (right is not null && !Agree(step, outcome, right))
        {
            Add($"#{step.Line} {step}\n    {subject.Name}: {Show(outcome, right)}\n    {oracle!.Name}: "
                + $"{Show(right, outcome)}");
        }
        else if (step.Expected.Count > 0 && Notation(outcome) != Notation(step.Expected))
        {
            Add($"#{step.Line} {step}\n    {subject.Name}: {Show(outcome, null)}\n    expected: "
                + $"{Notation(step.Expected)}");
        }
        else if (right is null && step.Expected.Count == 0 && step.Kind is StepKind.Call or StepKind.Read)
        {
            Add($"#{step.Line} {step}\n    has no expected reply, and no oracle to ask; it was {Show(outcome, null)}");
        }
    }

    private bool Agree(ScriptStep step, StepOutcome outcome, StepOutcome right)
    {
        // That both failed in the same way (no reply, a closed connection) is a mistake in the script, not an
        // agreement.
        if (outcome.Failure is not null || right.Failure is not null || outcome.Frames.Count != right.Frames.Count)
            return false;
        var queued = _queued.TryGetValue(step.Connection, out var list) ? list : _queued[step.Connection] = [];
        if (step.Command == "EXEC" && step.Kind == StepKind.Call)
        {
            var agree = ReplyComparer.AgreeOnExec(outcome.Frames[0], right.Frames[0], queued);
            queued.Clear();
            return agree;
        }

        if (step.Command is "MULTI" or "DISCARD" or "RESET" && !right.Frames[0].IsError)
            queued.Clear();
        else if (right.Frames is [{ Kind: RespKind.SimpleString, Text: "QUEUED" }])
            queued.Add(step);
        var comparison = ReplyComparer.DefaultFor(step);
        if (comparison == Comparison.Sorted && right.Frames.Count > 1)
            return ReplyComparer.AgreeInAnyOrder(outcome.Frames, right.Frames);
        return outcome.Frames.Zip(right.Frames).All(pair =>
            ReplyComparer.Agree(pair.First, pair.Second, comparison, ReplyComparer.CountsSeconds(step)));
    }

    private async Task CompareEndAsync(ScriptSession subjectSession, ScriptSession? oracleSession)
    {
        if (oracleSession is null)
            return;
        var leftovers = await subjectSession.ReadLeftoversAsync();
        foreach (var (connection, right) in await oracleSession.ReadLeftoversAsync())
        {
            var ours = leftovers.TryGetValue(connection, out var found)
                ? found : new StepOutcome([], "(connection lost)");
            if (ours.Failure is not null || right.Failure is not null || !ours.Frames.SequenceEqual(right.Frames))
                Add($"{connection}: frames that no step read\n    {subject.Name}: {Show(ours, right)}\n    "
                    + $"{oracle!.Name}: {Show(right, ours)}");
        }

        foreach (var difference in await KeyspaceDump.CompareAsync(subject, oracle!))
            Add($"at the end, {difference}");
    }

    private void Add(string difference)
    {
        _total++;
        if (_differences.Count < MostReported)
            _differences.Add(difference);
    }

    // Scripts write the null of RESP2; in RESP3 there is only one.
    private string Notation(IReadOnlyList<string> expected)
    {
        var text = string.Join("  ", expected);
        return protocol == 3 ? text.Replace("nilarray", "null", StringComparison.Ordinal).Replace(
            "nil", "null", StringComparison.Ordinal) : text;
    }

    private string Notation(StepOutcome outcome) =>
        outcome.Failure ?? Notation([.. outcome.Frames.Select(frame => frame.ToString())]);

    /// <summary>A reply as text; of a long one, the part around the first difference from the other.</summary>
    private static string Show(StepOutcome outcome, StepOutcome? other)
    {
        var text = outcome.ToString();
        if (text.Length <= LongestReply)
            return text;
        var same = text.AsSpan().CommonPrefixLength(other?.ToString());
        var start = Math.Max(0, Math.Min(same - (LongestReply / 2), text.Length - LongestReply));
        return $"({text.Length} characters, from {start}) ...{text.AsSpan(start, LongestReply)}...";
    }
}
