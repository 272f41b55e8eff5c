using System.Text;
using CsCheck;
using RedisLite.Commands.HyperLogLog;

namespace RedisLite.Core.Tests.Commands;

/// <summary>The registers of a HyperLogLog, dense and sparse, against a plain array of them.</summary>
public sealed class HyperLogLogRegisterTests
{
    // Crowded, so that runs meet: few registers, few ranks.
    private static readonly Gen<(int Register, byte Rank)[]> Crowded =
        Gen.Select(Gen.Int[0, 40], Gen.Byte[1, 3]).Array[1, 200];

    private static readonly Gen<(int Register, byte Rank)[]> Anywhere =
        Gen.Select(Gen.Int[0, HyperLogLogValue.RegisterCount - 1], Gen.Byte[1, SparseOpcode.MostValue]).Array[1, 200];

    private static readonly Gen<(int Register, byte Rank)[]> Updates = Gen.OneOf(Crowded, Anywhere);

    [Theory]
    [InlineData("", 5938, 2)]
    [InlineData("a", 12711, 2)]
    [InlineData("ab", 719, 1)]
    [InlineData("abcdefg", 5634, 2)]
    [InlineData("abcdefgh", 1383, 1)]
    [InlineData("abcdefghi", 6903, 1)]
    [InlineData("12345678901234567890", 15011, 1)]
    public void An_element_chooses_register_and_rank_as_in_Redis(string element, int register, byte rank) =>
        Assert.Equal(new HashedElement(register, rank), HashedElement.Of(Encoding.ASCII.GetBytes(element)));

    [Fact]
    public void A_dense_register_keeps_the_highest_rank_and_leaves_its_neighbours() =>
        Gen.Select(Gen.Int[0, HyperLogLogValue.RegisterCount - 1], Gen.Byte[0, 63]).Array[1, 500].Sample(updates =>
        {
            var dense = NewDense();
            var model = new byte[HyperLogLogValue.RegisterCount];
            foreach (var (register, rank) in updates)
            {
                Assert.Equal(rank > model[register], DenseRegisters.Raise(dense, register, rank));
                model[register] = Math.Max(model[register], rank);
                Assert.Equal(model[register], DenseRegisters.Get(dense, register));
            }

            Assert.Equal(model, Unpacked(dense));
            var packed = NewDense();
            HyperLogLogValue.WriteDense(packed, model, packed);
            Assert.Equal(dense, packed);
        }, iter: 100);

    [Fact]
    public void A_sparse_value_holds_what_the_array_holds() =>
        Updates.Sample(updates =>
        {
            var model = new byte[HyperLogLogValue.RegisterCount];
            var editor = NewEditor();
            foreach (var (register, rank) in updates)
            {
                var expected = rank > model[register] ? SparseChange.Raised : SparseChange.None;
                Assert.Equal(expected, editor.Raise(register, rank));
                model[register] = Math.Max(model[register], rank);
            }

            Assert.True(HyperLogLogValue.IsComplete(editor.Value));
            Assert.Equal(model, Unpacked(editor.Value));
            var dense = NewDense();
            Assert.True(HyperLogLogValue.TryMakeDense(editor.Value, dense));
            Assert.Equal(model, Unpacked(dense));
            Assert.True(HyperLogLogValue.TryCount(dense, out var ofDense));
            Assert.True(HyperLogLogValue.TryCount(editor.Value, out var ofSparse));
            Assert.Equal(ofDense, ofSparse);
            Assert.Equal(ofDense, Cardinality.OfRegisters(model));
        }, iter: 500);

    [Fact]
    public void Going_on_where_the_last_register_was_leaves_the_bytes_of_beginning_anew() =>
        Gen.Select(Updates, Updates).Sample((before, merged) =>
        {
            var together = NewEditor();
            foreach (var (register, rank) in before)
                together.Raise(register, rank);
            var buffer = new byte[HyperLogLogValue.MostSparseBytes];
            together.Value.CopyTo(buffer);
            var length = together.Length;
            foreach (var (register, rank) in merged.OrderBy(update => update.Register))
            {
                together.Raise(register, rank);
                var alone = new SparseEditor(buffer, length, buffer.Length);
                alone.Raise(register, rank);
                length = alone.Length;
                Assert.Equal(buffer[..length], together.Value.ToArray());
            }
        }, iter: 500);

