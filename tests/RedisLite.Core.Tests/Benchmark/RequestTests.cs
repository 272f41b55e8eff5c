using System.Text;
using RedisLite.Benchmark.Load;

namespace RedisLite.Core.Tests.Benchmark;

public sealed class RequestTests
{
    [Fact]
    public void A_resp_request_is_a_multibulk_with_a_sixteen_byte_key()
    {
        var template = RequestTemplate.Create(["SET", "{key}", "{value}"], WireProtocol.Resp, "key:", "abc"u8);
        Assert.Equal("*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000000\r\n$3\r\nabc\r\n", Text(template.Bytes));
        Assert.Equal([22], template.KeyOffsets.ToArray());
    }

    [Fact]
    public void A_plain_request_is_a_line()
    {
        var template = RequestTemplate.Create(["MGET", "{key}", "{key}"], WireProtocol.Plain, "k:", []);
        Assert.Equal("MGET k:000000000000 k:000000000000\r\n", Text(template.Bytes));
        Assert.Equal([7, 22], template.KeyOffsets.ToArray());
    }

    [Fact]
    public void A_key_may_stand_between_other_text()
    {
        var template = RequestTemplate.Create(["SADD", "s", "x{key}y"], WireProtocol.Resp, "k:", []);
        Assert.Equal("*3\r\n$4\r\nSADD\r\n$1\r\ns\r\n$16\r\nxk:000000000000y\r\n", Text(template.Bytes));
        Assert.Equal([29], template.KeyOffsets.ToArray());
    }

    [Fact]
    public void Keys_are_patched_into_every_request()
    {
        var source = Source(["GET {key}"], new SequentialKeyPicker(41, 1_000));
        var bytes = Text(source.Next(2, out var count));
        Assert.Equal(2, count);
        Assert.Equal("GET key:000000000041\r\nGET key:000000000042\r\n", bytes);
        Assert.Equal("GET key:000000000043\r\n", Text(source.Next(1, out _)));
    }

    [Fact]
    public void Large_requests_come_in_chunks_but_at_least_one_at_a_time()
    {
        var value = RequestTemplate.CreateValue(200_000);
        var template = RequestTemplate.Create(["SET", "{key}", "{value}"], WireProtocol.Resp, "key:", value);
        var one = new RequestMix("set", [new WeightedRequest(template, 1)]);
        var two = new RequestMix("set", [new WeightedRequest(template, 1), new WeightedRequest(template, 1)]);
        foreach (var mix in new[] { one, two })
        {
            var source = new RequestSource(mix, new SequentialKeyPicker(0, 10), new SeededRandom(1), 100);
            Assert.Equal(template.Length, source.Next(100, out var count).Length);
            Assert.Equal(1, count);
        }
    }

    [Fact]
    public void A_mix_holds_its_shares()
    {
        var test = TestCatalog.Create("mixed", 1, 0.8)!;
        var mix = test.CreateMix(WireProtocol.Plain, [10, 20]);
        Assert.Equal([0.8, 0.1, 0.1], mix.Requests.Select(request => Math.Round(request.Weight, 3)));
        var source = new RequestSource(mix, new SequentialKeyPicker(0, 10), new SeededRandom(1), 10_000);
        var requests = Text(source.Next(5_000, out var count)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(count, requests.Length);
        Assert.InRange(
            requests.Count(request => request.StartsWith("GET", StringComparison.Ordinal)) / (double)count, 0.77, 0.83);
    }

    [Fact]
    public void Every_named_test_exists_and_multi_key_tests_have_as_many_keys_as_asked()
    {
        Assert.All(TestCatalog.Names, name => Assert.NotNull(TestCatalog.Create(name, 3, 0.5)));
        Assert.Null(TestCatalog.Create("nonsense", 3, 0.5));
        var mset = TestCatalog.Create("MSET", 3, 0.5)!.CreateMix(WireProtocol.Plain, [1]).Requests[0].Template;
        Assert.Equal(3, mset.KeyOffsets.Length);
        var mget = TestCatalog.Create("mget", 3, 0.5)!;
        Assert.Equal(3, mget.PlainLinesPerReply);
    }

    [Fact]
    public void A_value_is_printable_and_the_same_each_time()
    {
        var value = RequestTemplate.CreateValue(500);
        Assert.Equal(value, RequestTemplate.CreateValue(500));
        Assert.All(value, b => Assert.True(char.IsAsciiLetterOrDigit((char)b)));
    }

    private static RequestSource Source(string[] commands, KeyPicker keys)
    {
        var requests = commands.Select(command => new WeightedRequest(
            RequestTemplate.Create(command.Split(' '), WireProtocol.Plain, "key:", []), 1));
        return new RequestSource(new RequestMix("test", [.. requests]), keys, new SeededRandom(1), 16);
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
