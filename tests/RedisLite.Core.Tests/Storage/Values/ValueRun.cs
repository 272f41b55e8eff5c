using RedisLite.Storage.Memory;
using RedisLite.Storage.Values;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Core.Tests.Storage.Values;

/// <summary>A value beside its model, with the snapshots that are held of both.</summary>
internal abstract unsafe class ValueRun<TModel> : IDisposable
{
    private readonly List<(nint Value, TModel Model)> _held = [];
    private readonly bool _failing;
    private nint _slot;

    protected ValueRun(uint hashes, bool failing)
    {
        _failing = failing;
        Memory = new ValueMemory(Allocator, ConstantHasher.Of(hashes));
    }

    public CheckingAllocator Allocator { get; } = new();

    public ValueMemory Memory { get; }

    public ref nint Slot => ref _slot;

    protected bool IsFailing => _failing;

    protected abstract TModel Model { get; }

    protected abstract TModel CopyOf(TModel model);

    /// <summary>Reads a value or snapshot and finds what the model has.</summary>
    protected abstract void CompareTo(ref nint value, TModel model);

    /// <summary>Applies a change to the value; with failures wanted, each of its allocations fails once
    /// before.</summary>
    public T Change<T>(Func<T> change)
    {
        for (var allowed = 0; _failing; allowed++)
        {
            Assert.True(allowed < 5000);
            Allocator.FailAfter(allowed);
            try
            {
                var result = change();
                Allocator.FailAfter(long.MaxValue);
                Verify();
                return result;
            }
            catch (OutOfMemoryException)
            {
                Verify();
                // A long change fails often; its end is the same each time.
                if (allowed is < 8 or > 60)
                    CompareTo(ref _slot, Model);
                if (allowed > 60)
                    allowed += 50;
            }
        }
        return change();
    }

    public void Hold() => _held.Add((ValueSlots.Retain(_slot), CopyOf(Model)));

    public void LetGo(int which)
    {
        if (_held.Count == 0)
            return;
        var (value, model) = _held[which % _held.Count];
        _held.RemoveAt(which % _held.Count);
        CompareTo(ref value, model);
        ValueSlots.Release(Memory, value);
    }

    public void Compare()
    {
        Verify();
        CompareTo(ref _slot, Model);
        foreach (var (value, model) in _held)
        {
            var copy = value;
            CompareTo(ref copy, model);
        }
    }

    public void Clear()
    {
        ValueSlots.Release(Memory, _slot);
        _slot = 0;
    }

    public void Dispose()
    {
        while (_held.Count > 0)
            LetGo(0);
        Clear();
        while (Memory.FreeDropped(7))
        {
        }
        Assert.Equal(0, Memory.UsedBytes);
        Allocator.Dispose();
    }

    private void Verify() => ValueVerifier.Verify(_slot);
}
