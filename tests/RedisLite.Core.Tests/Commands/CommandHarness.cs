using System.Globalization;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using RedisLite.Commands;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Memory;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// A server without sockets: one executor over fresh databases, a clock that stands still, a recorded log.
/// </summary>
/// <remarks>
/// Commands are written as one would type them (inline syntax with its quotes and escapes) and answered in RESP, shown
/// as text with each line end as one space and bytes outside printable ASCII as <c>\xHH</c>: <c>$3 abc</c>, <c>*2 :1
/// $-1</c>. Disposing verifies the tables, searches for leaks and fails if a command threw.
/// </remarks>
internal sealed class CommandHarness : IDisposable, IServerControl, IServerConfiguration, IKeyspaceEventSink
{
    private const KeyspaceEvents Everything = KeyspaceEvents.All | KeyspaceEvents.New | KeyspaceEvents.KeyMiss;

    /// <summary>What the clock shows at first.</summary>
    public const long StartMs = 1_700_000_000_000;

    private readonly CheckingAllocator _allocator = new();
    private readonly List<string> _events = [];
    private readonly List<Exception> _faults = [];
    private readonly List<TestClient> _clients = [];

    /// <param name="events">The classes of keyspace notifications to record.</param>
    /// <param name="nowMs">What the clock shows.</param>
    /// <param name="table">Its commands; null for the product's.</param>
    public CommandHarness(KeyspaceEvents events = KeyspaceEvents.None, long nowMs = StartMs, CommandTable? table = null)
    {
        Clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(nowMs));
        Options = new RuntimeOptions
        {
            NotifyKeyspaceEvents = events,
            ProtoMaxBulkLength = 512 * 1024 * 1024,
            SlowlogLogSlowerThanMicroseconds = -1,
            SlowlogMaxLength = 128,
            LatencyTracking = true,
            HllSparseMaxBytes = 3000,
            BusyReplyThresholdMs = 5000,
            ScriptMemoryLimit = 16 * 1024 * 1024,
        };
        Databases = new Databases(new StorageOptions { StripeCount = 8, Seed = 42, Allocator = _allocator });
        Services = new CommandServices(Databases, Clock, Options)
        {
            Commands = table ?? CommandTable.Default,
            Configuration = this,
            Control = this,
            Identity = new ServerIdentity { RunId = new string('0', 40), Version = "0.0.0", StartedMs = nowMs },
            ChangeLog = Log,
            Events = this,
        };
        Executor = new CommandExecutor(Services);
        Client = NewClient();
    }

    public FakeTimeProvider Clock { get; }

    public RuntimeOptions Options { get; }

    public Databases Databases { get; }

    public CommandServices Services { get; }

    public CommandExecutor Executor { get; }

    public RecordingChangeLog Log { get; } = new();

    /// <summary>The client that <see cref="Run(string)"/> speaks for.</summary>
    public TestClient Client { get; }

    /// <summary>Shutdowns asked for.</summary>
    public List<ShutdownRequest> Shutdowns { get; } = [];

    /// <summary>What DEBUG LOG wrote.</summary>
    public List<string> Logged { get; } = [];

    /// <summary>What the stub configuration holds, for commands that go through it.</summary>
    public Dictionary<string, string> Directives { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// One row of a command's table; checks as well that an error changes nothing and that replaying the log gives the
    /// same data.
    /// </summary>
    /// <param name="given">Commands that must succeed, separated by <c>" ; "</c>; may be empty.</param>
    /// <param name="command">The command under test.</param>
    /// <param name="reply">In RESP, shown as described on this class.</param>
    public static void Check(string given, string command, string reply)
    {
        using var harness = new CommandHarness();
        harness.Given(given);
        var before = harness.Dump();
        harness.TakeLog();
        Assert.Equal(reply, harness.Run(command));
        if (reply is ['-', ..])
        {
            Assert.Equal(before, harness.Dump());
            Assert.Equal("", harness.TakeLog());
        }

        harness.AssertReplayAgrees();
    }

    /// <summary>
    /// What a command leaves in the log and which events it tells; checks as well that replaying gives the same data.
    /// </summary>
    /// <param name="given">Commands that must succeed, separated by <c>" ; "</c>; may be empty.</param>
    /// <param name="command">The command under test.</param>
    /// <param name="log">As <see cref="TakeLog"/> shows it.</param>
    /// <param name="events">As <see cref="TakeEvents"/> shows them.</param>
    /// <param name="observed">The classes of events that are told.</param>
    public static void CheckEffects(
        string given, string command, string log, string events,
        KeyspaceEvents observed = Everything)
    {
        using var harness = new CommandHarness(observed);
        harness.Given(given);
        harness.TakeLog();
        harness.TakeEvents();

        harness.Run(command);

        Assert.Equal(log, harness.TakeLog());
        Assert.Equal(events, harness.TakeEvents());
        harness.AssertReplayAgrees();
    }

    /// <summary>The same for a row that says nothing of the log.</summary>
    public static void CheckEvents(string given, string command, string events, KeyspaceEvents observed = Everything)
    {
        using var harness = new CommandHarness(observed);
        harness.Given(given);
        harness.TakeEvents();

        harness.Run(command);

        Assert.Equal(events, harness.TakeEvents());
        harness.AssertReplayAgrees();
    }

    /// <summary>Runs commands, separated by <c>" ; "</c>, that must succeed.</summary>
    public void Given(string commands)
    {
        foreach (var command in commands.Split(" ; ", StringSplitOptions.RemoveEmptyEntries))
            if (Run(command) is ['-', ..] error)
                Assert.Fail($"'{command}' was given but failed: {error}");
    }

    /// <inheritdoc cref="TestClient.Run(string)"/>
    public string Run(string command) => Client.Run(command);

    /// <inheritdoc cref="TestClient.Run(byte[][])"/>
    public string Run(params byte[][] args) => Client.Run(args);

    /// <summary>What OBJECT ENCODING would say of a string in database 0.</summary>
    public StringEncoding EncodingOf(string key)
    {
        var plan = Databases.CreatePlan();
        plan.AddAll(exclusive: false);
        plan.Enter();
        try
        {
            var found = Databases[0].TryGet(
                Databases.MakeKey(Encoding.Latin1.GetBytes(key)), Services.NowMs, out var entry);
            return found ? entry.Encoding : throw new KeyNotFoundException(key);
        }
        finally
        {
            plan.Exit();
        }
    }

    /// <summary>Makes the key in database 0 a list of one element, without a command.</summary>
    public void GivenList(string key)
    {
        var list = Databases.MakeKey(Encoding.Latin1.GetBytes(key));
        var plan = Databases.CreatePlan();
        plan.Add(list.Hash, exclusive: true);
        plan.Enter();
        try
        {
            var value = Databases[0].NewCollection(EntryType.List);
            value.List.AddLast("element"u8);
            Databases[0].SetCollection(list, ref value);
        }
        finally
        {
            plan.Exit();
        }
    }

    public TestClient NewClient(SessionOrigin origin = SessionOrigin.Client)
    {
        var client = new TestClient(this, origin);
        _clients.Add(client);
        return client;
    }

    /// <summary>What was logged since the last call, as <c>SET k v ; DEL x</c>.</summary>
    public string TakeLog() => Log.Take();

    /// <summary>
    /// The keyspace events since the last call, as <c>set k, expire k</c>; with <c>@n</c> outside database 0.
    /// </summary>
    public string TakeEvents()
    {
        var events = string.Join(", ", _events);
        _events.Clear();
        return events;
    }

    /// <summary>
    /// Everything in all databases, sorted, one line a key; expired keys that are still there included.
    /// </summary>
    public string Dump()
    {
        var lines = new List<string>();
        for (var i = 0; i < Databases.Count; i++)
        {
            var state = (Keyspace: Databases[i], Lines: lines);
            Databases[i].ForEach(StripeAccess.TakeEach, ref state, static (
                in Entry entry, ref (Keyspace Keyspace, List<string> Lines) to) =>
                to.Lines.Add(
                    $"{to.Keyspace.Index:00} {Show(entry.Key)} {entry.Type} {EntryText.Of(to.Keyspace, entry)} "
                        + $"{entry.ExpireAtMs}"));
        }

        lines.Sort(StringComparer.Ordinal);
        return string.Join('\n', lines);
    }

    /// <summary>Replays the whole log into a new server, a day later, and compares what both hold.</summary>
    public void AssertReplayAgrees()
    {
        using var other = new CommandHarness(nowMs: Services.NowMs + 86_400_000);
        Log.ReplayInto(other);
        Assert.Equal(Dump(), other.Dump());
        Assert.Equal("", other.TakeLog());
    }

    /// <summary>Bytes as the tests show them.</summary>
    public static string Show(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        foreach (var b in bytes)
            if (b is >= 32 and < 127)
                text.Append((char)b);
            else
                text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
        return text.ToString();
    }

    public void Dispose()
    {
        Assert.Empty(_faults);
        foreach (var client in _clients)
            client.Dispose();
        Executor.Dispose();
        Databases.Verify();
        Databases.Dispose();
        _allocator.Dispose();
    }

    void IServerControl.Shutdown(ShutdownRequest request) => Shutdowns.Add(request);

    void IServerControl.Log(string message) => Logged.Add(message);

    void IServerControl.ReportFault(Exception fault, string context) =>
        _faults.Add(new InvalidOperationException(context, fault));

    void IKeyspaceEventSink.Publish(
        KeyspaceEvents kind, ReadOnlySpan<byte> name, ReadOnlySpan<byte> key, int database) =>
        _events.Add($"{Show(name)} {Show(key)}{(database == 0 ? "" : $"@{database}")}");

    IReadOnlyList<KeyValuePair<string, string>> IServerConfiguration.Get(IReadOnlyList<string> patterns) =>
        [.. Directives.Where(directive => patterns.Any(pattern =>
            Glob.IsMatch(
                Encoding.Latin1.GetBytes(pattern), Encoding.Latin1.GetBytes(directive.Key), ignoreCase: true)))];

    string? IServerConfiguration.TrySet(IReadOnlyList<KeyValuePair<string, string>> values)
    {
        foreach (var (name, value) in values)
            Directives[name] = value;
        return null;
    }

    string? IServerConfiguration.Rewrite() => null;
}
