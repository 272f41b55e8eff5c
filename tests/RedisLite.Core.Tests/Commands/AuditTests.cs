using System.Text;
using System.Text.Json;
using RedisLite.Commands.Execution;

namespace RedisLite.Core.Tests.Commands;

/// <summary>What the audit trail is told, and what it is never told.</summary>
public sealed class AuditTests : IDisposable
{
    private const AuditEvents All = AuditEvents.Login | AuditEvents.Denied | AuditEvents.Admin | AuditEvents.Write;
    private const string Secret = "s3cr3t";

    private readonly CommandHarness _harness = new();
    private readonly Trail _trail = new();

    public AuditTests() => _harness.Services.Audit = new AuditLog(_trail);

    [Theory]
    [InlineData("", "SET k v", "write set keys=[k]")]
    [InlineData("", "MSET a 1 b 2", "write mset keys=[a,b]")]
    [InlineData("SET a 1", "COPY a b", "write copy keys=[b]")]
    [InlineData("SET a 1", "RENAME a b", "write rename keys=[a,b]")]
    [InlineData("SET a 1", "DEL a b", "write del keys=[a,b]")]
    [InlineData("", "DEL a b", "")]
    [InlineData("", "SETNX k v", "write setnx keys=[k]")]
    [InlineData("SET k v", "SETNX k v", "")]
    [InlineData("", "GET k", "")]
    [InlineData("", "PUBLISH c m", "")]
    [InlineData("", "EXPIRE k 1", "")]
    [InlineData("RPUSH l 3 1 2", "SORT l STORE d", "write sort keys=[d]")]
    [InlineData("ZADD a 1 x ; ZADD b 1 y", "ZUNIONSTORE d 2 a b", "write zunionstore keys=[d]")]
    [InlineData("SET k v", "FLUSHALL", "write flushall")]
    [InlineData("", "SET k v NX GET", "write set keys=[k]")]
    [InlineData("SADD s a", "SPOP s", "write spop keys=[s]")]
    [InlineData("", "EVAL \"redis.call('set', KEYS[1], ARGV[1]) redis.call('incr', 'n') return 1\" 1 k v",
        "write set keys=[k] script ; write incr keys=[n] script")]
    [InlineData("", "EVAL \"return redis.call('get', KEYS[1])\" 1 k", "")]
    [InlineData("", "CONFIG SET maxmemory 1gb", "admin config|set arguments=[maxmemory,(redacted)] ok")]
    [InlineData("", "CONFIG SET maxmemory", "")]
    [InlineData("", "CONFIG GET requirepass", "admin config|get arguments=[requirepass] ok")]
    [InlineData("", "ACL SETUSER ada on >s3cr3t ~a* +@read",
        "admin acl|setuser arguments=[ada,on,(redacted),~a*,+@read] ok")]
    [InlineData("", "ACL SETUSER ada nosuchrule", "admin acl|setuser arguments=[ada,nosuchrule] error")]
    [InlineData("ACL SETUSER ada", "ACL DELUSER ada", "admin acl|deluser arguments=[ada] ok")]
    [InlineData("", "CLIENT KILL ID 999", "admin client|kill arguments=[ID,999] ok")]
    [InlineData("", "REPLICAOF NO ONE", "admin replicaof arguments=[NO,ONE] ok")]
    [InlineData("SELECT 3", "SET k v", "write set keys=[k] db3")]
    public void A_change_is_recorded_with_its_keys_and_nothing_else(string given, string command, string records)
    {
        _harness.Given(given);
        _trail.Lines.Clear();
        _harness.Run(command);
        Assert.Equal(records, _trail.Take());
    }

    [Fact]
    public void A_record_says_when_who_and_from_where()
    {
        _harness.Given("ACL SETUSER ada on >s3cr3t ~* +@all");
        var client = _harness.NewClient();
        client.RemoteAddress = "10.1.2.3:4567";
        client.Run("AUTH ada s3cr3t");
        _trail.Lines.Clear();

        client.Run("SET k v");

        Assert.Equal(
            $$"""{"time":"2023-11-14T22:13:20.000Z","event":"write","user":"ada","address":"10.1.2.3:4567","client":"""
                + $$"""{{client.Session.Id}},"db":0,"command":"set","keys":["k"]}""",
            Assert.Single(_trail.Lines));
    }

    [Fact]
    public void Logins_are_recorded_whether_they_succeed_or_not()
    {
        _harness.Given("ACL SETUSER ada on >s3cr3t ~* +@all");
        _trail.Lines.Clear();
        _harness.Client.Run("AUTH ada nonsense");
        _harness.Client.Run("HELLO 3 AUTH ada s3cr3t");
        Assert.Equal(["failed", "ok"], _trail.Lines.Select(line => Field(line, "result")));
        Assert.All(_trail.Lines, line => Assert.Equal("ada", Field(line, "user")));
        Assert.All(_trail.Lines, line => Assert.Equal("login", Field(line, "event")));
    }

