using System.Text;
using RedisLite.Commands.Server;
using RedisLite.Storage;

namespace RedisLite.Core.Tests.Commands;

/// <summary>PFADD, PFCOUNT, PFMERGE, PFDEBUG, PFSELFTEST.</summary>
/// <remarks>The replies are those of redis-server 7.0.15, but for corrupt values that it takes.</remarks>
public sealed class HyperLogLogTests
{
    private const string Abc = "PFADD k a b c";
    private const string NotValid = "-WRONGTYPE Key is not a valid HyperLogLog string value.";
    private const string Corrupt = "-INVALIDOBJ Corrupted HLL object detected";
    private const string TooShort = "SET k \"HYLL\\x01\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\x80\\x7f\\xfe\"";
    private const string TooLong = "SET k \"HYLL\\x01\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\x80\\x7f\\xff\\x80\"";
    private const string CutOff = "SET k \"HYLL\\x01\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\x80\\x7f\"";

    [Theory]
    [InlineData("", Abc, ":1")]
    [InlineData(Abc, Abc, ":0")]
    [InlineData(Abc, "PFADD k", ":0")]
    [InlineData(Abc, "PFADD k b d", ":1")]
    [InlineData("", "PFADD k", ":1")]
    [InlineData("PFADD k", "GET k", "$18 HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80\\x7f\\xff")]
    [InlineData("PFADD k ; PFCOUNT k", "GET k",
        "$18 HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x7f\\xff")]
    [InlineData(Abc, "GET k",
        "$27 HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80`\\xf3\\x80P\\xb1\\x84K\\xfb\\x80BZ")]
    [InlineData(Abc + " ; PFCOUNT k", "GET k",
        "$27 HYLL\\x01\\x00\\x00\\x00\\x03\\x00\\x00\\x00\\x00\\x00\\x00\\x00`\\xf3\\x80P\\xb1\\x84K\\xfb\\x80BZ")]
    [InlineData(Abc + " ; PFCOUNT k", "PFADD k a", ":0")]
    [InlineData("PFADD k a ; EXPIRE k 100 ; PFADD k b", "TTL k", ":100")]
    [InlineData("SET k x", Abc, NotValid)]
    [InlineData("SET k HYLL", Abc, NotValid)]
    [InlineData("SET k \"\"", Abc, NotValid)]
    [InlineData(Abc + " ; SETRANGE k 0 hyll", Abc, NotValid)]
    [InlineData(Abc + " ; SETRANGE k 4 \"\\x02\"", Abc, NotValid)]
    [InlineData(Abc + " ; SETRANGE k 4 \"\\x00\"", Abc, NotValid)]
    [InlineData(Abc + " ; PFDEBUG TODENSE k ; APPEND k x", Abc, NotValid)]
    [InlineData(Abc + " ; APPEND k x", "PFADD k z", Corrupt)]
    [InlineData(TooShort, "PFADD k z", Corrupt)]
    [InlineData(TooLong, "PFADD k", Corrupt)]
    [InlineData(CutOff, "PFADD k z", Corrupt)]
    [InlineData("", "PFADD", "-ERR wrong number of arguments for 'pfadd' command")]
    public void PfAdd(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "PFCOUNT k", ":0")]
    [InlineData(Abc, "PFCOUNT k", ":3")]
    [InlineData(Abc + " ; PFCOUNT k", "PFCOUNT k", ":3")]
    [InlineData(Abc + " ; PFDEBUG TODENSE k", "PFCOUNT k", ":3")]
    [InlineData("", "PFCOUNT k j", ":0")]
    [InlineData(Abc, "PFCOUNT k missing", ":3")]
    [InlineData(Abc + " ; PFADD j c d e", "PFCOUNT k j", ":5")]
    [InlineData(Abc + " ; PFADD j c d e ; PFDEBUG TODENSE j", "PFCOUNT k j k j", ":5")]
    [InlineData(Abc + " ; PFCOUNT k ; SETRANGE k 8 \"\\x09\"", "PFCOUNT k", ":9")]
    [InlineData(Abc + " ; PFCOUNT k ; SETRANGE k 8 \"\\x09\"", "PFCOUNT k k", ":3")]
    [InlineData(Abc + " ; SET s x", "PFCOUNT k s", NotValid)]
    [InlineData("SET k HYLL", "PFCOUNT k", NotValid)]
    [InlineData(Abc + " ; APPEND k hello", "PFCOUNT k", Corrupt)]
    [InlineData(Abc + " ; APPEND k hello", "PFCOUNT j k", Corrupt)]
    [InlineData(TooShort, "PFCOUNT k", Corrupt)]
    [InlineData(TooShort, "PFCOUNT k k", Corrupt)]
    [InlineData(TooLong, "PFCOUNT k", Corrupt)]
    [InlineData(CutOff, "PFCOUNT k", Corrupt)]
    public void PfCount(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "PFMERGE d", "+OK")]
    [InlineData("PFMERGE d", "PFCOUNT d", ":0")]
    [InlineData("PFMERGE d missing", "GET d",
        "$18 HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80\\x7f\\xff")]
    [InlineData(Abc + " ; PFADD j c d e", "PFMERGE d k j", "+OK")]
    [InlineData(Abc + " ; PFADD j c d e ; PFMERGE d k j", "GET d",
        "$33 HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80"
            + "\\{\\x80Dv\\x80P\\xb1\\x84I\\x8c\\x80Bm\\x80BZ")]
    [InlineData(Abc + " ; PFADD j c d e ; PFMERGE k j", "PFCOUNT k", ":5")]
    [InlineData(Abc + " ; PFADD j c d e ; PFMERGE k k j j", "PFCOUNT k", ":5")]
    [InlineData(Abc + " ; PFADD j c d e ; PFDEBUG TODENSE j ; PFMERGE k j", "PFDEBUG ENCODING k", "+dense")]
    [InlineData(Abc + " ; PFADD j c d e ; PFDEBUG TODENSE j ; PFMERGE k j", "PFCOUNT k", ":5")]
    [InlineData(Abc + " ; PFMERGE d k", "PFDEBUG ENCODING d", "+sparse")]
    [InlineData("PFADD d a ; EXPIRE d 100 ; " + Abc + " ; PFMERGE d k", "TTL d", ":100")]
    [InlineData(Abc + " ; SET s x", "PFMERGE d k s", NotValid)]
    [InlineData(Abc + " ; SET s x", "PFMERGE s k", NotValid)]
    [InlineData(Abc + " ; APPEND k hello", "PFMERGE d k", Corrupt)]
    [InlineData(TooShort, "PFMERGE k", Corrupt)]
    public void PfMerge(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData(Abc, "PFDEBUG DECODE k", "$44 Z:8436 v:1,1 Z:4274 v:2,1 Z:3068 v:1,1 Z:603")]
    [InlineData("PFADD k", "pfdebug decode k", "$7 Z:16384")]
    [InlineData(Abc, "PFDEBUG ENCODING k", "+sparse")]
    [InlineData(Abc, "PFDEBUG TODENSE k", ":1")]
    [InlineData(Abc + " ; PFDEBUG TODENSE k", "PFDEBUG TODENSE k", ":0")]
    [InlineData(Abc + " ; PFDEBUG TODENSE k", "PFDEBUG ENCODING k", "+dense")]
    [InlineData(Abc + " ; PFDEBUG TODENSE k", "STRLEN k", ":12304")]
    [InlineData(Abc + " ; PFDEBUG GETREG k", "STRLEN k", ":12304")]
    [InlineData(Abc + " ; PFDEBUG TODENSE k", "PFDEBUG DECODE k", "-ERR HLL encoding is not sparse")]
    [InlineData("", "PFDEBUG DECODE k", "-ERR The specified key does not exist")]
    [InlineData(Abc, "PFDEBUG NOSUCH k", "-ERR Unknown PFDEBUG subcommand 'NOSUCH'")]
    [InlineData("SET k x", "PFDEBUG NOSUCH k", NotValid)]
    [InlineData(TooShort, "PFDEBUG DECODE k", Corrupt)]
    [InlineData(TooShort, "PFDEBUG GETREG k", Corrupt)]
    [InlineData(TooShort, "PFDEBUG TODENSE k", Corrupt)]
    [InlineData("", "PFDEBUG DECODE k x", "-ERR wrong number of arguments for 'pfdebug' command")]
    [InlineData("", "PFSELFTEST", "+OK")]
    public void PfDebug_PfSelfTest(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Fact]
    public void GetReg_replies_every_register()
    {
        using var harness = new CommandHarness();
        harness.Given(Abc);
        var registers = harness.Run("PFDEBUG GETREG k").Split(' ')[1..];
        Assert.Equal(16384, registers.Length);
        Assert.Equal(
            [(8436, ":1"), (12711, ":2"), (15780, ":1")],
            registers.Select((value, index) => (index, value)).Where(item => item.value != ":0"));
    }

    [Theory]
    [InlineData("", "PFADD k a", "new k, pfadd k")]
    [InlineData("", "PFADD k", "new k, pfadd k")]
    [InlineData(Abc, "PFADD k a", "")]
    [InlineData(Abc, "PFADD k d", "pfadd k")]
    [InlineData(Abc + " ; PFDEBUG TODENSE k", "PFADD k d", "pfadd k")]
    [InlineData(Abc, "PFCOUNT k", "")]
    [InlineData("", "PFCOUNT k", "keymiss k")]
    [InlineData(Abc, "PFCOUNT k j", "keymiss j")]
    [InlineData(Abc, "PFMERGE d k j", "keymiss d, keymiss j, new d, pfadd d")]
    [InlineData(Abc, "PFMERGE k", "pfadd k")]
    [InlineData(Abc, "PFDEBUG TODENSE k", "")]
    public void Events_of(string given, string command, string events)
    {
        using var harness = new CommandHarness(KeyspaceEvents.All | KeyspaceEvents.KeyMiss | KeyspaceEvents.New);
        harness.Given(given);
        harness.TakeEvents();
        harness.Run(command);
        Assert.Equal(events, harness.TakeEvents());
    }

    [Theory]
    [InlineData("", Abc, Abc)]
    [InlineData("", "PFADD k", "PFADD k")]
    [InlineData(Abc, "PFADD k a b", "")]
    [InlineData(Abc, "PFCOUNT k", "PFCOUNT k")]
    [InlineData(Abc + " ; PFCOUNT k", "PFCOUNT k", "")]
    [InlineData(Abc, "PFCOUNT k j", "")]
    [InlineData("", "PFCOUNT k", "")]
    [InlineData(Abc, "PFMERGE d k", "PFMERGE d k")]
    [InlineData("", "PFMERGE d k", "PFMERGE d k")]
    [InlineData(Abc, "PFDEBUG TODENSE k", "PFDEBUG TODENSE k")]
    [InlineData(Abc, "PFDEBUG GETREG k", "PFDEBUG GETREG k")]
    [InlineData(Abc, "PFDEBUG DECODE k", "")]
    [InlineData(Abc, "MULTI ; PFCOUNT k ; EXEC", "MULTI ; PFCOUNT k ; EXEC")]
    public void A_command_is_logged_when_it_changed_something(string given, string command, string log)
    {
        using var harness = new CommandHarness();
        harness.Given(given);
        harness.TakeLog();
        harness.Given(command);
        Assert.Equal(log, harness.TakeLog());
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void A_count_of_an_expired_key_is_logged_as_its_deletion()
    {
        using var harness = new CommandHarness();
        harness.Given(Abc + " ; PEXPIRE k 1");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(1));
        harness.TakeLog();
        Assert.Equal(":0", harness.Run("PFCOUNT k"));
        Assert.Equal("DEL k", harness.TakeLog());
    }

    [Theory]
    [InlineData("PFADD k d", false)]
    [InlineData("PFADD k a", true)]
    [InlineData("PFCOUNT k", false)]
    [InlineData("PFCOUNT k j", true)]
    [InlineData("PFMERGE k", false)]
    public void A_watched_key_has_changed_when_its_bytes_have(string command, bool runs)
    {
        using var harness = new CommandHarness();
        var other = harness.NewClient();
        harness.Given(Abc + " ; WATCH k ; MULTI ; ECHO x");
        other.Run(command);
        Assert.Equal(runs ? "*1 $1 x" : "*-1", harness.Run("EXEC"));
    }

    [Theory]
    [InlineData("PFADD k a")]
    [InlineData("PFCOUNT k")]
    [InlineData("PFDEBUG ENCODING k")]
    public void A_value_that_was_looked_at_is_raw(string command)
    {
        using var harness = new CommandHarness();
        harness.Given("SET k \"HYLL\\x01\\0\\0\\0\\x01\\0\\0\\0\\0\\0\\0\\0`\\xf3\\x80P\\xb1\\x84K\\xfb\\x80BZ\"");
        Assert.Equal(StringEncoding.EmbStr, harness.EncodingOf("k"));
        harness.Run(command);
        Assert.Equal(StringEncoding.Raw, harness.EncodingOf("k"));
    }

    [Fact]
    public void Values_become_dense_where_the_directive_says()
    {
        using var harness = new CommandHarness();
        harness.Options.HllSparseMaxBytes = 27;
        harness.Given(Abc);
        Assert.Equal("+sparse", harness.Run("PFDEBUG ENCODING k"));
        harness.Options.HllSparseMaxBytes = 26;
        harness.Given("PFADD j a b c");
        Assert.Equal("+dense", harness.Run("PFDEBUG ENCODING j"));
        Assert.Equal(":3", harness.Run("PFCOUNT j"));
        harness.Given("PFMERGE m k");
        Assert.Equal("+dense", harness.Run("PFDEBUG ENCODING m"));
        Assert.Equal(":3", harness.Run("PFCOUNT m"));
    }

    [Theory]
    [InlineData(10, ":10")]
    [InlineData(100, ":100")]
    [InlineData(1000, ":1001")]
    [InlineData(10000, ":9988")]
    [InlineData(30000, ":29850")]
    public void Estimates_are_those_of_Redis(int elements, string estimate)
    {
        using var harness = new CommandHarness();
        for (var i = 1; i <= elements; i += 100)
            harness.Given($"PFADD k {string.Join(' ', Enumerable.Range(i, Math.Min(100, elements)))}");
        Assert.Equal(estimate, harness.Run("PFCOUNT k"));
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void A_value_from_anywhere_never_makes_a_command_throw()
    {
        var random = new Random(1);
        using var harness = new CommandHarness();
        foreach (var elements in new[] { 0, 3, 300, 3000 })
        {
            harness.Given($"PFADD base-{elements} {string.Join(' ', Enumerable.Range(0, elements))}");
            for (var round = 0; round < 300; round++)
            {
                harness.Given($"COPY base-{elements} k REPLACE");
                Damage(harness, random);
                foreach (
                    var command in (string[])[
                        "PFCOUNT k", "PFCOUNT k k", "PFADD k x y z", "PFMERGE d k", "PFMERGE k d", "PFDEBUG DECODE k",
                        "PFDEBUG TODENSE k"])
                    harness.Run(command);
            }
        }
    }

    private static void Damage(CommandHarness harness, Random random)
    {
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var offset = random.Next(3) == 0 ? random.Next(4, 16) : 16 + random.Next(random.Next(1, 12288));
            harness.Run("SETRANGE"u8.ToArray(), "k"u8.ToArray(), Encoding.ASCII.GetBytes($"{offset}"), [
                (byte)random.Next(256)]);
        }

        if (random.Next(4) == 0)
            harness.Run($"SETRANGE k 15 \"\\x80\"");
    }
}
