using System.Buffers.Binary;
using System.Text;
using CsCheck;
using RedisLite.Commands.Execution;
using RedisLite.Log;

namespace RedisLite.Actor.Tests.Log;

public sealed class ChangeLogTests
{
    private static readonly LogReaderOptions Durable = new() { Audience = LogAudience.All };
    private static readonly LogReaderOptions Replica = new() { Audience = LogAudience.Replicas };

    [Fact]
    public void Any_mix_of_readers_appends_and_removals_shows_each_reader_its_part_of_one_stream()
    {
        var sizes = Gen.OneOf(Gen.Int[0, 100], Gen.Int[0, 3 * LogChunk.Size]);
        var operation = Gen.Select(Gen.Int[0, 12], Gen.Int[0, 1_000_000], sizes);
        operation.Array[1, 40].Sample(
            operations =>
            {
                using var model = new ChangeLogModel();
                foreach (var (kind, choice, size) in operations)
                    model.Do(kind, choice, size);
            },
            iter: 150,
            threads: 1);
    }

    [Fact]
    public void Without_a_reader_nothing_is_kept_and_positions_stand_still()
    {
        var log = new ChangeLog();
        Assert.False(log.HasReaders);
        Assert.Equal(0, log.Append(0, 0, "PING"u8));
        using (log.AddReader("aof", Durable))
            Assert.True(log.Append(0, 0, "PING"u8) > 0);
        var end = log.End;
        Assert.Equal(end, log.Append(0, 0, "PING"u8));
        Assert.Equal(0, log.UsedMemory);
    }

    [Fact]
    public void A_database_is_selected_where_it_changes_and_after_a_time_without_readers()
    {
        var log = new ChangeLog();
        using (var reader = log.AddReader("link", Replica))
        {
            log.Append(0, 0, "[a]"u8);
            log.Append(0, 12, "[b]"u8);
            log.Append(-1, -1, "[ping]"u8);
            Assert.Equal(12, log.Cut().Database);
            log.Append(12, 12, "[c]"u8);
            log.Append(0, 0, "[d]"u8);
            Assert.Equal("S0[a][b][ping][c]S0[d]", Text(reader));
        }

        Assert.Equal(-1, log.Cut().Database);
        using var later = log.AddReader("link", Replica);
        log.Append(0, 0, "[e]"u8);
        Assert.Equal("S0[e]", Text(later));
    }

    [Fact]
    public void A_promoted_server_selects_the_database_anew_even_if_it_is_selected()
    {
        var log = new ChangeLog();
        using var reader = log.AddReader("link", Replica);
        log.AppendStream("[primary]"u8, [], 0, default);
        log.SelectAnew();
        Assert.Equal(0, log.Cut().Database);
        log.Append(0, 0, "[a]"u8);
        log.Append(0, 0, "[b]"u8);
        Assert.Equal("[primary]S0[a][b]", Text(reader));

        // Not where it follows a primary again before it has written anything.
        log.SelectAnew();
        log.AppendStream("[primary]"u8, [], 0, default);
        log.Append(0, 0, "[c]"u8);
        Assert.Equal("[primary][c]", Text(reader));
    }

    [Fact]
    public void What_is_for_replicas_alone_counts_for_all_and_shows_to_them()
    {
        var log = new ChangeLog();
        using var file = log.AddReader("aof", Durable);
        using var link = log.AddReader("link", Replica);
        log.Append(0, 0, "[a]"u8);
        var end = log.Append(-1, -1, "[publish]"u8, [new LogRange(0, 9)]);
        Assert.Equal(end, log.Append(0, 0, "[multi][publish][exec]"u8, [new LogRange(7, 16)]) - 22);
        Assert.Equal("S0[a][multi][exec]", Text(file));
        Assert.Equal("S0[a][publish][multi][publish][exec]", Text(link));
        Assert.Equal(file.Position, link.Position);
    }

    [Fact]
    public void The_backlog_lets_a_reader_begin_in_the_past_as_far_as_it_reaches()
    {
        var log = new ChangeLog();
        using var backlog = log.AddBacklog(4 * LogChunk.Size);
        var block = new byte[LogChunk.Size / 2];
        for (var i = 0; i < 100; i++)
            log.Append(0, 0, block);
        Assert.InRange(log.UsedMemory, 4 * LogChunk.Size, 6 * LogChunk.Size);
        Assert.Null(log.TryAddReader("link", Replica, log.Start - 1));
        Assert.Null(log.TryAddReader("link", Replica, log.End + 1));
        using (var link = log.TryAddReader("link", Replica, log.Start))
        {
            backlog.Size = 1;
            Assert.InRange(log.UsedMemory, 4 * LogChunk.Size, 6 * LogChunk.Size);
            Assert.Equal(log.End - log.Start, link!.Lag);
        }

        Assert.InRange(log.UsedMemory, LogChunk.Size, 2 * LogChunk.Size);
        using var atEnd = log.TryAddReader("link", Replica, log.End);
        Assert.NotNull(atEnd);
    }

    [Fact]
    public void A_reader_beyond_its_limit_is_cut_off_and_its_memory_is_free()
    {
        var log = new ChangeLog();
        var woken = 0;
        using var file = log.AddReader("aof", Durable);
        using var link = log.AddReader("link", Replica with { Limit = 2 * LogChunk.Size, WakeAt = 0 });
        link.Wake = () => woken++;
        var block = new byte[LogChunk.Size];
        for (var i = 0; i < 50; i++)
        {
            log.Append(0, 0, block);
            file.Advance(log.End);
        }

        Assert.True(link.IsOverrun);
        Assert.Equal(1, woken);
        Assert.Null(link.Take());
        Assert.InRange(log.UsedMemory, 0, 2 * LogChunk.Size);
    }