    [Fact]
    public void Every_register_in_a_run_of_its_own_fits_into_the_most_bytes()
    {
        var editor = NewEditor();
        for (var i = 0; i < HyperLogLogValue.RegisterCount; i++)
            editor.Raise(i, (byte)(1 + (i % 2)));
        Assert.True(HyperLogLogValue.IsComplete(editor.Value));
        Assert.True(editor.Length <= HyperLogLogValue.MostSparseBytes);
    }

    [Fact]
    public void A_rank_or_a_length_that_sparse_cannot_hold_changes_nothing()
    {
        var editor = NewEditor(mostBytes: 20);
        Assert.Equal(SparseChange.NeedsDense, editor.Raise(100, SparseOpcode.MostValue + 1));
        Assert.Equal(SparseChange.NeedsDense, editor.Raise(100, 1));
        Assert.Equal(HyperLogLogValue.Empty.ToArray(), editor.Value.ToArray());
        Assert.Equal(SparseChange.Raised, editor.Raise(0, 1));
    }

    [Fact]
    public void Any_bytes_are_complete_only_if_they_cover_all_registers() =>
        Gen.Byte.Array[0, 40].Sample(bytes =>
        {
            byte[] value = [.. HyperLogLogValue.Empty[..HyperLogLogValue.HeaderLength], .. bytes];
            var covered = 0;
            var rest = bytes.AsSpan();
            while (SparseOpcode.TryRead(rest, out var opcode))
            {
                covered += opcode.Run;
                rest = rest[opcode.Length..];
            }

            var complete = rest.IsEmpty && covered == HyperLogLogValue.RegisterCount;
            Assert.Equal(complete, HyperLogLogValue.IsComplete(value));
            Assert.Equal(complete, HyperLogLogValue.TryCount(value, out _));
            Assert.Equal(complete, HyperLogLogValue.TryMakeDense(value, NewDense()));
        });

    [Theory]
    [InlineData(1, 0x00)]
    [InlineData(64, 0x3f)]
    [InlineData(65, 0x40, 0x40)]
    [InlineData(16384, 0x7f, 0xff)]
    public void Runs_of_zeros_are_written_in_the_shortest_form(int run, params int[] bytes)
    {
        var target = new byte[2];
        var length = SparseOpcode.Write(target, run, 0);
        Assert.Equal(bytes, target[..length].Select(b => (int)b));
        Assert.True(SparseOpcode.TryRead(target.AsSpan(0, length), out var opcode));
        Assert.Equal(new SparseOpcode(run, 0, length), opcode);
    }

    [Fact]
    public void Registers_that_only_a_forger_writes_give_the_number_that_C_gives()
    {
        var registers = new byte[HyperLogLogValue.RegisterCount];
        Array.Fill(registers, (byte)63);
        Assert.Equal(long.MinValue, Cardinality.OfRegisters(registers));
    }

    private static SparseEditor NewEditor(long mostBytes = HyperLogLogValue.MostSparseBytes)
    {
        var buffer = new byte[HyperLogLogValue.MostSparseBytes];
        HyperLogLogValue.Empty.CopyTo(buffer);
        return new SparseEditor(buffer, HyperLogLogValue.Empty.Length, mostBytes);
    }

    private static byte[] NewDense()
    {
        var dense = new byte[HyperLogLogValue.DenseLength];
        Assert.True(HyperLogLogValue.TryMakeDense(HyperLogLogValue.Empty, dense));
        return dense;
    }

    private static byte[] Unpacked(ReadOnlySpan<byte> value)
    {
        var registers = new byte[HyperLogLogValue.RegisterCount];
        Assert.True(HyperLogLogValue.TryMergeInto(value, registers));
        return registers;
    }
}
