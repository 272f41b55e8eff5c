using RedisLite.Persistence.Files;

namespace RedisLite.Core.Tests.Persistence.Files;

public sealed class DiskDeviceTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("redislite-").FullName;

    private static DiskDevice Disk => DiskDevice.Instance;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_file_is_written_at_offsets_synced_cut_and_read()
    {
        using (var file = Disk.OpenWrite(PathOf("file"), truncate: true))
        {
            file.Write([new byte[] { 1, 2 }, default, new byte[] { 3 }], 0);
            file.Write([4, 5, 6], 3);
            file.Truncate(5);
            file.Sync();
            Assert.Equal(5, file.Length);
            using var reader = Disk.OpenRead(PathOf("file"));
            var read = new byte[10];
            Assert.Equal(5, reader.Read(read));
            Assert.Equal([1, 2, 3, 4, 5, 0], read[..6]);
        }

        using (var file = Disk.OpenWrite(PathOf("file"), truncate: false))
            Assert.Equal(5, file.Length);
        Assert.Equal(5, Disk.GetLength(PathOf("file")));
        using (var file = Disk.OpenWrite(PathOf("file"), truncate: true))
            Assert.Equal(0, file.Length);
    }

    [Fact]
    public void A_file_longer_than_the_file_system_takes_is_an_error_of_the_disk()
    {
        using var file = Disk.OpenWrite(PathOf("file"), truncate: true);

        // Some file systems take even this.
        Assert.True(Xunit.Record.Exception(() => file.Write([1], long.MaxValue / 2)) is null or IOException);
        Assert.True(
            Xunit.Record.Exception(() => file.Write([new byte[] { 1 }], long.MaxValue / 2)) is null or IOException);
    }

    [Fact]
    public void Names_are_listed_replaced_deleted_and_synced()
    {
        Disk.OpenWrite(PathOf("a"), truncate: true).Dispose();
        Disk.OpenWrite(PathOf("b"), truncate: true).Dispose();
        Disk.CreateDirectory(PathOf("c"));
        Disk.CreateDirectory(PathOf("c"));
        Assert.Equal(["a", "b"], Disk.ListFiles(_directory).Order(StringComparer.Ordinal));
        Disk.Rename(PathOf("a"), PathOf("b"));
        Disk.Delete(PathOf("a"));
        Disk.SyncDirectory(_directory);
        Assert.Equal(["b"], Disk.ListFiles(_directory));
        Assert.Equal(
            (true, false, false),
            (Disk.FileExists(PathOf("b")), Disk.FileExists(PathOf("a")), Disk.FileExists(PathOf("c"))));
        Assert.Equal((true, false), (Disk.DirectoryExists(PathOf("c")), Disk.DirectoryExists(PathOf("b"))));
    }

    [SkippableFact]
    public void Syncing_a_directory_that_is_not_there_fails_with_the_reason()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no such operation; nothing is done there.");
        var error = Assert.Throws<IOException>(() => Disk.SyncDirectory(PathOf("missing")));
        Assert.Contains("No such file or directory", error.Message);
    }

    [Fact]
    public void A_whole_file_appears_under_its_name_only_when_it_is_committed()
    {
        using (var file = new AtomicFile(Disk, _directory, "temp"))
        {
            file.Output.Write([1]);
            Assert.Equal(["temp"], Disk.ListFiles(_directory));
        }

        Assert.Empty(Disk.ListFiles(_directory));
        AtomicFile.Write(Disk, _directory, "temp", "name", [1, 2]);
        Assert.Equal([1, 2], File.ReadAllBytes(PathOf("name")));
        Assert.Equal(["name"], Disk.ListFiles(_directory));
    }

    [Fact]
    public void Large_files_are_synced_on_the_way()
    {
        var disk = new SimulatedDisk();
        var syncs = 0;
        disk.FailPoint = operation => syncs += operation == "after fsync /data/temp" ? 1 : 0;
        using var file = new AtomicFile(disk, "/data", "temp");
        for (var i = 0; i < 10; i++)
            file.Output.Write(new byte[1024 * 1024]);
        Assert.Equal(2, syncs);
    }

    private string PathOf(string name) => Path.Combine(_directory, name);
}
