using System.Globalization;
using System.Text;

namespace RedisLite.EndToEnd.Tests.Differential;

/// <summary>What one line of a script asks for.</summary>
internal enum StepKind
{
    /// <summary>Send a command and read its replies.</summary>
    Call,

    /// <summary>Send a command and read nothing: <c>@send</c>.</summary>
    Send,

    /// <summary>
    /// Read the next frame, or so many, that answer no command of this connection: <c>@read</c>, <c>@read 3</c>.
    /// </summary>
    Read,

    /// <summary>Read the reply to a command that was sent before with <c>@send</c>: <c>@reply</c>.</summary>
    Reply,

    /// <summary>Expect the server to close the connection: <c>@closed</c>.</summary>
    Closed,

    /// <summary>Close the connection from the client's side: <c>@disconnect</c>.</summary>
    Disconnect,

    /// <summary>
    /// Walk the whole keyspace with SCAN and the options given, and take the keys as one sorted reply: <c>@scan</c>.
    /// </summary>
    Scan,

    /// <summary>Wait until so many clients are blocked, by INFO: <c>@blocked 2</c>.</summary>
    Blocked,
}

/// <summary>How the replies of two servers to one step are compared.</summary>
internal enum Comparison
{
    /// <summary>By the command's name; see <see cref="ReplyComparer.DefaultFor"/>.</summary>
    Default,

    /// <summary>Byte for byte.</summary>
    Exact,

    /// <summary>As a collection whose order means nothing.</summary>
    Sorted,

    /// <summary>Same kind of reply; errors byte for byte.</summary>
    Shape,

    /// <summary>
    /// Same kind; numbers may differ by what passes between two calls (see <see cref="ReplyComparer"/>).
    /// </summary>
    Approximate,

    /// <summary>A map by its keys alone, whatever their order.</summary>
    Keys,

    /// <summary>A line of MONITOR without its time and address.</summary>
    Monitor,

    /// <summary>Not at all: RedisLite differs on purpose; the step carries the expected reply.</summary>
    Differs,
}

/// <summary>One line of a script.</summary>
/// <param name="Line">Line number in the file, or the number of the generated command; from 1.</param>
/// <param name="Connection">Which of the script's connections.</param>
/// <param name="Arguments">The command's arguments as bytes; empty for steps that send nothing.</param>
/// <param name="Expected">What <c>= reply</c> lines after it say, in the notation of <c>RespValue.ToString</c>.</param>
internal sealed record ScriptStep(
    int Line,
    string Connection,
    StepKind Kind,
    IReadOnlyList<byte[]> Arguments,
    Comparison Comparison,
    IReadOnlyList<string> Expected)
{
    /// <summary>
    /// How many frames a <see cref="StepKind.Read"/> step reads, or clients <see cref="StepKind.Blocked"/> waits for.
    /// </summary>
    public int Number =>
        Arguments.Count == 0 ? 1 : int.Parse(Encoding.Latin1.GetString(Arguments[0]), CultureInfo.InvariantCulture);

    /// <summary>The command's name in upper case, or empty where no command is sent.</summary>
    public string Command { get; } =
        Arguments.Count == 0 || Kind is not (StepKind.Call or StepKind.Send)
        ? "" : Encoding.Latin1.GetString(Arguments[0]).ToUpperInvariant();

    /// <summary>An argument in upper case, or empty where there is none.</summary>
    public string UpperArgument(int index) =>
        index < Arguments.Count ? Encoding.Latin1.GetString(Arguments[index]).ToUpperInvariant() : "";

    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Connection}:");
        if (Kind != StepKind.Call)
            text.Append(CultureInfo.InvariantCulture, $" @{Kind.ToString().ToLowerInvariant()}");
        foreach (var argument in Arguments)
            text.Append(' ').Append(Quote(argument));
        return text.ToString();
    }

    private static string Quote(byte[] argument)
    {
        if (argument.Length > 200)
            return $"<{argument.Length} bytes>";
        var bulk = new Support.RespValue(Support.RespKind.Bulk, argument).ToString();
        return bulk.Length > 2 && !bulk.Contains(' ', StringComparison.Ordinal)
            && !bulk.Contains('\\', StringComparison.Ordinal)
            ? bulk[1..^1]
            : bulk;
    }
}

/// <summary>A list of steps with what its header lines say.</summary>
/// <param name="Name">The file's name without extension, or the generator and its seed.</param>
/// <param name="Protocols">The protocols it is played in: 2, 3 or both.</param>
/// <param name="OnlyRedisLite">
/// Redis 7.0 knows nothing of it (<c>@only redislite</c>): each step carries its expected reply and no oracle is asked.
/// </param>
/// <param name="Steps">In order.</param>
internal sealed record Script(
    string Name, IReadOnlyList<int> Protocols, bool OnlyRedisLite, IReadOnlyList<ScriptStep> Steps);
