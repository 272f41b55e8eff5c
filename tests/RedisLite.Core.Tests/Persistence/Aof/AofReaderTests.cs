using System.Text;
using CsCheck;
using RedisLite.Core.Tests.Persistence.Rdb;
using RedisLite.Persistence.Aof;
using RedisLite.Persistence.Files;
using RedisLite.Persistence.Rdb;

namespace RedisLite.Core.Tests.Persistence.Aof;

public sealed class AofReaderTests
{
    private static readonly byte[] Sample =
    [
        .. Resp.Commands("SELECT 0", "SET a 1", "MULTI", "SET b 2", "INCR b", "EXEC"),
        .. "#TS:1700000000\r\n"u8,
        .. Resp.Command([.. "SET"u8], [], [0, 13, 10, 42]),
        .. Resp.Commands("SET last value"),
    ];

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(7)]
    public void Commands_come_with_their_offsets(int step)
    {
        using var reader = new AofReader(new ChoppedStream(Sample, step, seekable: true));
        var commands = new List<string>();
        while (reader.Read())
        {
            Assert.Equal((byte)'*', Sample[reader.CommandOffset]);
            commands.Add(
                $"{reader.CommandOffset}-{reader.Offset} {Text(reader)} "
                    + $"{(reader.InTransaction ? "T " : "")}{reader.GoodLength}");
        }

        Assert.Equal(
            [
                "0-23 SELECT 0 23",
                "23-50 SET a 1 50",
                "50-65 MULTI T 50",
                "65-92 SET b 2 T 50",
                "92-113 INCR b T 50",
                "113-127 EXEC T 127",
                "143-172 SET  \0\r\n* 172",
                "172-206 SET last value 206",
            ],
            commands);
        Assert.False(reader.IsTorn);
        Assert.Equal(Sample.Length, reader.GoodLength);
        Assert.Equal(8, reader.CommandCount);
    }

    [Theory]
    [InlineData("#REPL:{id} 100 0", 100)]
    [InlineData("#REPL:{id} 100 0|SET a 1|#REPL:127 81", 127)]
    [InlineData("#REPL:{id} 100 0|MULTI|SET a 1|EXEC|#REPL:200 110|#TS:1700000000", 200)]
    [InlineData("SELECT 5|#REPL:{id} 100 23", 100)]
    [InlineData("", null)]
    [InlineData("SET a 1", null)]
    [InlineData("#REPL:{id} 100 0|SET a 1", null)]
    [InlineData("#REPL:{id} 100 0|#REPL:127 81", null)]
    [InlineData("#REPL:100 0", null)]
    [InlineData("#REPL:{id} 100 0|#REPL:-1 54", null)]
    [InlineData("#REPL:{id} 100 0|#REPL:2x 54", null)]
    [InlineData("#REPL:{id} 100 0 ", null)]
    [InlineData("#REPL:{id}", null)]
    [InlineData("#REPL:{id} 99999999999999999999 0", null)]
    [InlineData("#TS:1700000000", null)]
    public void A_file_says_where_in_a_primary_s_stream_it_ends(string content, int? offset)
    {
        var id = new string('a', 40);
        var lines = content.Replace("{id}", id, StringComparison.Ordinal).Split(
            '|', StringSplitOptions.RemoveEmptyEntries);
        byte[] file = [.. lines.SelectMany(line => line[0] == '#' ? Encoding.ASCII.GetBytes(line + "\r\n")
            : Resp.Commands(line))];
        foreach (var step in new[] { int.MaxValue, 1, 7 })
        {
            var position = new AofStreamPosition();
            using var reader = new AofReader(new ChoppedStream(file, step, seekable: true), position);
            while (reader.Read())
            {
                // to its end
            }

            Assert.Equal(offset is null ? null : id, position.Id);
            if (offset is not null)
                Assert.Equal((long)offset, position.Offset);
        }
    }

    [Fact]
    public void What_one_file_says_of_the_stream_does_not_count_for_the_next()
    {
        var position = new AofStreamPosition();
        var note = Encoding.ASCII.GetBytes($"#REPL:{new string('a', 40)} 100 0\r\n");
        foreach (var (content, isKnown) in new[] { (note, true), ([], false), (note, true) })
        {
            position.BeginFile();
            using var reader = new AofReader(new MemoryStream(content), position);
            Assert.False(reader.Read());
            Assert.Equal(isKnown, position.Id is not null);
        }
    }

    [Fact]
    public void A_file_without_its_end_does_not_say_where_it_ends()
    {
        var id = new string('a', 40);
        byte[] whole =
        [
            .. Encoding.ASCII.GetBytes($"#REPL:{id} 100 0\r\n"), .. Resp.Commands("SET a 1"), .. "#REPL:127 81\r\n"u8,
            .. Resp.Commands("MULTI", "SET b 2", "EXEC"), .. "#REPL:200 151\r\n"u8,
        ];
        var first = Encoding.ASCII.GetString(whole).IndexOf("*3", StringComparison.Ordinal);
        var second = Encoding.ASCII.GetString(whole).IndexOf("*1", StringComparison.Ordinal);
        for (var length = first; length <= whole.Length; length++)
        {
            var position = new AofStreamPosition();
            using var reader = new AofReader(new MemoryStream(whole[..length]), position);
            var count = 0;
            while (reader.Read())
                count++;
            long? expected = count switch
            {
                0 => 100,
                1 when length >= second => 127,
                _ => length == whole.Length ? 200 : null,
            };
            Assert.Equal(expected, position.Id is null ? (long?)null : position.Offset);
        }
    }

    [Fact]
    public void A_file_cut_anywhere_is_torn_behind_its_last_whole_command_or_transaction()
    {
        int[] wholes = [0, 23, 50, 127, 143, 172, 206];
        for (var length = 0; length <= Sample.Length; length++)
        {
            foreach (var seekable in new[] { true, false })
            {
                using var reader = new AofReader(new ChoppedStream(Sample[..length], int.MaxValue, seekable));
                ReadAll(reader);
                var good = wholes.Last(whole => whole <= length);
                Assert.Equal(good == 143 && length > 143 ? 127 : good, reader.GoodLength);
                Assert.Equal(good != length, reader.IsTorn);
                Assert.Equal(reader.IsTorn, reader.TornReason.Length > 0);
            }
        }
    }

    [Fact]
    public void Zeros_behind_a_cut_are_part_of_the_torn_tail()
    {
        int[] wholes = [0, 23, 50, 127, 143, 172, 206];
        for (var length = 0; length <= Sample.Length; length++)
        {
            foreach (var zeros in new[] { 1, 2, 3, 500 })
            {
                using var reader = new AofReader(new MemoryStream([.. Sample[..length], .. new byte[zeros]]));
                ReadAll(reader);
                Assert.True(reader.IsTorn);
                Assert.Contains((int)reader.GoodLength, wholes);
                Assert.InRange(reader.GoodLength, 0, length);
            }
        }
    }

    [Theory]
    [InlineData("hello\r\n", 0, "expected '*', found byte 68")]
    [InlineData("\r\n", 0, "expected '*', found byte 0d")]
    [InlineData("*0\r\n", 0, "expected a number of arguments above 0, found 0")]
    [InlineData("*-1\r\n", 1, "expected a digit, found byte 2d")]
    [InlineData("*\r\n", 1, "expected a digit, found byte 0d")]
    [InlineData("*1x\r\n", 2, "expected a number up to 2^31 and CR LF, found byte 78")]
    [InlineData("*1\n$4\r\nPING\r\n", 2, "CR LF, found byte 0a")]
    [InlineData("*1\rx", 3, "expected LF, found byte 78")]
    [InlineData("*99999999999\r\n", 11, "a number up to 2^31")]
    [InlineData("*4294967296\r\n", 11, "a number up to 2^31")]
    [InlineData("*1\r\n4\r\nPING\r\n", 4, "expected '$', found byte 34")]
    [InlineData("*1\r\n$-1\r\n", 5, "expected a digit, found byte 2d")]
    [InlineData("*1\r\n$3\r\nPING\r\n", 11, "expected CR LF after an argument, found bytes 47 0d")]
    [InlineData("*1\r\n$4\r\nPING\n\r", 12, "expected CR LF after an argument, found bytes 0a 0d")]
    [InlineData("*1\r\n$4\r\nPING\r\r", 13, "expected CR LF after an argument, found bytes 0d 0d")]
    [InlineData("*1\r\n$5\r\nMULTI\r\n*1\r\n$5\r\nMULTI\r\n", 15,
        "MULTI inside the transaction that starts at byte 27")]
    [InlineData("*1\r\n$4\r\nEXEC\r\n", 0, "EXEC without MULTI")]
    [InlineData("*2\r\n$2147483591\r\nx", 0, "a command is longer than two gigabytes")]
    public void Damage_is_named_with_its_offset(string content, long offset, string problem)
    {
        byte[] file = [.. Resp.Command("SET a 1"), .. Encoding.Latin1.GetBytes(content)];
        using var reader = new AofReader(new MemoryStream(file));
        var error = Assert.Throws<DamagedFileException>(() => ReadAll(reader));
        Assert.Equal(27 + offset, error.Offset);
        Assert.Contains(problem, error.Message);
        Assert.Equal(27, reader.GoodLength);
    }

    [Theory]
    [InlineData("*1\r\n$100\r\nPING\r\n")]
    [InlineData("*2000000000\r\n$4\r\nPING\r\n")]
    [InlineData("*1\r\n$2000000000\r\nPING\r\n")]
    [InlineData("*2\r\n$4\r\nPING\r\n")]
    public void A_length_beyond_the_end_is_a_torn_tail_and_allocates_nothing(string content)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var reader = new AofReader(new MemoryStream(Encoding.Latin1.GetBytes(content)));
        ReadAll(reader);
        Assert.True(reader.IsTorn);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000_000);
    }

    [Fact]
    public void A_damaged_length_cannot_swallow_the_commands_behind_it()
    {
        byte[] file = [.. Resp.Command("SET a 1"), .. "*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$91\r\n2\r\n"u8, .. Resp.Commands(
            "SET c 3", "SET d 4")];
        using var reader = new AofReader(new MemoryStream(file));
        var error = Assert.Throws<DamagedFileException>(() => ReadAll(reader));
        Assert.Equal(27, error.Offset);
        Assert.Contains(
            "argument 3 of 3 has 91 bytes, more than follow, but whole commands follow from byte 55 to the end",
            error.Message);
        Assert.Equal(27, reader.GoodLength);
    }

    [Fact]
    public void A_cut_value_that_holds_commands_is_still_a_torn_tail()
    {
        var inner = Resp.Commands(Enumerable.Range(0, 200).Select(i => $"SET key:{i} value").ToArray());
        var file = Resp.Command([.. "SET"u8], [.. "log"u8], inner);
        foreach (var missing in new[] { 1, 2, 3, 4, 10, 1000 })
        {
            using var reader = new AofReader(new MemoryStream(file[..^missing]));
            ReadAll(reader);
            Assert.True(reader.IsTorn, $"with {missing} bytes missing");
            Assert.Equal(0, reader.GoodLength);
        }
    }

    [Fact]
    public void Any_changed_byte_gives_commands_a_torn_tail_or_damage()
    {
        Gen.Select(Gen.Int[0, Sample.Length - 1], Gen.Byte).Array[1, 4].Sample(changes =>
        {
            var file = Sample.ToArray();
            foreach (var (at, value) in changes)
                file[at] = value;
            using var reader = new AofReader(new MemoryStream(file));
            try
            {
                ReadAll(reader);
            }
            catch (DamagedFileException error)
            {
                Assert.InRange(error.Offset, 0, file.Length);
            }

            Assert.InRange(reader.GoodLength, 0, file.Length);
        }, iter: 2000);
    }

    [Fact]
    public void An_rdb_file_may_come_first()
    {
        byte[] file = [.. RdbSamples.AllTypes, .. Resp.Commands("SET a 1")];
        using var reader = new AofReader(new MemoryStream(file));
        Assert.True(reader.StartsWithRdb());
        var rdb = reader.ReadRdb(new RdbReaderOptions { SkipUnknownTypes = true });
        Assert.Throws<InvalidOperationException>(() => reader.Read());
        while (rdb.Read())
        {
            // until its end
        }

        Assert.True(reader.Read());
        Assert.Equal("SET a 1", Text(reader));
        Assert.Equal(RdbSamples.AllTypes.Length, reader.CommandOffset);
        Assert.False(reader.Read());
        Assert.Equal(file.Length, reader.GoodLength);
    }

    [Fact]
    public void A_note_may_not_be_endless()
    {
        byte[] file = [.. "#"u8, .. new byte[2000]];
        file.AsSpan(1).Fill((byte)'x');
        using var reader = new AofReader(new MemoryStream(file));
        Assert.Contains("a note is longer than", Assert.Throws<DamagedFileException>(() => ReadAll(reader)).Message);
    }

    [Fact]
    public void Commands_of_any_size_come_back() =>
        Gen.Select(Gen.Frequency((15, Gen.Byte.Array[0, 50]), (1, Gen.Const(new byte[300_000]))).Array[1, 4].Array[
            1, 6], Gen.Int[1000, 500_000])
            .Where(sample => sample.Item1.All(command => command[0].Length is not 4 and not 5))
            .Sample((commands, step) =>
            {
                byte[] file = [.. commands.SelectMany(Resp.Command)];
                using var reader = new AofReader(new ChoppedStream(file, step, seekable: false));
                foreach (var command in commands)
                {
                    Assert.True(reader.Read());
                    Assert.Equal(command.Length, reader.Command.Count);
                    for (var i = 0; i < command.Length; i++)
                        Assert.True(reader.Command[i].SequenceEqual(command[i]));
                }

                Assert.False(reader.Read());
                Assert.False(reader.IsTorn);
            }, iter: 30);

    private static void ReadAll(AofReader reader)
    {
        while (reader.Read())
        {
            // until its end
        }
    }

    private static string Text(AofReader reader)
    {
        var words = new List<string>();
        for (var i = 0; i < reader.Command.Count; i++)
            words.Add(Encoding.Latin1.GetString(reader.Command[i]));
        return string.Join(' ', words);
    }
}