    [Fact]
    public void A_lease_outlives_its_reader()
    {
        var log = new ChangeLog();
        var link = log.AddReader("link", Replica);
        log.Append(0, 0, "[a]"u8);
        var lease = link.Take()!;
        link.Advance(lease.End);
        link.Dispose();
        Assert.Null(link.Take());
        using var other = log.AddReader("link", Replica);
        for (var i = 0; i < 10; i++)
        {
            log.Append(0, 0, new byte[LogChunk.Size]);
            other.Advance(log.End);
        }

        Assert.Equal("S0[a]", Text(lease));
        lease.Dispose();
        lease.Dispose();
        Assert.InRange(log.UsedMemory, 0, 2 * LogChunk.Size);
    }

    [Fact]
    public void A_reader_is_woken_once_until_it_takes()
    {
        var log = new ChangeLog();
        var woken = 0;
        using var link = log.AddReader("link", Replica with { WakeAt = 100 });
        link.Wake = () => woken++;
        for (var i = 0; i < 30; i++)
            log.Append(0, 0, "[twelve ...]"u8);
        Assert.Equal(1, woken);
        link.Take()!.Dispose();
        log.Append(0, 0, "[a]"u8);
        log.Append(0, 0, "[b]"u8);
        Assert.Equal(2, woken);
    }

    [Fact]
    public void Threads_that_append_and_readers_that_come_and_go_all_see_one_order()
    {
        const int Writers = 3;
        const int Messages = 15_000;
        var log = new ChangeLog();
        using var backlog = log.AddBacklog(8 * LogChunk.Size);
        LogReader[] readers = [log.AddReader("aof", Durable), log.AddReader("link", Replica)];
        var total = 0L;
        using var isWritten = new ManualResetEventSlim();
        var writers = Enumerable.Range(0, Writers).Select(writer => Start(() =>
        {
            Span<byte> message = stackalloc byte[16 + 300];
            for (var i = 0; i < Messages; i++)
            {
                var length = 16 + (i * 7 % 300);
                BinaryPrimitives.WriteInt64LittleEndian(message, (length * 256L) + writer);
                BinaryPrimitives.WriteInt64LittleEndian(message[8..], i);
                message[16..length].Fill((byte)i);
                log.Append(-1, -1, message[..length]);
                Interlocked.Add(ref total, length);
            }
        })).ToArray();

        var reading = readers.Select((reader, index) => Start(() =>
        {
            var seen = new byte[(Writers * Messages * 320) + 1];
            var length = 0;
            while (!isWritten.IsSet || reader.Lag > 0)
                length += ReadInto(reader, seen.AsSpan(length), isSlow: index == 1);
            Verify(seen.AsSpan(0, length), Writers, Messages);
        })).ToArray();
        var guests = Start(() =>
        {
            while (!isWritten.IsSet)
            {
                using var guest = log.TryAddReader("guest", Replica, Math.Max(log.Start, log.End - 1000));
                guest?.Take()?.Dispose();
            }
        });

        foreach (var writer in writers)
            Join(writer);
        isWritten.Set();
        foreach (var reader in reading)
            Join(reader);
        Join(guests);
        Assert.Equal(total, log.End);
        foreach (var reader in readers)
            reader.Dispose();
        Assert.InRange(log.UsedMemory, 0, 10 * LogChunk.Size);
    }

    private static (Thread Thread, Func<Exception?> Failure) Start(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        return (thread, () => failure);
    }

    private static void Join((Thread Thread, Func<Exception?> Failure) started)
    {
        Assert.True(started.Thread.Join(TimeSpan.FromSeconds(60)), "a thread did not end");
        Assert.Null(started.Failure());
    }

    private static int ReadInto(LogReader reader, Span<byte> target, bool isSlow)
    {
        using var lease = reader.Take(isSlow ? reader.Position + 5000 : long.MaxValue);
        if (lease is null)
        {
            Thread.Yield();
            return 0;
        }

        reader.Advance(lease.End);
        var length = 0;
        foreach (var slice in lease.Slices)
        {
            slice.Span.CopyTo(target[length..]);
            length += slice.Length;
        }

        return length;
    }

    private static void Verify(Span<byte> seen, int writers, int messages)
    {
        var next = new long[writers];
        while (!seen.IsEmpty)
        {
            var head = BinaryPrimitives.ReadInt64LittleEndian(seen);
            var (length, writer) = ((int)(head / 256), (int)(head % 256));
            var number = BinaryPrimitives.ReadInt64LittleEndian(seen[8..]);
            Assert.Equal(next[writer]++, number);
            Assert.False(seen[16..length].ContainsAnyExcept((byte)number));
            seen = seen[length..];
        }

        Assert.All(next, count => Assert.Equal(messages, count));
    }

    private static string Text(LogReader reader)
    {
        using var lease = reader.Take()!;
        reader.Advance(lease.End);
        return Text(lease);
    }

    private static string Text(LogLease lease) =>
        Encoding.ASCII.GetString([.. lease.Slices.SelectMany(slice => slice.ToArray())])
            .Replace("*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n", "S0", StringComparison.Ordinal);
}
