using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Differential;

/// <summary>What one server did at one step: the frames it sent, or how it failed to.</summary>
internal sealed record StepOutcome(IReadOnlyList<RespValue> Frames, string? Failure = null)
{
    public override string ToString() =>
        Failure ?? (Frames.Count == 0 ? "(no reply)" : string.Join("  ", Frames));
}

/// <summary>Plays a script's steps against one server, over as many connections as the script names.</summary>
/// <remarks>
/// A connection counts the replies a command has: SUBSCRIBE and its family send one a channel (as push frames in
/// RESP3), everything else one. Messages, invalidations and MONITOR lines that arrive in between wait until the script
/// reads them with <c>@read</c>; those it never reads are compared at the end. So nothing here depends on when they
/// arrive. Nor on when a server looks for expired keys: both delete them when a command meets them, and only then.
/// </remarks>
internal sealed partial class ScriptSession(IPEndPoint server, int protocol) : IAsyncDisposable
{
    private const string FenceToken = "end of script";

    private readonly Dictionary<string, Connection> _connections = [];
    private bool _activeExpiryIsOff;

    public async Task<StepOutcome> PlayAsync(ScriptStep step)
    {
        try
        {
            var connection = await OpenAsync(step.Connection);
            var arguments = await SubstituteAsync(step.Arguments);
            switch (step.Kind)
            {
                case StepKind.Call:
                    await connection.Client.SendAsync(arguments);
                    return new StepOutcome(await connection.ReadRepliesAsync(step));
                case StepKind.Send:
                    await connection.Client.SendAsync(arguments);
                    return new StepOutcome([]);
                case StepKind.Read:
                    return new StepOutcome(await connection.ReadUnaskedAsync(step.Number));
                case StepKind.Reply:
                    return new StepOutcome([await connection.ReadReplyAsync()]);
                case StepKind.Scan:
                    return new StepOutcome([await ScanAsync(connection.Client, step.Arguments)]);
                case StepKind.Blocked:
                    await WaitUntilBlockedAsync(connection.Client, step.Number);
                    return new StepOutcome([]);
                case StepKind.Closed:
                    var rest = await connection.Client.ReadToEndAsync();
                    await CloseAsync(step.Connection);
                    return new StepOutcome([], rest.Length == 0 ? null : $"closed after unexpected bytes: {rest}");
                case StepKind.Disconnect:
                    await CloseAsync(step.Connection);
                    await WaitUntilForgottenAsync(connection.Id);
                    return new StepOutcome([]);
                default:
                    throw new InvalidOperationException($"No such step: {step.Kind}");
            }
        }
        catch (Exception e) when (e is IOException or FormatException or TimeoutException or SocketException)
        {
            await CloseAsync(step.Connection);
            return new StepOutcome([], $"{e.GetType().Name}: {e.Message}");
        }
    }

    /// <summary>Sends several calls of one connection in one write and reads their replies in order.</summary>
    public async Task<IReadOnlyList<StepOutcome>> PlayPipelinedAsync(IReadOnlyList<ScriptStep> steps)
    {
        var outcomes = new List<StepOutcome>();
        try
        {
            var connection = await OpenAsync(steps[0].Connection);
            var sending = connection.Client.SendRawAsync(
                steps.SelectMany(s => RespClient.Encode(s.Arguments)).ToArray());
            foreach (var step in steps)
                outcomes.Add(new StepOutcome(await connection.ReadRepliesAsync(step)));
            await sending;
        }
        catch (Exception e) when (e is IOException or FormatException or TimeoutException or SocketException)
        {
            await CloseAsync(steps[0].Connection);
            while (outcomes.Count < steps.Count)
                outcomes.Add(new StepOutcome([], $"{e.GetType().Name}: {e.Message}"));
        }

        return outcomes;
    }

