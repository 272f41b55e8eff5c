using System.Text;
using RedisLite.Commands;
using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Core.Tests.Commands;

/// <summary>Which arguments a declaration of keys names.</summary>
public sealed class KeySpecTests
{
    [Theory]
    [InlineData("R 1", "GET a", "1")]
    [InlineData("R 1..-1", "MGET a b c", "1 2 3")]
    [InlineData("R 1..-2", "BLPOP a b 0", "1 2")]
    [InlineData("W 1..-1/2", "MSET a 1 b 2", "1 3")]
    [InlineData("W 2, R 3..-1", "BITOP AND d a b", "2 3 4")]
    [InlineData("R numkeys@2", "EVAL script 2 a b x", "3 4")]
    [InlineData("R numkeys@2", "EVAL script 0 a b x", "")]
    [InlineData("R numkeys@2", "EVAL script 4 a b x", "")]
    [InlineData("R numkeys@2", "EVAL script", "")]
    [InlineData("R numkeys@2", "EVAL script 9223372036854775807 a", "")]
    [InlineData("R numkeys@2", "EVAL script -1 a", "")]
    [InlineData("W 1, R numkeys@2", "ZUNIONSTORE d 2 a b WEIGHTS 1 2", "1 3 4")]
    [InlineData("RW numkeys@1", "LMPOP 2 a b LEFT", "2 3")]
    [InlineData("RW numkeys@2", "BLMPOP 0 1 a LEFT", "3")]
    [InlineData("R numkeys@1", "SINTERCARD 2 a b LIMIT 1", "2 3")]
    [InlineData("R numkeys@1+2/2", "X 2 skipped a 1 b 2", "3 5")]
    [InlineData("R numkeys@1+2/2", "X 3 skipped a 1 b 2", "")]
    [InlineData("R numkeys@1/2", "X 2 a 1 b", "2 4")]
    [InlineData("R STREAMS@1..-1%2", "XREAD COUNT 2 STREAMS a b 0 0", "4 5")]
    [InlineData("R STREAMS@1..-1%2", "XREAD STREAMS a 0", "2")]
    [InlineData("R STREAMS@1..-1%2", "XREAD STREAMS", "")]
    [InlineData("R STREAMS@1..-1%2", "XREAD COUNT 2 a b 0 0", "")]
    [InlineData("RW STREAMS@4..-1%2", "XREADGROUP GROUP g c BLOCK 0 STREAMS a b > >", "7 8")]
    [InlineData("R 1, W STORE@6, W STOREDIST@6", "GEORADIUS k 1 2 3 m STORE d", "1 7")]
    [InlineData("R 1, W STORE@6, W STOREDIST@6", "GEORADIUS k 1 2 3 m STORE d STOREDIST e", "1 7 9")]
    [InlineData("RW 3, RW KEYS@-2..-1", "MIGRATE host 1 x 0 1000 COPY KEYS a b", "3 8 9")]
    [InlineData("RW KEYS@-2..-1", "MIGRATE host 1 KEYS 0 1000 KEYS KEYS b", "8")]
    [InlineData("RW KEYS@-2..-1", "MIGRATE host 1 x 0 1000 KEYS", "")]
    [InlineData("R WORD@1..2", "X WORD a b c d", "2 3 4")]
    [InlineData("R WORD@1..2/2", "X WORD a b c d", "2 4")]
    [InlineData("R WORD@-1", "X y WORD", "")]
    [InlineData("R WORD@-2", "X WORD WORD a", "3")]
    [InlineData("R ?", "SORT a", "")]
    public void Names_positions(string spec, string request, string positions)
    {
        var owned = Request(request);
        var found = new List<int>();
        foreach (var item in KeySpec.Parse(spec))
            foreach (var position in item.PositionsIn(owned.Arguments))
                found.Add(position);
        Assert.Equal(positions, string.Join(' ', found));
    }

    [Theory]
    [InlineData("R numkeys@x")]
    [InlineData("R numkeys@1/0")]
    [InlineData("R STREAMS@1..x")]
    [InlineData("R STREAMS@1..-1%-2")]
    [InlineData("R 1../2")]
    public void Refuses_what_it_cannot_read(string spec) => Assert.Throws<FormatException>(() => KeySpec.Parse(spec));

    [Theory]
    [InlineData("MSET a 1 b 2 c 3")]
    [InlineData("BITOP AND d a b c")]
    [InlineData("SORT k BY STORE STORE d")]
    [InlineData("RENAME a b")]
    [InlineData("GET a")]
    [InlineData("DEBUG OBJECT a")]
    public void A_located_key_is_found_by_its_position_and_has_its_hash(string request)
    {
        var owned = Request(request);
        using var databases = new Databases(new StorageOptions { StripeCount = 8 });
        var list = new RequestKeyList();
        var keys = list.View(list.Locate(owned.Command, owned.Arguments, databases));
        var positions = new HashSet<int>();
        foreach (ref readonly var key in keys)
            positions.Add(key.Position);
        for (var i = 0; i < owned.Arguments.Count; i++)
        {
            Assert.Equal(positions.Contains(i), keys.TryFind(i, out var found));
            if (positions.Contains(i))
                Assert.Equal((i, databases.MakeKey(owned.Arguments[i]).Hash), (found.Position, found.Hash));
        }
    }

    [Fact]
    public void A_list_of_many_keys_is_located_and_its_memory_goes_back()
    {
        using var databases = new Databases(new StorageOptions { StripeCount = 8 });
        var owned = Request("MGET " + string.Join(' ', Enumerable.Range(0, 5000)));
        var list = new RequestKeyList();
        for (var round = 0; round < 3; round++)
        {
            var keys = list.View(list.Locate(owned.Command, owned.Arguments, databases));
            Assert.Equal(5000, keys.Count);
            Assert.True(keys.TryFind(5000, out var last));
            Assert.Equal(databases.MakeKey("4999"u8).Hash, last.Hash);
            list.Clear();
        }
    }

    private static RedisLite.Commands.Execution.OwnedRequest Request(string request)
    {
        var batch = new RequestBatch();
        new RequestParser(new ProtocolLimits()).Parse(Encoding.Latin1.GetBytes(request + "\r\n"), batch, int.MaxValue);
        var args = batch[0];
        return new RedisLite.Commands.Execution.OwnedRequest(
            CommandTable.Default.Resolve(args) ?? CommandTable.Default.Find("PING"u8)!, args);
    }
}
