using System.Buffers.Text;
using System.Text;
using RedisLite.Storage.Memory;
using RedisLite.Storage.Values;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Core.Tests.Storage.Values;

/// <summary>A writer under its lock, readers of retained snapshots without it, copies that are written to
/// elsewhere.</summary>
public sealed class ValueConcurrencyTests
{
    private const int Generations = 120;
    private const int Fields = 300;
    private static readonly SmallLimits Limits = new(64, 64);

    private readonly Lock _key = new();
    private nint _slot;
    private long _generation;
    private bool _done;

    [Fact]
    public async Task Snapshots_stay_as_they_were_while_a_writer_goes_on()
    {
        using var allocator = new CheckingAllocator();
        var memory = new ValueMemory(allocator, ConstantHasher.Of(0));
        Write(memory, 0);
        await Task.WhenAll(
            Task.Run(() => WriteAll(memory)),
            Task.Run(() => ReadAll(memory, thenWrite: false)),
            Task.Run(() => ReadAll(memory, thenWrite: true)));
        ValueSlots.Release(memory, _slot);
        while (memory.FreeDropped(100))
        {
        }
        Assert.Equal(0, memory.UsedBytes);
    }

    private void WriteAll(ValueMemory memory)
    {
        try
        {
            for (var generation = 1; generation <= Generations; generation++)
                Write(memory, generation);
        }
        finally
        {
            Volatile.Write(ref _done, true);
        }
    }

    private void ReadAll(ValueMemory memory, bool thenWrite)
    {
        while (!Volatile.Read(ref _done))
        {
            nint snapshot;
            long generation;
            lock (_key)
            {
                snapshot = ValueSlots.Retain(_slot);
                generation = _generation;
            }
            Compare(memory, ref snapshot, generation);
            if (thenWrite)
            {
                // A copy under another key: its writer shares pages with the first one.
                for (var i = 0; i < Fields; i += 3)
                    Assert.True(new HashValue(memory, ref snapshot).Remove(Field(i)));
                ValueVerifier.Verify(snapshot);
            }
            ValueSlots.Release(memory, snapshot);
            memory.FreeDropped(5);
        }
    }

    private void Write(ValueMemory memory, long generation)
    {
        lock (_key)
        {
            _generation = generation;
            var hash = new HashValue(memory, ref _slot);
            for (var i = 0; i < Fields; i++)
                hash.Set(Field(i), Text(i, generation), Limits);
            // Odd ones are taken out and put back, so that pages join and divide.
            for (var i = 1; i < Fields; i += 2)
                hash.Remove(Field(i));
            for (var i = 1; i < Fields; i += 2)
                hash.Set(Field(i), Text(i, generation), Limits);
        }
    }

    private static void Compare(ValueMemory memory, ref nint snapshot, long generation)
    {
        var count = 0;
        for (var cursor = new HashValue(memory, ref snapshot).At(0); cursor.IsValid; cursor.MoveNext())
        {
            Assert.True(Utf8Parser.TryParse(cursor.Value, out long found, out _));
            Assert.Equal(generation, found);
            count++;
        }
        Assert.Equal(Fields, count);
    }

    private static byte[] Field(int number) => Encoding.ASCII.GetBytes($"field-{number}");

    // Some are blobs.
    private static byte[] Text(int number, long generation) =>
        Encoding.ASCII.GetBytes(generation + new string(' ', number % 20 == 0 ? 400 : 10));
}