    [Fact]
    public void Refusals_that_come_again_and_again_are_counted_and_told_later()
    {
        _harness.Given("ACL SETUSER ada on nopass ~a* +@all");
        var client = _harness.NewClient();
        client.Run("AUTH ada x");
        _trail.Lines.Clear();
        for (var i = 0; i < 1000; i++)
            client.Run($"GET b{i}");
        var first = Assert.Single(_trail.Lines);
        Assert.Equal(("key", "b0"), (Field(first, "reason"), Field(first, "object")));

        _harness.Services.Audit!.TellRepeats(_harness.Services.NowMs);
        Assert.Single(_trail.Lines);
        _harness.Clock.Advance(TimeSpan.FromMinutes(1));
        _harness.Services.Audit.TellRepeats(_harness.Services.NowMs);
        Assert.Equal("999", Field(_trail.Lines[1], "repeated"));
        Assert.Equal("127.0.0.1", Field(_trail.Lines[1], "host"));
        client.Run("GET b");
        Assert.Equal("b", Field(_trail.Lines[2], "object"));
    }

    [Fact]
    public void Many_names_that_are_tried_take_a_bounded_memory_and_none_is_kept_back()
    {
        for (var i = 0; i < 5000; i++)
            _harness.Client.Run($"AUTH user{i} x");
        Assert.Equal(5000, _trail.Lines.Count);
    }

    [Fact]
    public void A_script_that_begins_anew_is_recorded_once()
    {
        // It meets a key that it has not declared, under the stripes of one key.
        _harness.Run(
            "EVAL \"redis.call('set', KEYS[1], '1') for i = 1, 20 do redis.call('set', 'other' .. i, '2') end\" 1 k");
        Assert.Equal(21, _trail.Lines.Count);
    }

    [Fact]
    public void A_transaction_has_a_record_for_each_change()
    {
        _harness.Client.RunMany("MULTI", "SET a 1", "GET a", "INCR a", "EXEC");
        Assert.Equal("write set keys=[a] ; write incr keys=[a]", _trail.Take());
    }

    [Fact]
    public void Of_a_run_with_very_many_changes_the_first_are_recorded_and_the_others_counted()
    {
        _harness.Run("EVAL \"for i = 1, 20000 do redis.call('set', KEYS[1], i) end\" 1 k");
        var omitted = long.Parse(Field(_trail.Lines[^1], "count"));
        Assert.Equal("omitted", Field(_trail.Lines[^1], "event"));
        Assert.Equal(20_000, omitted + _trail.Lines.Count - 1);
        Assert.True(_trail.Lines.Sum(line => line.Length) < 2_000_000);
    }

    [Fact]
    public void Who_was_waiting_is_the_one_that_is_recorded()
    {
        var waiting = _harness.NewClient();
        waiting.RemoteAddress = "10.0.0.7:7";
        waiting.Run("BLPOP q 0");
        waiting.Settle();
        _harness.Run("RPUSH q x");
        Assert.Equal(["rpush", "blpop"], _trail.Lines.Select(line => Field(line, "command")));
        Assert.Equal("10.0.0.7:7", Field(_trail.Lines[1], "address"));
    }

    [Theory]
    [InlineData("caf\u00e9", "café")]
    [InlineData("a\\b", "a\\\\b")]
    [InlineData("two\nlines \"quoted\"", "two\nlines \"quoted\"")]
    public void A_key_is_text_where_it_is_text(string key, string shown)
    {
        _harness.Run("SET"u8.ToArray(), Encoding.UTF8.GetBytes(key), "v"u8.ToArray());
        Assert.Equal([shown], Keys(Assert.Single(_trail.Lines)));
    }

    [Fact]
    public void A_key_of_other_bytes_is_escaped_and_a_long_one_is_cut()
    {
        _harness.Run("SET"u8.ToArray(), [0xff, 0x00, (byte)'a'], "v"u8.ToArray());
        _harness.Run("SET"u8.ToArray(), Encoding.UTF8.GetBytes(new string('\u00e9', 100)), "v"u8.ToArray());
        _harness.Run("SET"u8.ToArray(), Encoding.UTF8.GetBytes("x" + new string('\u00e9', 100)), "v"u8.ToArray());
        Assert.Equal(["\\xff\\x00a"], Keys(_trail.Lines[0]));
        Assert.Equal([new string('\u00e9', 64) + "... (72 more bytes)"], Keys(_trail.Lines[1]));
        Assert.Equal(["x" + new string('\u00e9', 63) + "... (74 more bytes)"], Keys(_trail.Lines[2]));
    }

    [Fact]
    public void Many_keys_are_counted()
    {
        _harness.Run("MSET " + string.Join(' ', Enumerable.Range(0, 100).Select(i => $"k{i} v")));
        var line = Assert.Single(_trail.Lines);
        Assert.Equal(16, Keys(line).Count);
        Assert.Equal("84", Field(line, "moreKeys"));
    }

