using RedisLite.Core.Tests.Persistence.Files;
using RedisLite.Persistence.Aof;

namespace RedisLite.Core.Tests.Persistence.Aof;

public sealed class AofIncrementTests : IDisposable
{
    private const string Path = "/data/file";

    private readonly SimulatedDisk _disk = new();
    private readonly AofIncrement _file;

    public AofIncrementTests()
    {
        _file = new AofIncrement("file", 1, _disk.OpenWrite(Path, truncate: true));
        _file.Append(["sound "u8.ToArray()]);
    }

    public void Dispose() => _file.Dispose();

    [Fact]
    public void A_full_disk_leaves_nothing_of_the_append_and_it_can_be_tried_again()
    {
        _disk.FailWrite = _ => 3;
        Assert.Throws<IOException>(() => _file.Append(["partial"u8.ToArray()]));
        Assert.Equal("sound "u8, _disk.ReadAll(Path));
        Assert.Equal(6, _file.Length);
        _disk.FailWrite = null;
        _file.Append(["again"u8.ToArray()]);
        Assert.Equal("sound again"u8, _disk.ReadAll(Path));
    }

    [Fact]
    public void Torn_bytes_that_cannot_be_cut_off_at_once_are_cut_off_before_the_next_append()
    {
        _disk.FailWrite = _ => 7;
        Fail("before truncate");
        Assert.Throws<IOException>(() => _file.Append(["a long one"u8.ToArray()]));
        Assert.Equal("sound a long "u8, _disk.ReadAll(Path));
        _disk.FailWrite = null;
        Assert.Throws<IOException>(() => _file.Append(["x"u8.ToArray()]));
        Assert.Equal("sound a long "u8, _disk.ReadAll(Path));
        _disk.FailPoint = null;
        _file.Append(["x"u8.ToArray()]);
        Assert.Equal("sound x"u8, _disk.ReadAll(Path));
        Assert.False(_file.IsBroken);
    }

    [Fact]
    public void A_failed_fsync_is_never_assumed_to_have_worked_later()
    {
        _file.Sync();
        _file.Append(["lost?"u8.ToArray()]);
        Fail("before fsync");
        Assert.Throws<IOException>(_file.Sync);
        _disk.FailPoint = null;
        Assert.True(_file.IsBroken);
        Assert.Equal(6, _file.SyncedLength);
        Assert.Contains("after byte 6 may be lost", Assert.Throws<IOException>(_file.Sync).Message);
        Assert.Throws<IOException>(() => _file.Append(["x"u8.ToArray()]));
        Assert.Equal(6, _file.SyncedLength);
    }

    private void Fail(string point) => _disk.FailPoint = operation =>
    {
        if (operation.StartsWith(point, StringComparison.Ordinal))
            throw new IOException("Input/output error");
    };
}