    /// <summary>The frames that each connection was sent and that no step has read, by connection name.</summary>
    public async Task<IReadOnlyDictionary<string, StepOutcome>> ReadLeftoversAsync()
    {
        var leftovers = new SortedDictionary<string, StepOutcome>();
        foreach (var (name, connection) in _connections)
        {
            try
            {
                await connection.Client.SendAsync("PING", FenceToken);
                leftovers[name] = new StepOutcome(await connection.ReadToFenceAsync());
            }
            catch (Exception e) when (e is IOException or FormatException or TimeoutException)
            {
                leftovers[name] = new StepOutcome([], $"{e.GetType().Name}: {e.Message}");
            }
        }

        return leftovers;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var name in _connections.Keys.ToArray())
            await CloseAsync(name);
    }

    private async Task<Connection> OpenAsync(string name)
    {
        if (_connections.TryGetValue(name, out var connection))
            return connection;
        var client = await RespClient.ConnectAsync(server);
        if (!_activeExpiryIsOff)
        {
            await client.CallAsync("DEBUG", "SET-ACTIVE-EXPIRE", "0");
            _activeExpiryIsOff = true;
        }

        if (protocol == 3)
            await client.CallAsync("HELLO", "3");
        return _connections[name] = new Connection(client, await client.CallAsync("CLIENT", "ID"));
    }

    // @id(c2) is what CLIENT ID answers on connection c2, and @addr(c2) its address: two servers give different ones.
    private async Task<IReadOnlyList<byte[]>> SubstituteAsync(IReadOnlyList<byte[]> arguments)
    {
        var substituted = arguments.ToArray();
        for (var i = 0; i < substituted.Length; i++)
        {
            var text = Encoding.Latin1.GetString(substituted[i], 0, Math.Min(substituted[i].Length, 20));
            if (Placeholder().Match(text) is not { Success: true } match)
                continue;
            var connection = await OpenAsync(match.Groups[2].Value);
            substituted[i] = match.Groups[1].Value == "id"
                ? connection.Id.Bytes
                : Encoding.Latin1.GetBytes(connection.Client.LocalEndPoint.ToString());
        }

        return substituted;
    }

    [GeneratedRegex(@"^@(id|addr)\((c\d+)\)$")]
    private static partial Regex Placeholder();

    private async Task CloseAsync(string name)
    {
        if (_connections.Remove(name, out var connection))
            await connection.Client.DisposeAsync();
    }

    // A server may learn of a closed connection after the next request of another one; what follows must not depend on
    // it.
    private async Task WaitUntilForgottenAsync(RespValue id)
    {
        if (_connections.Values.FirstOrDefault(connection => connection.CanCallAnything) is not { } observer)
            return;
        var givenUpAt = Environment.TickCount64 + (long)RespClient.SafetyNet.TotalMilliseconds;
        while ((await observer.Client.CallAsync("CLIENT", "LIST", "ID", id.Text)).Text.Contains(
            "id=", StringComparison.Ordinal))
        {
            if (Environment.TickCount64 > givenUpAt)
                throw new TimeoutException($"Client {id} is still listed after it disconnected.");
        }
    }

    // A client that blocks replies nothing: that its command has run is seen in the server's figures alone.
    private static async Task WaitUntilBlockedAsync(RespClient observer, int clients)
    {
        var line = $"blocked_clients:{clients}\r\n";
        var givenUpAt = Environment.TickCount64 + (long)RespClient.SafetyNet.TotalMilliseconds;
        while (!(await observer.CallAsync("INFO", "clients")).Text.Contains(line, StringComparison.Ordinal))
        {
            if (Environment.TickCount64 > givenUpAt)
                throw new TimeoutException($"There are not {clients} blocked clients.");
        }
    }

    private static async Task<RespValue> ScanAsync(RespClient client, IReadOnlyList<byte[]> options)
    {
        var keys = new SortedSet<string>(StringComparer.Ordinal);
        var cursor = "0"u8.ToArray();
        do
        {
            var reply = await client.CallAsync([.. new byte[][] { "SCAN"u8.ToArray(), cursor }, .. options]);
            if (reply.Kind != RespKind.Array || reply.Items.Count != 2)
                return reply;
            foreach (var key in reply.Items[1].Items)
                keys.Add(key.ToString());
            cursor = reply.Items[0].Bytes;
        }
        while (!cursor.AsSpan().SequenceEqual("0"u8));

        return new RespValue(RespKind.Array, [.. keys.Select(RespValue.Simple)]);
    }

    /// <summary>A connection and what must be known of its state to tell replies from other frames.</summary>
    private sealed class Connection(RespClient client, RespValue id)
    {
        private readonly Queue<RespValue> _unasked = new();
        private readonly Dictionary<string, HashSet<string>> _subscriptions = new()
        {
            ["subscribe"] = [],
            ["psubscribe"] = [],
            ["ssubscribe"] = [],
        };

        private bool _inTransaction;
        private bool _monitoring;

        public RespClient Client { get; } = client;

        public RespValue Id { get; } = id;

        public bool CanCallAnything => !_inTransaction && !_monitoring
            && _subscriptions.Values.All(channels => channels.Count == 0);

        public async Task<IReadOnlyList<RespValue>> ReadRepliesAsync(ScriptStep step)
        {
            if (!_inTransaction && SubscriptionVerb(step) is { } verb)
                return await ReadConfirmationsAsync(verb, step.Arguments.Count - 1);
            var reply = await ReadReplyAsync();
            Observe(step, reply);
            return [reply];
        }

        public async Task<RespValue> ReadReplyAsync()
        {
            while (true)
            {
                var frame = await Client.ReadAsync();
                if (!IsUnasked(frame))
                    return frame;
                _unasked.Enqueue(frame);
            }
        }

        public async Task<IReadOnlyList<RespValue>> ReadUnaskedAsync(int count)
        {
            var frames = new RespValue[count];
            for (var i = 0; i < count; i++)
                frames[i] = _unasked.TryDequeue(out var frame) ? frame : await Client.ReadAsync();
            return frames;
        }

        public async Task<IReadOnlyList<RespValue>> ReadToFenceAsync()
        {
            var frames = new List<RespValue>(_unasked);
            while (true)
            {
                var frame = await Client.ReadAsync();
                // Outside a subscription the answer is the token; inside, RESP2 answers ["pong", token]; in a
                // transaction QUEUED, and before AUTH an error.
                if (!IsUnasked(frame))
                    return frame.Kind == RespKind.Bulk || frame.Kind == RespKind.Array ? frames : [.. frames, frame];
                frames.Add(frame);
            }
        }

        private static string? SubscriptionVerb(ScriptStep step)
        {
            var isComplete = step.Arguments.Count > 1;
            return step.Command switch
            {
                "SUBSCRIBE" or "PSUBSCRIBE" or "SSUBSCRIBE" when isComplete => step.Command.ToLowerInvariant(),
                "UNSUBSCRIBE" or "PUNSUBSCRIBE" or "SUNSUBSCRIBE" => step.Command.ToLowerInvariant(),
                _ => null,
            };
        }

        private static string SubscribingTwin(string verb) =>
            verb.Contains("unsub", StringComparison.Ordinal)
            ? verb.Replace("unsub", "sub", StringComparison.Ordinal) : verb;

        private async Task<IReadOnlyList<RespValue>> ReadConfirmationsAsync(string verb, int named)
        {
            var subscribed = _subscriptions[SubscribingTwin(verb)];
            var wanted = named > 0 ? named : Math.Max(1, subscribed.Count);
            var frames = new List<RespValue>();
            while (frames.Count < wanted)
            {
                var frame = await Client.ReadAsync();
                if (frame.IsError)
                    return [.. frames, frame];
                if (frame.Items.Count != 3 || frame.Items[0].Text != verb)
                {
                    _unasked.Enqueue(frame);
                    continue;
                }

                frames.Add(frame);
                var channel = frame.Items[1].ToString();
                _ = verb == SubscribingTwin(verb) ? subscribed.Add(channel) : subscribed.Remove(channel);
            }

            return frames;
        }

        private bool IsUnasked(RespValue frame) =>
            frame.Kind == RespKind.Push
            || (_monitoring && frame.Kind == RespKind.SimpleString
                && frame.Text.Contains(" [", StringComparison.Ordinal))
            || (frame.Kind == RespKind.Array
                && _subscriptions.Values.Any(channels => channels.Count > 0)
                && frame.Items is [{ Kind: RespKind.Bulk, Text: "message" or "pmessage" or "smessage" }, ..]);

        private void Observe(ScriptStep step, RespValue reply)
        {
            if (reply.IsError && step.Command != "EXEC")
                return;
            switch (step.Command)
            {
                case "MULTI": _inTransaction = true; break;
                case "MONITOR": _monitoring = !_inTransaction; break;
                case "EXEC" or "DISCARD": _inTransaction = false; break;
                case "RESET":
                    _inTransaction = _monitoring = false;
                    foreach (var channels in _subscriptions.Values)
                        channels.Clear();
                    break;
            }
        }
    }
}
