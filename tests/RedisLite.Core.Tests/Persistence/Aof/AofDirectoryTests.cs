using System.Text;
using RedisLite.Core.Tests.Persistence.Files;
using RedisLite.Persistence.Aof;

namespace RedisLite.Core.Tests.Persistence.Aof;

public sealed class AofDirectoryTests
{
    private static readonly AofLocation Location = new("/data");

    private readonly SimulatedDisk _disk = new();

    private string Manifest => Encoding.UTF8.GetString(_disk.ReadAll("/data/appendonlydir/appendonly.aof.manifest"));

    [Fact]
    public void Opening_an_empty_place_makes_nothing()
    {
        Assert.True(AofDirectory.Open(Location, _disk).Manifest.IsEmpty);
        Assert.False(_disk.DirectoryExists("/data/appendonlydir"));
    }

    [Fact]
    public void The_first_append_makes_directory_increment_and_manifest()
    {
        using var file = AofDirectory.Open(Location, _disk).OpenForAppend();
        Assert.Equal("appendonly.aof.1.incr.aof", file.Name);
        Assert.Equal("file appendonly.aof.1.incr.aof seq 1 type i\n", Manifest);
        Assert.Equal(
            ["/data/appendonlydir/appendonly.aof.1.incr.aof", "/data/appendonlydir/appendonly.aof.manifest"],
            _disk.Paths.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_last_increment_goes_on_after_a_restart()
    {
        using (var file = AofDirectory.Open(Location, _disk).OpenForAppend())
            file.Append(["first"u8.ToArray()]);
        using (var file = AofDirectory.Open(Location, _disk).OpenForAppend())
        {
            Assert.Equal(5, file.Length);
            Assert.Equal(0, file.SyncedLength);
            file.Append([" sec"u8.ToArray(), "ond"u8.ToArray()]);
            file.Sync();
            Assert.Equal((12, 12), (file.Length, file.SyncedLength));
        }

        Assert.Equal("first second"u8, _disk.ReadAll("/data/appendonlydir/appendonly.aof.1.incr.aof"));
    }

    [Fact]
    public void A_rewrite_replaces_base_and_increments_and_deletes_them()
    {
        var directory = AofDirectory.Open(Location, _disk);
        var first = directory.OpenForAppend();
        first.Append(["1"u8.ToArray()]);
        var second = directory.StartIncrement(first);
        Rewrite(directory, "base", isRdb: true, second);
        Assert.Equal(
            "file appendonly.aof.1.base.rdb seq 1 type b\n"
                + "file appendonly.aof.1.incr.aof seq 1 type h\n"
                + "file appendonly.aof.2.incr.aof seq 2 type i\n",
            Manifest);
        directory.DeleteHistory();
        Assert.Equal(
            "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.2.incr.aof seq 2 type i\n", Manifest);
        Assert.DoesNotContain("/data/appendonlydir/appendonly.aof.1.incr.aof", _disk.Paths);
        Assert.Equal("base"u8, _disk.ReadAll("/data/appendonlydir/appendonly.aof.1.base.rdb"));

        Rewrite(directory, "commands", isRdb: false, directory.StartIncrement(second));
        Assert.StartsWith("file appendonly.aof.2.base.aof seq 2 type b\n", Manifest);
    }

    [Fact]
    public void The_single_file_of_an_older_version_becomes_the_base()
    {
        _disk.WriteAll("/data/appendonly.aof", [.. "commands"u8]);
        var directory = AofDirectory.Open(Location, _disk);
        Assert.Equal("file appendonly.aof seq 1 type b\n", Manifest);
        Assert.Equal("commands"u8, _disk.ReadAll("/data/appendonlydir/appendonly.aof"));
        Assert.False(_disk.FileExists("/data/appendonly.aof"));
        Assert.Equal(8, directory.GetTotalLength());
    }

    [Fact]
    public void Taking_over_the_single_file_survives_a_crash_at_every_step()
    {
        _disk.WriteAll("/data/appendonly.aof", [.. "commands"u8]);
        CrashAnywhere.Try(_disk, disk => AofDirectory.Open(Location, disk), rebooted =>
        {
            var directory = AofDirectory.Open(Location, rebooted);
            Assert.Equal(["appendonly.aof"], directory.Manifest.LoadOrder.Select(file => file.Name));
            Assert.Equal("commands"u8, rebooted.ReadAll("/data/appendonlydir/appendonly.aof"));
        });
    }

    [Fact]
    public void A_snapshot_is_adopted_whole_or_not_at_all()
    {
        _disk.WriteAll("/data/dump.rdb", [.. "snapshot"u8]);
        CrashAnywhere.Try(_disk, disk => AofDirectory.Open(Location, disk).AdoptSnapshot("/data/dump.rdb"), rebooted =>
        {
            var directory = AofDirectory.Open(Location, rebooted);
            if (directory.Manifest.IsEmpty)
                directory.AdoptSnapshot("/data/dump.rdb");
            Assert.Equal("snapshot"u8, rebooted.ReadAll(directory.PathOf(directory.Manifest.Base!.Name)));
            Assert.Single(directory.Manifest.Increments);
            Assert.Equal("snapshot"u8, rebooted.ReadAll("/data/dump.rdb"));
        });
        var adopted = AofDirectory.Open(Location, _disk);
        adopted.AdoptSnapshot("/data/dump.rdb");
        Assert.Equal(
            "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n", Manifest);
        Assert.Throws<InvalidOperationException>(() => adopted.AdoptSnapshot("/data/dump.rdb"));
    }

    [Fact]
    public void A_single_file_beside_a_manifest_that_names_others_is_left_alone()
    {
        AofDirectory.Open(Location, _disk).OpenForAppend().Dispose();
        _disk.WriteAll("/data/appendonly.aof", [.. "old"u8]);
        Assert.Null(AofDirectory.Open(Location, _disk).Manifest.Base);
        Assert.True(_disk.FileExists("/data/appendonly.aof"));
    }

    [Fact]
    public void Unfinished_files_are_deleted_at_the_next_start()
    {
        var directory = AofDirectory.Open(Location, _disk);
        directory.OpenForAppend().Dispose();
        _disk.WriteAll("/data/appendonlydir/temp-appendonly.aof.manifest", [1]);
        _disk.WriteAll("/data/appendonlydir/temp-appendonly.aof.base", [1]);
        _disk.WriteAll("/data/appendonlydir/notes.txt", [1]);
        AofDirectory.Open(Location, _disk);
        Assert.Equal(
            ["appendonly.aof.1.incr.aof", "appendonly.aof.manifest", "notes.txt"],
            _disk.ListFiles("/data/appendonlydir").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_missing_file_stops_the_start_and_is_named()
    {
        AofDirectory.Open(Location, _disk).OpenForAppend().Dispose();
        _disk.Delete("/data/appendonlydir/appendonly.aof.1.incr.aof");
        var error = Assert.Throws<AofDirectoryException>(() => AofDirectory.Open(Location, _disk));
        Assert.Contains("/data/appendonlydir/appendonly.aof.1.incr.aof, which does not exist", error.Message);
    }

    [Fact]
    public void Data_without_a_manifest_stops_the_start()
    {
        AofDirectory.Open(Location, _disk).OpenForAppend().Dispose();
        _disk.Delete("/data/appendonlydir/appendonly.aof.manifest");
        Assert.True(AofDirectory.Open(Location, _disk).Manifest.IsEmpty); // an empty increment is no data
        _disk.WriteAll("/data/appendonlydir/appendonly.aof.1.incr.aof", [1]);
        var error = Assert.Throws<AofDirectoryException>(() => AofDirectory.Open(Location, _disk));
        Assert.Contains("appendonly.aof.1.incr.aof is there but no manifest names it", error.Message);
    }

    [Fact]
    public void A_damaged_manifest_stops_the_start()
    {
        AofDirectory.Open(Location, _disk).OpenForAppend().Dispose();
        _disk.WriteAll("/data/appendonlydir/appendonly.aof.manifest", [.. "file a seq 1 type ?\n"u8]);
        var error = Assert.Throws<AofDirectoryException>(() => AofDirectory.Open(Location, _disk));
        Assert.Contains("appendonly.aof.manifest is damaged: line 1: Unknown AOF file type", error.Message);
    }

    [Fact]
    public void Files_of_a_failed_step_are_kept_until_it_is_certain_that_no_manifest_names_them()
    {
        var directory = AofDirectory.Open(Location, _disk);
        var current = directory.OpenForAppend();
        Fail("after rename /data/appendonlydir/appendonly.aof.manifest");
        Assert.Throws<IOException>(() => directory.StartIncrement(current));
        Assert.Contains("appendonly.aof.2.incr.aof", Manifest, StringComparison.Ordinal);
        Assert.Throws<IOException>(() => Rewrite(directory, "unused", isRdb: true, current));
        Assert.Contains("/data/appendonlydir/appendonly.aof.2.incr.aof", _disk.Paths);

        _disk.FailPoint = null;
        var next = directory.StartIncrement(current);
        Assert.Equal("appendonly.aof.2.incr.aof", next.Name);
        Rewrite(directory, "used", isRdb: true, next);
        Assert.Equal("appendonly.aof.1.base.rdb", directory.Manifest.Base?.Name);
    }

    [Fact]
    public void A_step_that_fails_again_and_again_leaves_no_more_files_than_one()
    {
        var directory = AofDirectory.Open(Location, _disk);
        directory.OpenForAppend().Dispose();
        Fail("before fsync /data/appendonlydir/temp-appendonly.aof.base");
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var increment = directory.CreateIncrement();
            Assert.Throws<IOException>(() => Rewrite(directory, "all", isRdb: true, increment));
        }

        Assert.Equal(
            ["appendonly.aof.1.incr.aof", "appendonly.aof.2.incr.aof", "appendonly.aof.manifest"],
            _disk.ListFiles("/data/appendonlydir").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_base_whose_manifest_could_not_be_written_is_deleted_by_the_next_attempt()
    {
        var directory = AofDirectory.Open(Location, _disk);
        var current = directory.OpenForAppend();
        var next = directory.StartIncrement(current);
        Fail("before open /data/appendonlydir/temp-appendonly.aof.manifest");
        Assert.Throws<IOException>(() => Rewrite(directory, "unused", isRdb: true, next));
        Assert.Contains("/data/appendonlydir/appendonly.aof.1.base.rdb", _disk.Paths);

        _disk.FailPoint = null;
        directory.StartIncrement(next);
        Assert.DoesNotContain("/data/appendonlydir/appendonly.aof.1.base.rdb", _disk.Paths);
    }

    [Fact]
    public void A_rewrite_after_a_failed_fsync_lists_its_increment_with_its_base()
    {
        var directory = AofDirectory.Open(Location, _disk);
        var broken = directory.OpenForAppend();
        _disk.FailPoint = operation =>
        {
            if (operation.StartsWith("before fsync", StringComparison.Ordinal))
                throw new IOException("Input/output error");
        };
        Assert.Throws<IOException>(broken.Sync);
        _disk.FailPoint = null;
        Assert.Throws<IOException>(() => directory.StartIncrement(broken));
        var increment = directory.CreateIncrement();
        Assert.Equal(["appendonly.aof.1.incr.aof"], directory.Manifest.LoadOrder.Select(file => file.Name));
        Rewrite(directory, "all", isRdb: true, increment);
        Assert.Equal(
            ["appendonly.aof.1.base.rdb", "appendonly.aof.2.incr.aof"],
            directory.Manifest.LoadOrder.Select(file => file.Name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../appendonly.aof")]
    public void The_file_name_must_be_a_name(string name) =>
        Assert.Throws<AofDirectoryException>(() => AofDirectory.Open(Location with { FileName = name }, _disk));

    private void Fail(string failing) => _disk.FailPoint = operation =>
    {
        if (operation == failing)
            throw new IOException("Input/output error");
    };

    private static void Rewrite(AofDirectory directory, string content, bool isRdb, AofIncrement firstKept)
    {
        using var newBase = directory.CreateBase();
        newBase.Output.Write(Encoding.ASCII.GetBytes(content));
        directory.CompleteRewrite(newBase, isRdb, firstKept);
    }
}
