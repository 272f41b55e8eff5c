using System.Runtime.InteropServices;
using RedisLite.Storage.Memory;

namespace RedisLite.Core.Tests.Storage.Memory;

/// <summary>The tools that guard the other tests find what they are for.</summary>
public sealed class CheckingAllocatorTests
{
    [Theory]
    [InlineData(AllocatorKind.Slabs)]
    [InlineData(AllocatorKind.Malloc)]
    public void A_leak_is_reported(AllocatorKind kind)
    {
        var store = new TestStore(inner: ProcessAllocator.Of(kind, HugePages.Auto));
        using (store.HoldAll())
            store.Set("k", "v");
        var leaks = Assert.Throws<InvalidOperationException>(store.Allocator.Dispose);
        Assert.Contains("2 blocks were never freed", leaks.Message, StringComparison.Ordinal);
        store.Databases.Dispose();
        store.Allocator.Dispose();
    }

    [Theory]
    [InlineData(AllocatorKind.Slabs)]
    [InlineData(AllocatorKind.Malloc)]
    public void A_write_behind_the_block_is_reported_when_it_is_freed(AllocatorKind kind)
    {
        var store = new TestStore(inner: ProcessAllocator.Of(kind, HugePages.Auto));
        using var held = store.HoldAll();
        store.Set("k", "v");
        Assert.True(store[0].TryGet(store.Key("k"), 0, out var entry));
        ref var end = ref Beyond(entry, 7); // a block of 24 bytes: 16 of header, the key, the value, 6 free
        var saved = end;
        end = 1;
        Assert.Throws<InvalidOperationException>(() => store[0].Remove(store.Key("k")));
        end = saved;
    }

    [Theory]
    [InlineData(AllocatorKind.Slabs)]
    [InlineData(AllocatorKind.Malloc)]
    public void A_write_after_the_block_is_freed_is_reported_when_it_leaves_quarantine(AllocatorKind kind)
    {
        var store = new TestStore(inner: ProcessAllocator.Of(kind, HugePages.Auto));
        using var held = store.HoldAll();
        store.Set("k", "v");
        Assert.True(store[0].TryGet(store.Key("k"), 0, out var entry));
        ref var late = ref Beyond(entry, 1);
        store[0].Remove(store.Key("k"));
        late = 1;
        Assert.Throws<InvalidOperationException>(store.Allocator.Dispose);
    }

    [Theory]
    [InlineData(AllocatorKind.Slabs)]
    [InlineData(AllocatorKind.Malloc)]
    public void The_verifier_finds_a_key_that_was_overwritten(AllocatorKind kind)
    {
        var store = new TestStore(inner: ProcessAllocator.Of(kind, HugePages.Auto));
        using (store.HoldAll())
        {
            store.Set("k", "v");
            store.Set("other", "v");
            Assert.True(store[0].TryGet(store.Key("k"), 0, out var entry));
            MemoryMarshal.GetReference(entry.Key) ^= 1;
        }
        var found = Assert.Throws<InvalidOperationException>(store.Databases.Verify);
        Assert.Matches("^Database 0, stripe .: a record's hash is not its key's", found.Message);
        store.Databases.Dispose();
        store.Allocator.Dispose();
    }

    private static ref byte Beyond(in Entry entry, int bytes) =>
        ref System.Runtime.CompilerServices.Unsafe.Add(ref MemoryMarshal.GetReference(entry.Value), bytes);
}
