using System.Text;
using RedisLite.Auditing;
using RedisLite.Commands.Execution;
using RedisLite.Configuration;

namespace RedisLite.Actor.Tests.Auditing;

/// <summary>The file of the audit trail keeps within its bound, and the queue before it within its own.</summary>
public sealed class AuditFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("redislite-test-").FullName;

    private string File => Path.Combine(_folder, "audit.jsonl");

    [Theory]
    [InlineData(100, 3)]
    [InlineData(100, 0)]
    [InlineData(37, 2)]
    [InlineData(1, 1)]
    [InlineData(0, 3)]
    public void Files_keep_within_their_size_and_number_and_hold_the_last_records_in_order(int limit, int older)
    {
        var random = new Random(limit + older);
        var all = new List<string>();
        using (var file = new AuditFile(File, limit, older))
        {
            for (var i = 0; i < 200; i++)
            {
                var batch = Enumerable.Range(0, random.Next(1, 20))
                    .Select(n => $"{i}.{n}{new string('x', random.Next(0, 25))}")
                    .ToList();
                all.AddRange(batch);
                ReadOnlySpan<byte> lines = Encoding.ASCII.GetBytes(string.Concat(batch.Select(line => line + "\n")));
                file.Append(ref lines);
                Assert.True(lines.IsEmpty);
                if (random.Next(10) == 0)
                    file.Reopen();
            }
        }

        var files = Enumerable.Range(1, 300).Reverse()
            .Select(n => $"{File}.{n}").Append(File).Where(System.IO.File.Exists).ToList();
        var kept = files.SelectMany(System.IO.File.ReadAllLines).ToList();
        Assert.InRange(files.Count, 1, older + 1);
        Assert.Equal(all[^kept.Count..], kept);
        if (limit == 0)
            Assert.Equal(all.Count, kept.Count);
        else if (limit >= 37)
            Assert.All(files, path => Assert.InRange(new FileInfo(path).Length, 1, limit));
    }

    [Fact]
    public void Half_a_line_that_a_crash_has_left_does_not_become_part_of_the_next()
    {
        System.IO.File.WriteAllText(File, "{\"a\":1}\n{\"b\":");
        using var file = new AuditFile(File, 0, 0);
        ReadOnlySpan<byte> lines = "{\"c\":1}\n"u8;
        file.Append(ref lines);
        Assert.Equal(["{\"a\":1}", "{\"b\":", "{\"c\":1}"], System.IO.File.ReadAllLines(File));
    }

    [Fact]
    public void A_new_file_is_its_owners_alone()
    {
        using var file = new AuditFile(File, 0, 0);
        file.Open();
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
    }

    [Fact]
    public void A_queue_that_drops_counts_what_is_lost_and_never_refuses_writes()
    {
        var queue = new AuditQueue(Settings(AuditFailure.Drop));
        var added = Fill(queue, 64 * 1024);
        Assert.Null(queue.WriteRefusal);
        queue.Add(new byte[1000], 3);
        Assert.Equal(3, queue.Dropped);
        Assert.Equal(64 * 1024, queue.Take(out var count).Length);
        Assert.Equal(added, count);
        Assert.Equal(3, queue.TakeUntold());
        Assert.Equal(0, queue.TakeUntold());
    }

    [Fact]
    public void A_queue_that_refuses_keeps_what_has_run_already_and_lets_writes_in_again()
    {
        var queue = new AuditQueue(Settings(AuditFailure.Refuse));
        Fill(queue, 64 * 1024);
        Assert.NotNull(queue.WriteRefusal);
        queue.Add(new byte[1000], 1);
        Assert.Equal(0, queue.Dropped);
        Assert.Equal(65 * 1024 - 24, queue.Take(out _).Length);
        Assert.Null(queue.WriteRefusal);
        queue.IsFailing = true;
        Assert.NotNull(queue.WriteRefusal);
    }

    [Fact]
    public async Task What_threads_add_at_once_is_taken_once_and_whole()
    {
        var queue = new AuditQueue(Settings(AuditFailure.Drop) with { QueueLimit = 64 * 1024 * 1024 });
        var taken = new StringBuilder();
        var adding = Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 5000; i++)
                queue.Add(Encoding.ASCII.GetBytes($"{thread}:{i}\n"), 1);
        })).ToArray();
        while (!adding.All(task => task.IsCompleted))
            taken.Append(Encoding.ASCII.GetString(queue.Take(out _).Span));
        await Task.WhenAll(adding);
        taken.Append(Encoding.ASCII.GetString(queue.Take(out _).Span));

        var lines = taken.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(20_000, lines.Length);
        for (var thread = 0; thread < 4; thread++)
        {
            Assert.Equal(
                Enumerable.Range(0, 5000).Select(i => $"{thread}:{i}"),
                lines.Where(line => line.StartsWith($"{thread}:", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Unknown_events_stop_the_start()
    {
        var settings = RedisLiteSettings.Default;
        var e = Assert.Throws<SettingsException>(() =>
            (settings with { Audit = settings.Audit with { Events = ["login", "reads"] } }).Validate());
        Assert.Contains("'reads' is not valid; expected some of login, denied, admin and write", e.Message,
            StringComparison.Ordinal);
        Assert.Equal(AuditEvents.Login | AuditEvents.Write, AuditEventNames.Parse(["write", "login"]));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static AuditSettings Settings(AuditFailure policy) => RedisLiteSettings.Default.Audit with
    {
        File = "audit.jsonl",
        OnFailure = policy,
        QueueLimit = 64 * 1024,
    };

    private static int Fill(AuditQueue queue, int bytes)
    {
        for (var i = 0; i < bytes; i += 64)
            queue.Add(new byte[64], 1);
        return bytes / 64;
    }
}
