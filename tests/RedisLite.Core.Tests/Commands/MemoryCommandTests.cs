using RedisLite.Commands.Server.Diagnostics;
using RedisLite.Storage.Memory;

namespace RedisLite.Core.Tests.Commands;

/// <summary>MEMORY.</summary>
public sealed class MemoryCommandTests
{
    [Theory]
    [InlineData("", "MEMORY USAGE k", "$-1")]
    [InlineData("SET k v", "MEMORY USAGE k", ":32")]
    [InlineData("SET k v EX 100", "MEMORY USAGE k SAMPLES 5", ":48")]
    [InlineData("SET k v", "MEMORY USAGE k SAMPLES -1", "-ERR syntax error")]
    [InlineData("SET k v", "MEMORY USAGE k SAMPLES x", "-ERR value is not an integer or out of range")]
    [InlineData("SET k v", "MEMORY USAGE k SAMPLES", "-ERR syntax error")]
    [InlineData("SET k v", "MEMORY USAGE k NOSUCH 1", "-ERR syntax error")]
    [InlineData("", "MEMORY PURGE", "+OK")]
    [InlineData("", "MEMORY NOSUCH", "-ERR unknown subcommand 'NOSUCH'. Try MEMORY HELP.")]
    public void Replies(string given, string command, string reply) => CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("MEMORY DOCTOR", "too little data")]
    [InlineData("MEMORY MALLOC-STATS", "gen2: ")]
    [InlineData("MEMORY HELP", "+USAGE <key> [SAMPLES <count>]")]
    [InlineData("MEMORY STATS", "$10 keys.count :2 ")]
    [InlineData("MEMORY STATS", "$19 allocator.allocated :")]
    [InlineData("MEMORY STATS", "$29 allocator-fragmentation.ratio")]
    [InlineData("MEMORY STATS", "$18 rss-overhead.bytes :")]
    [InlineData("INFO memory", " mem_allocator:slabs-1.0 ")]
    [InlineData("INFO memory", " allocator_frag_ratio:")]
    [InlineData("INFO memory", " allocator_rss_bytes:")]
    [InlineData("INFO memory", " rss_overhead_ratio:")]
    public void Tells(string command, string part)
    {
        using var harness = new CommandHarness();
        harness.Given("SET a 1 ; SET b 2");
        Assert.Contains(part, harness.Run(command), StringComparison.Ordinal);
    }

    [Fact]
    public void Malloc_stats_has_a_line_for_each_class_and_the_totals()
    {
        var statistics = new AllocatorStatistics
        {
            Name = "slabs-x",
            Asked = 190,
            Allocated = 1_048_752,
            Active = 1_114_112,
            Resident = 1_114_100,
            Mapped = 3_145_728,
            Huge = 2_097_152,
            EmptyChunks = 0,
            Large = new LargeBlockStatistics(1, 1_048_500, 1_048_576),
            Classes = [new SizeClassStatistics(88, 2, 170, 1, 65_536, 744, 176)],
        };
        var lines = AllocatorTable.Of(statistics).Split('\n');
        Assert.Equal(
            "slabs-x: asked 190, allocated 1048752, active 1114112, resident 1114100, mapped 3145728", lines[0]);
        Assert.Equal("huge pages 2097152, empty chunks 0", lines[1]);
        Assert.Equal(["88", "2", "170", "176", "1", "65536", "176", "0", "%"], lines[3].Split(
            ' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["mapped", "1", "1048500", "1048576"], lines[4].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("", AllocatorTable.Of(null));
    }

    [Fact]
    public void The_doctor_speaks_of_holes_between_the_data()
    {
        const long Megabyte = 1024 * 1024;
        using var harness = new CommandHarness();
        var report = MemoryReport.Take(harness.Services);
        Assert.NotNull(report.Allocator);
        var allocator = report.Allocator with { Allocated = 200 * Megabyte, Active = 290 * Megabyte };
        report = report with { Used = 200 * Megabyte, Peak = 200 * Megabyte, Allocator = allocator };
        Assert.DoesNotContain(
            "Holes of", MemoryDoctor.Report(report, harness.Services.Options), StringComparison.Ordinal);
        report = report with { Allocator = allocator with { Active = 310 * Megabyte } };
        Assert.Contains(
            "Holes of 110", MemoryDoctor.Report(report, harness.Services.Options), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_allocator_of_our_own_the_doctor_speaks_of_the_peak()
    {
        using var harness = new CommandHarness();
        var report = MemoryReport.Take(harness.Services) with { Used = 1L << 30, Peak = 1L << 31, Allocator = null };
        Assert.Contains(
            "The peak was", MemoryDoctor.Report(report, harness.Services.Options), StringComparison.Ordinal);
    }

    [Fact]
    public void Used_memory_is_what_the_keys_and_the_tables_take()
    {
        using var harness = new CommandHarness();
        harness.Given("SET a 1 ; SET b 2");
        var used = harness.Databases.UsedMemory;
        var tables = harness.Databases[0].TableMemory;
        Assert.InRange(tables, 1, used - 1);
        var info = harness.Run("INFO memory");
        Assert.Contains($" used_memory:{used} ", info, StringComparison.Ordinal);
        Assert.Contains($" used_memory_dataset:{used - tables} ", info, StringComparison.Ordinal);
        harness.Given("FLUSHALL");
        Assert.Contains($" used_memory_peak:{used} ", harness.Run("INFO memory"), StringComparison.Ordinal);
    }
}
