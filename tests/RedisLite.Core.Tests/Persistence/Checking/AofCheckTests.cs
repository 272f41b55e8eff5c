using RedisLite.Core.Tests.Persistence.Aof;
using RedisLite.Core.Tests.Persistence.Files;
using RedisLite.Core.Tests.Persistence.Rdb;
using RedisLite.Persistence.Aof;
using RedisLite.Persistence.Checking;

namespace RedisLite.Core.Tests.Persistence.Checking;

public sealed class AofCheckTests
{
    private const string Base = "/data/appendonlydir/base.rdb";
    private const string First = "/data/appendonlydir/first.aof";
    private const string Last = "/data/appendonlydir/last.aof";

    private readonly SimulatedDisk _disk = new();
    private readonly List<string> _lines = [];

    public AofCheckTests()
    {
        _disk.CreateDirectory("/data/appendonlydir");
        _disk.WriteAll(
            "/data/appendonlydir/appendonly.aof.manifest",
            [.. "file base.rdb seq 1 type b\nfile first.aof seq 1 type i\nfile last.aof seq 2 type i\n"u8]);
        _disk.WriteAll(Base, RdbSamples.AllTypes);
        _disk.WriteAll(First, Resp.Commands("INCR a"));
        _disk.WriteAll(Last, Resp.Commands("INCR a", "SET b 1"));
    }

    [Fact]
    public void A_damaged_collection_in_the_snapshot_is_named()
    {
        // A set whose intset has its numbers in the wrong order, in a file that has no checksum.
        _disk.WriteAll(Base, Convert.FromHexString(
            "524544495330303130" + "FE00" + "0B0161" + "0C02000000020000000200" + "0100" + "FF0000000000000000"));
        var report = Check();
        Assert.False(report.IsSound);
        Assert.Contains(
            "at byte 14: the value is no sound set: the integers of an intset do not ascend", report.Files[0].Problem);
    }

    [Fact]
    public void A_sound_directory_is_reported_file_by_file()
    {
        Assert.True(Check().IsSound);
        var all = RdbSamples.AllTypes.Length;
        Assert.Equal(
            $"""
            Start checking Multi Part AOF
            Start to check BASE AOF base.rdb
            The file starts with an RDB preamble, checking it
            [info] 19 keys read
            [info] 2 expires
            RDB preamble is OK, proceeding with AOF tail...
            AOF analyzed: filename=base.rdb, size={all}, ok_up_to={all}, commands=0, diff=0
            BASE AOF base.rdb is valid
            Start to check INCR AOF first.aof
            AOF analyzed: filename=first.aof, size=21, ok_up_to=21, commands=1, diff=0
            INCR AOF first.aof is valid
            Start to check INCR AOF last.aof
            AOF analyzed: filename=last.aof, size=48, ok_up_to=48, commands=2, diff=0
            INCR AOF last.aof is valid
            All AOF files and manifest are valid
            """,
            string.Join('\n', _lines));
    }

    [Fact]
    public void A_torn_tail_is_cut_off_by_a_fix_and_not_before()
    {
        _disk.WriteAll(Last, _disk.ReadAll(Last)[..^4]);
        var report = Check();
        Assert.False(report.IsSound);
        Assert.Equal(44, _disk.GetLength(Last));
        Assert.Contains(
            "AOF last.aof is not valid. --fix-aof cuts its last 23 bytes off, from 44 to 21; keep a copy.", _lines);
        Fix(report);
        Assert.Equal(21, _disk.GetLength(Last));
        Assert.True(Check().IsSound);
    }

    [Fact]
    public void Damage_in_the_last_file_is_cut_off_with_all_behind_it()
    {
        var file = _disk.ReadAll(Last);
        file[0] = (byte)'x';
        _disk.WriteAll(Last, file);
        var report = Check();
        Assert.Contains("at byte 0: expected '*', found byte 78", _lines);
        Fix(report);
        Assert.Equal(0, _disk.GetLength(Last));
        Assert.True(Check().IsSound);
    }

    [Fact]
    public void Damage_before_the_last_file_cannot_be_repaired()
    {
        _disk.WriteAll(First, [.. "x"u8]);
        var report = Check();
        Assert.Equal(["base.rdb", "first.aof"], report.Files.Select(file => file.Name));
        Assert.Null(report.Repairable);
        Assert.Contains("is not the last file", _lines[^1]);
        Assert.Throws<ArgumentException>(
            () => new AofCheck(new AofLocation("/data"), _disk, _lines.Add).Fix(report.Files[1]));
    }

    [Fact]
    public void A_damaged_snapshot_cannot_be_repaired()
    {
        _disk.WriteAll("/data/appendonlydir/appendonly.aof.manifest", [.. "file base.rdb seq 1 type b\n"u8]);
        var file = _disk.ReadAll(Base);
        file[^1] ^= 1;
        _disk.WriteAll(Base, file);
        var report = Check();
        Assert.False(report.IsSound);
        Assert.Null(report.Repairable);
        Assert.Contains("The snapshot in base.rdb is damaged", _lines[^1]);
    }

    [Fact]
    public void A_missing_file_and_a_missing_or_damaged_manifest_are_reported()
    {
        _disk.Delete(Last);
        Assert.Contains("last.aof: it does not exist", Check().Problem);
        _disk.WriteAll("/data/appendonlydir/appendonly.aof.manifest", [.. "file\n"u8]);
        Assert.Contains("line 1: Invalid AOF manifest file format", Check().Problem);
        _disk.Delete("/data/appendonlydir/appendonly.aof.manifest");
        Assert.Contains("no AOF manifest", Check().Problem);
        Assert.Null(Check().Repairable);
    }

    [Fact]
    public void The_directory_may_be_given_itself_or_by_the_one_that_holds_it()
    {
        Assert.Equal(new AofLocation("/data"), AofCheck.Locate("/data", _disk));
        Assert.Equal(new AofLocation("/data"), AofCheck.Locate("/data/appendonlydir/", _disk));
        _disk.CreateDirectory("/data/other");
        _disk.WriteAll("/data/other/mine.manifest", []);
        Assert.Equal(new AofLocation("/data", "other", "mine"), AofCheck.Locate("/data/other", _disk));
    }

    private AofCheckReport Check()
    {
        _lines.Clear();
        return new AofCheck(new AofLocation("/data"), _disk, _lines.Add).Run();
    }

    private void Fix(AofCheckReport report) =>
        new AofCheck(new AofLocation("/data"), _disk, _lines.Add).Fix(report.Repairable!);
}
