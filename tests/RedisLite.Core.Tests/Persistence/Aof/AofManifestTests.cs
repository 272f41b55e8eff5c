using System.Text;
using RedisLite.Persistence.Aof;

namespace RedisLite.Core.Tests.Persistence.Aof;

public sealed class AofManifestTests
{
    private const string Sample =
        """
        file appendonly.aof.2.base.rdb seq 2 type b
        file appendonly.aof.1.incr.aof seq 1 type h
        file appendonly.aof.2.incr.aof seq 2 type i
        file appendonly.aof.3.incr.aof seq 3 type i

        """;

    [Fact]
    public void A_manifest_of_Redis_is_read_and_written_alike()
    {
        var manifest = Parse(Sample);
        Assert.Equal(new AofFileInfo("appendonly.aof.2.base.rdb", 2, AofFileType.Base), manifest.Base);
        Assert.Equal(
            new AofFileInfo("appendonly.aof.1.incr.aof", 1, AofFileType.History), Assert.Single(manifest.History));
        Assert.Equal(["appendonly.aof.2.base.rdb", "appendonly.aof.2.incr.aof", "appendonly.aof.3.incr.aof"],
            manifest.LoadOrder.Select(file => file.Name));
        Assert.Equal((3, 4), (manifest.NextBaseSequence, manifest.NextIncrementSequence));
        Assert.Equal(Sample, Encoding.UTF8.GetString(manifest.Format()));
    }

    [Theory]
    [InlineData("file a.1.incr.aof seq 1 type i\n")]
    [InlineData("FILE a.1.incr.aof SEQ 1 TYPE i\n")]
    [InlineData("  type i seq 1   file a.1.incr.aof \r\n")]
    [InlineData("# a comment\nfile a.1.incr.aof seq 1 type i\n#another without an end")]
    [InlineData("file a.1.incr.aof seq 1 type i new-key new-value\n")]
    [InlineData("file \"a.1.incr.aof\" seq 1 type incr\n")]
    public void Forms_that_Redis_accepts_are_accepted(string content) =>
        Assert.Equal("file a.1.incr.aof seq 1 type i\n", Encoding.UTF8.GetString(Parse(content).Format()));

    [Theory]
    [InlineData("", "Found an empty AOF manifest")]
    [InlineData("\n", "line 1: Invalid AOF manifest file format")]
    [InlineData("file a seq 1 type b", "line 1: The AOF manifest file contains too long line")]
    [InlineData("file a seq 1\n", "line 1: Invalid AOF manifest file format")]
    [InlineData("file a seq 1 type\n", "line 1: Invalid AOF manifest file format")]
    [InlineData("file a seq x type b\n", "line 1: Invalid AOF manifest file format")]
    [InlineData("file a seq 0 type b\n", "line 1: Invalid AOF manifest file format")]
    [InlineData("file \"\" seq 1 type b\n", "line 1: Invalid AOF manifest file format")]
    [InlineData("file \"a seq 1 type b\n", "line 1: Invalid AOF manifest file format")]
    [InlineData("*3\nfile a seq 1 type b\n", "line 1: Invalid AOF manifest file format")]
    [InlineData("file ../a seq 1 type b\n", "line 1: File can't be a path, just a filename")]
    [InlineData("file a seq 1 type x\n", "line 1: Unknown AOF file type")]
    [InlineData("file a seq 1 type b\nfile b seq 2 type b\n", "line 2: Found duplicate base file information")]
    [InlineData("file a seq 2 type i\nfile b seq 2 type i\n", "line 2: Found a non-monotonic sequence number")]
    public void What_Redis_refuses_is_refused_in_its_words(string content, string message) =>
        Assert.Equal(message, Assert.Throws<AofManifestException>(() => Parse(content)).Message);

    [Fact]
    public void A_line_may_not_be_too_long() =>
        Assert.Contains("too long", Assert.Throws<AofManifestException>(
            () => Parse($"file {new string('a', 1100)} seq 1 type b\n")).Message);

    [Theory]
    [InlineData("plain.aof.1.incr.aof", "plain.aof.1.incr.aof")]
    [InlineData("with space", "\"with space\"")]
    [InlineData("quote\"and\\backslash", "\"quote\\\"and\\\\backslash\"")]
    [InlineData("it's", "\"it's\"")]
    [InlineData("tab\tumlaut\u00fc", "\"tab\\x09umlaut\\xc3\\xbc\"")]
    public void Names_are_quoted_where_they_must_be(string name, string quoted)
    {
        var manifest = AofManifest.Empty.AddIncrement(name, 1);
        Assert.Equal($"file {quoted} seq 1 type i\n", Encoding.UTF8.GetString(manifest.Format()));
        if (!name.Contains('\\'))
            Assert.Equal(name, AofManifest.Parse(manifest.Format()).Increments[0].Name);
    }

    [Fact]
    public void A_rewrite_makes_history_of_what_it_replaces()
    {
        var manifest = AofManifest.FromSingleFile("appendonly.aof").AddIncrement("i.1", 1).AddIncrement("i.2", 2);
        var rewritten = manifest.ReplaceBase("b.2", 2, firstKept: 2);
        Assert.Equal(
            "file b.2 seq 2 type b\nfile appendonly.aof seq 1 type h\nfile i.1 seq 1 type h\nfile i.2 seq 2 type i\n",
            Encoding.UTF8.GetString(rewritten.Format()));
        Assert.Equal("file b.2 seq 2 type b\nfile i.2 seq 2 type i\n", Encoding.UTF8.GetString(
            rewritten.WithoutHistory().Format()));
        Assert.Equal(3, rewritten.WithoutHistory().NextIncrementSequence);
    }

    [Fact]
    public void A_manifest_without_files_is_a_comment()
    {
        Assert.Equal("# no files yet\n", Encoding.UTF8.GetString(AofManifest.Empty.Format()));
        Assert.True(AofManifest.Parse(AofManifest.Empty.Format()).IsEmpty);
    }

    [Fact]
    public void Numbers_only_go_up()
    {
        var manifest = Parse(Sample);
        Assert.Throws<ArgumentOutOfRangeException>(() => manifest.AddIncrement("x", 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => manifest.ReplaceBase("x", 2, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => manifest.ReplaceBase("x", 3, 1));
    }

    private static AofManifest Parse(string content) => AofManifest.Parse(Encoding.UTF8.GetBytes(content));
}