    [Fact]
    public void No_secret_and_no_value_is_ever_recorded()
    {
        foreach (var command in (string[])
        [
            "AUTH s3cr3t", "AUTH ada s3cr3t", "HELLO 3 AUTH ada s3cr3t", "HELLO 3 AUTH ada s3cr3t SETNAME x",
            "ACL SETUSER ada >s3cr3t", "ACL SETUSER ada <s3cr3t", "ACL SETUSER ada #s3cr3t", "ACL SETUSER ada !s3cr3t",
            "CONFIG SET requirepass s3cr3t", "CONFIG SET masterauth s3cr3t maxmemory 0", "CONFIG SET masteruser s3cr3t",
            "CONFIG SET tls-key-file-pass s3cr3t", "SET k s3cr3t", "GETSET k s3cr3t", "APPEND k s3cr3t",
            "RPUSH l s3cr3t",
            "HSET h f s3cr3t", "HSET h s3cr3t v", "SADD s s3cr3t", "ZADD z 1 s3cr3t", "XADD x * f s3cr3t",
            "MSET a s3cr3t b s3cr3t", "DEBUG LOG s3cr3t", "DEBUG ERROR s3cr3t",
            "EVAL \"redis.call('set', 'k', ARGV[1])\" 0 s3cr3t", "FUNCTION LOAD s3cr3t",
            "MIGRATE 127.0.0.1 1 k 0 10 AUTH s3cr3t", "SCRIPT LOAD s3cr3t", "LATENCY RESET s3cr3t",
        ])
            _harness.Run(command);
        Assert.NotEmpty(_trail.Lines);
        Assert.All(_trail.Lines, line => Assert.DoesNotContain(Secret, line, StringComparison.Ordinal));
        Assert.All(_trail.Lines, line => JsonDocument.Parse(line).Dispose());
    }

    [Fact]
    public void Only_what_is_asked_for_is_recorded()
    {
        _trail.Events = AuditEvents.Admin;
        _harness.Given("SET k v ; ACL SETUSER ada on nopass");
        _harness.Client.Run("AUTH ada x");
        _harness.Client.Run("GET k");
        Assert.Equal("acl|setuser", Field(Assert.Single(_trail.Lines), "command"));
    }

    [Fact]
    public void Writes_are_refused_while_the_trail_refuses_them_and_reads_are_not()
    {
        Assert.Equal("$2", _harness.Run("""
            FUNCTION LOAD "#!lua name=f0\nredis.register_function('put', function(k) redis.call('SET', k[1], 1) end)"
            """)[..2]);
        _trail.WriteRefusal = "MISCONF no trail"u8.ToArray();
        Assert.Equal("-MISCONF no trail", _harness.Run("SET k v"));
        foreach (var script in (string[])["EVAL \"return redis.call('SET', KEYS[1], 1)\" 1 k",
            "EVAL \"#!lua\\nreturn redis.call('SET', KEYS[1], 1)\" 1 k", "FCALL put 1 k"])
        {
            Assert.StartsWith("-MISCONF no trail", _harness.Run(script), StringComparison.Ordinal);
        }

        Assert.Equal("$-1", _harness.Run("EVAL \"return redis.call('GET', KEYS[1])\" 1 k"));
        Assert.Equal("$-1", _harness.Run("GET k"));
        Assert.Equal("+OK", _harness.Run("CONFIG SET maxmemory 0"));
        _trail.WriteRefusal = null;
        Assert.Equal("+OK", _harness.Run("SET k v"));
    }

    public void Dispose() => _harness.Dispose();

    private static string Field(string line, string name)
    {
        using var json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty(name).ToString();
    }

    private static List<string> Keys(string line)
    {
        using var json = JsonDocument.Parse(line);
        return [.. json.RootElement.GetProperty("keys").EnumerateArray().Select(key => key.GetString()!)];
    }

    private sealed class Trail : IAuditTrail
    {
        public List<string> Lines { get; } = [];

        public AuditEvents Events { get; set; } = All;

        public byte[]? WriteRefusal { get; set; }

        public long Added => Lines.Count;

        public long Dropped => 0;

        public bool IsFailing => false;

        public void Add(ReadOnlySpan<byte> lines, int count)
        {
            string[] added = Encoding.UTF8.GetString(lines).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(count, added.Length);
            lock (Lines)
                Lines.AddRange(added);
        }

        /// <summary>The records, short: what, command, arguments, keys, and what else stands out.</summary>
        public string Take() => string.Join(" ; ", Lines.Select(Short));

        private static string Short(string line)
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            var text = new StringBuilder($"{root.GetProperty("event")} {root.GetProperty("command")}");
            foreach (var name in (string[])["arguments", "keys"])
                if (root.TryGetProperty(name, out var list))
                    text.Append($" {name}=[")
                        .AppendJoin(',', list.EnumerateArray().Select(item => item.GetString())).Append(']');
            if (root.TryGetProperty("result", out var result))
                text.Append($" {result}");
            if (root.TryGetProperty("script", out _))
                text.Append(" script");
            if (root.GetProperty("db").GetInt32() is var db and not 0)
                text.Append($" db{db}");
            return text.ToString();
        }
    }
}
