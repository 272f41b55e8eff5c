using RedisLite.Core.Tests.Persistence.Aof;
using RedisLite.Core.Tests.Persistence.Files;
using RedisLite.Persistence.Aof;
using RedisLite.Persistence.Loading;

namespace RedisLite.Core.Tests.Persistence.Loading;

public sealed class AofLoaderTests
{
    private const string Base = "/data/appendonlydir/base.rdb";
    private const string First = "/data/appendonlydir/first.aof";
    private const string Last = "/data/appendonlydir/last.aof";

    private static readonly AofLocation Location = new("/data");
    private static readonly byte[] OneKey = Convert.FromHexString(
        "524544495330303130FE0000016101" + "39FF0000000000000000");

    private readonly SimulatedDisk _disk = new();

    public AofLoaderTests()
    {
        _disk.CreateDirectory("/data/appendonlydir");
        _disk.WriteAll(
            "/data/appendonlydir/appendonly.aof.manifest",
            [.. "file base.rdb seq 1 type b\nfile first.aof seq 1 type i\nfile last.aof seq 2 type i\n"u8]);
        _disk.WriteAll(Base, OneKey);
        _disk.WriteAll(First, Resp.Commands("INCR a", "SELECT 3", "SET b 1"));
        _disk.WriteAll(Last, Resp.Commands("INCR a", "MULTI", "SELECT 3", "INCR b", "EXEC"));
    }

    [Fact]
    public void Files_are_loaded_in_order_each_from_database_0()
    {
        var target = new ModelTarget();
        var result = Load(target);
        Assert.Equal("0:a=11 3:b=2", target.State);
        Assert.Equal((1, 8, 0, null), (result.Keys, result.Commands, result.SkippedKeys, result.Torn));
        Assert.Equal(result.Bytes, _disk.GetLength(Base) + _disk.GetLength(First) + _disk.GetLength(Last));
        Assert.Equal((result.Bytes, result.Bytes), target.Progress);
    }

    [Fact]
    public void The_last_file_cut_anywhere_loads_whole_commands_and_is_cut_off_there()
    {
        var whole = _disk.ReadAll(Last);
        for (var length = 0; length < whole.Length; length++)
        {
            _disk.WriteAll(Last, whole[..length]);
            var target = new ModelTarget();
            var result = Load(target);
            var expected = length < 21 ? 0 : 21;
            Assert.Equal(expected == 0 ? "0:a=10 3:b=1" : "0:a=11 3:b=1", target.State);
            Assert.Equal(expected, _disk.GetLength(Last));
            Assert.Equal(length == expected ? null : new TornTail(
                Last, expected, length - expected, result.Torn!.Reason), result.Torn);
            Assert.Null(Load(new ModelTarget()).Torn);
        }
    }

    [Fact]
    public void A_torn_tail_before_an_increment_that_was_never_used_is_cut_off()
    {
        _disk.WriteAll(First, _disk.ReadAll(First)[..^1]);
        _disk.WriteAll(Last, []);
        var target = new ModelTarget();
        var result = Load(target);
        Assert.Equal((First, "0:a=10"), (result.Torn?.Path, target.State));
        Assert.Equal(result.Torn!.Offset, _disk.GetLength(First));
        Assert.Equal(0, _disk.GetLength(Last));
        Assert.Null(Load(new ModelTarget()).Torn);
    }

    [Fact]
    public void A_torn_tail_can_be_made_to_stop_the_start()
    {
        _disk.WriteAll(Last, _disk.ReadAll(Last)[..^1]);
        var error = Fails(new LoadOptions { TruncateTornTail = false });
        Assert.Equal((Last, 21), (error.Path, error.Offset));
        Assert.Contains("ends in a torn command at byte 21", error.Message);
        Assert.Contains("aof-load-truncated", error.Message);
    }

    [Fact]
    public void A_torn_tail_before_the_last_file_stops_the_start()
    {
        _disk.WriteAll(First, _disk.ReadAll(First)[..^1]);
        var error = Fails();
        Assert.Equal((First, 44), (error.Path, error.Offset));
        Assert.Contains($"{First} is cut short at byte 44", error.Message);
        Assert.Contains("--check-aof", error.Message);
    }

    [Fact]
    public void Damage_stops_the_start_and_is_named_with_file_and_offset()
    {
        var file = _disk.ReadAll(Last);
        file[23] ^= 1;
        _disk.WriteAll(Last, file);
        var error = Fails();
        Assert.Equal((Last, 23), (error.Path, error.Offset));
        Assert.Contains($"{Last} is damaged at byte 23: expected", error.Message);
        Assert.Contains("--fix-aof", error.Message);
    }

    [Fact]
    public void A_damaged_base_stops_the_start()
    {
        _disk.WriteAll(Base, OneKey[..^1]);
        var error = Fails();
        Assert.Equal(Base, error.Path);
        Assert.Contains($"{Base} is damaged at byte 17", error.Message);
        Assert.Contains("from a copy", error.Message);
    }

    [Fact]
    public void A_command_that_cannot_be_executed_stops_the_start()
    {
        _disk.WriteAll(Last, Resp.Commands("INCR a", "NONSENSE b"));
        var error = Fails();
        Assert.Equal(21, error.Offset);
        Assert.Equal($"{Last} cannot be loaded at byte 21: unknown command 'NONSENSE'.", error.Message);
    }

    [Fact]
    public void A_key_that_is_refused_stops_the_start()
    {
        var error = Assert.Throws<LoadException>(() => Load(new ModelTarget { Refuses = "a" }));
        Assert.Equal($"{Base} cannot be loaded at byte 9: the model refuses it.", error.Message);
    }

    [Fact]
    public void Unsupported_content_is_counted_if_it_may_be_left_out()
    {
        _disk.WriteAll(Base, Convert.FromHexString(
            "524544495330303130" + "F701020200" + "FE00" + "000161C00B" + "FF0000000000000000"));
        var error = Fails();
        Assert.Contains("--skip-unknown-types", error.Message);
        var result = Load(new ModelTarget(), new LoadOptions { SkipUnknownTypes = true });
        Assert.Equal((1, 1), (result.Keys, result.SkippedKeys));
    }

    [Fact]
    public void Commands_may_follow_a_snapshot_in_one_file()
    {
        _disk.WriteAll(Base, [.. OneKey, .. Resp.Commands("INCR a")]);
        var target = new ModelTarget();
        Load(target);
        Assert.Equal("0:a=12 3:b=2", target.State);
    }

    [Fact]
    public void A_load_can_be_given_up()
    {
        _disk.WriteAll(First, Resp.Commands([.. Enumerable.Repeat("INCR a", 10_000)]));
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() =>
            AofLoader.Load(
                AofDirectory.Open(Location, _disk), new ModelTarget(), new LoadOptions(), cancellation.Token));
    }

    [Fact]
    public void A_snapshot_is_loaded_on_its_own()
    {
        var target = new ModelTarget();
        var result = RdbLoader.Load(
            _disk, Base, LoadedFile.Snapshot, target, new LoadOptions(), CancellationToken.None);
        Assert.Equal(new LoadResult(OneKey.Length, 1, 0, 0, null), result);
        Assert.Equal("0:a=9", target.State);
    }

    private LoadResult Load(ModelTarget target, LoadOptions? options = null) =>
        AofLoader.Load(
            AofDirectory.Open(Location, _disk), target, options ?? new LoadOptions(), CancellationToken.None);

    private LoadException Fails(LoadOptions? options = null) =>
        Assert.Throws<LoadException>(() => Load(new ModelTarget(), options));
}
