using System.Text;
using CsCheck;
using RedisLite.Storage.Memory;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Core.Tests.Storage.Values;

/// <summary>Any sequence of operations leaves a tree as it leaves a sorted list, and its snapshots as they
/// were.</summary>
public sealed unsafe class TreeModelTests
{
    private enum Act
    {
        Add, AddMany, Append, Prepend, Replace, Remove, RemoveMany, RemoveRange, Hold, LetGo,
    }

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Enum<Act>(), Gen.Int[0, 100_000], Gen.Frequency((8, Gen.Int[0, 40]), (2, Gen.Int[40, 400])),
        (act, at, size) => new Step(act, at, size));

    [Theory]
    [InlineData(0, false)]
    [InlineData(4, false)]
    [InlineData(8, false)]
    [InlineData(16, false)]
    [InlineData(0, true)]
    [InlineData(4, true)]
    [InlineData(8, true)]
    [InlineData(16, true)]
    public void A_tree_agrees_with_a_sorted_list(int width, bool failing) =>
        Steps.Array[0, 60].Sample(
            steps =>
            {
                using var allocator = new CheckingAllocator();
                using (var run = new TreeRun(allocator, width))
                {
                    foreach (var step in steps)
                        Do(run, step, failing);
                    run.Compare();
                }
            },
            iter: 60);

    [Fact]
    public void Millions_of_turns_at_one_place_leave_no_thin_pages()
    {
        using var allocator = new CheckingAllocator();
        using var run = new TreeRun(allocator, 0);
        for (var i = 0; i < 30_000; i++)
            run.Insert(run.Model.Count, (ulong)i, 30);
        for (var i = 0; i < 29_000; i++)
            run.RemoveAt(i * 7919 % run.Model.Count);
        run.Compare();
        Assert.InRange(run.Bytes, 1000 * 32, 1000 * 32 * 5);
    }

    private static void Do(TreeRun run, Step step, bool failing)
    {
        if (!failing || step.Act is Act.Hold or Act.LetGo or Act.AddMany or Act.RemoveMany)
        {
            Apply(run, step);
            run.Verify();
            return;
        }
        // Every allocation of the operation fails once before it is let through.
        for (var allowed = 0; ; allowed++)
        {
            run.Allocator.FailAfter(allowed);
            try
            {
                Apply(run, step);
                run.Allocator.FailAfter(long.MaxValue);
                run.Verify();
                return;
            }
            catch (OutOfMemoryException)
            {
                run.Compare();
            }
            Assert.True(allowed < 60);
        }
    }

    private static void Apply(TreeRun run, Step step)
    {
        var count = run.Model.Count;
        var place = count == 0 ? 0 : step.At % count;
        switch (step.Act)
        {
            case Act.Add:
                run.Insert(step.At % (count + 1), (ulong)step.At % 60, step.Size);
                break;
            case Act.AddMany:
                for (var i = 0; i < step.Size; i++)
                    run.Insert((step.At + (i * 31)) % (run.Model.Count + 1), (ulong)(
                        step.At + (i * 7919)) % 1000, step.Size % 60);
                break;
            case Act.Append:
                run.Insert(count, uint.MaxValue - 1000 + (ulong)step.At % 1000, step.Size);
                break;
            case Act.Prepend:
                run.Insert(0, (ulong)step.At % 4, step.Size);
                break;
            case Act.Replace when count > 0:
                run.Replace(place, step.Size);
                break;
            case Act.Remove when count > 0:
                run.RemoveAt(place);
                break;
            case Act.RemoveMany when count > 0:
                for (var i = 0; i < step.Size && run.Model.Count > 0; i++)
                    run.RemoveAt((step.At + (i * 17)) % run.Model.Count);
                break;
            case Act.RemoveRange when count > 0:
                run.RemoveRange(place, Math.Min(count - place, step.Size));
                break;
            case Act.Hold:
                run.Hold();
                break;
            case Act.LetGo:
                run.LetGo(step.At);
                break;
        }
    }

    private sealed record Step(Act Act, int At, int Size);
}

/// <summary>A tree beside its model, with the snapshots that are held of both.</summary>
internal sealed unsafe class TreeRun : IDisposable
{
    private readonly ValueMemory _memory;
    private readonly TreeLayout _layout;
    private readonly TreeRoot* _root;
    private readonly List<(nint Page, List<Item> Model)> _held = [];
    private int _serial;

    public TreeRun(CheckingAllocator allocator, int width)
    {
        Allocator = allocator;
        _memory = new ValueMemory(allocator, ConstantHasher.Of(0));
        _layout = width switch
        {
            0 => TreeLayout.Positions with { PageSize = 512, InlineLimit = 100 },
            4 => TreeLayout.Members with { PageSize = 256, InlineLimit = 40 },
            8 => TreeLayout.Ordered with { Kind = EntryKind.Plain },
            _ => TreeLayout.Identified with { Kind = EntryKind.Plain, PageSize = 300, InlineLimit = 40 },
        };
        _root = (TreeRoot*)allocator.AllocateZeroed((nuint)sizeof(TreeRoot));
    }

    public sealed record Item(ulong Key, byte[] Bytes);

    public CheckingAllocator Allocator { get; }

    public List<Item> Model { get; } = [];

    public long Bytes => _root->Bytes;

    private Tree Tree => new(_memory, _root, _layout);

    public void Insert(int place, ulong key, int size)
    {
        if (_layout.Width == 0)
            key = 0;
        var bytes = Content(size);
        TreePath path = default;
        if (_layout.Width == 0)
        {
            if (_root->Page != null)
                Tree.Seek(place, out path);
        }
        else
        {
            if (_root->Page != null && Tree.Find(KeyOf(key), bytes, out path))
                return;
            place = Model.FindIndex(
                e => e.Key > key || (e.Key == key && e.Bytes.AsSpan().SequenceCompareTo(bytes) > 0));
            place = place < 0 ? Model.Count : place;
            if (_root->Page != null)
                Assert.Equal(place, TreeSearch.RankOf(ref path));
        }
        Tree.Insert(ref path, KeyOf(key), Element.Of(bytes));
        Model.Insert(place, new Item(key, bytes));
    }

    public void Replace(int place, int size)
    {
        // With an order the bytes stay; without one they may change.
        var bytes = _layout.Width == 0 ? Content(size) : Model[place].Bytes;
        Tree.Seek(place, out var path);
        Tree.Replace(ref path, Element.Of(bytes));
        Model[place] = Model[place] with { Bytes = bytes };
    }

    public void RemoveAt(int place)
    {
        Tree.Seek(place, out var path);
        Tree.Remove(ref path);
        Model.RemoveAt(place);
    }

    public void RemoveRange(int place, int count)
    {
        Tree.RemoveRange(place, count);
        Model.RemoveRange(place, count);
    }

    public void Hold()
    {
        if (_root->Page == null)
            return;
        ValueMemory.Retain(_root->Page);
        _held.Add(((nint)_root->Page, [.. Model]));
    }

    public void LetGo(int which)
    {
        if (_held.Count == 0)
            return;
        var (page, model) = _held[which % _held.Count];
        _held.RemoveAt(which % _held.Count);
        CompareTo((Page*)page, model);
        _memory.Release((Page*)page);
        if (which % 2 == 0)
            _memory.FreeDropped(which % 50);
    }

    public void Verify() => TreeVerifier.Verify(_root, _layout);

    public void Compare()
    {
        Verify();
        Assert.Equal(Model.Count, _root->Count);
        CompareTo(_root->Page, Model);
        foreach (var (page, model) in _held)
            CompareTo((Page*)page, model);
    }

    public void Dispose()
    {
        while (_held.Count > 0)
            LetGo(1);
        if (_root->Page != null)
            _memory.Release(_root->Page);
        while (_memory.FreeDropped(10))
        {
        }
        Assert.Equal(0, _memory.UsedBytes);
        Allocator.Free(_root, (nuint)sizeof(TreeRoot));
    }

    private static void CompareTo(Page* root, List<Item> model)
    {
        var forward = new TreeCursor(root, model.Count, 0);
        foreach (var element in model)
        {
            Assert.True(forward.IsValid);
            Assert.True(forward.Content.SequenceEqual(element.Bytes));
            forward.MoveNext();
        }
        Assert.False(forward.IsValid);
        var backward = new TreeCursor(root, model.Count, model.Count - 1);
        for (var i = model.Count - 1; i >= 0; i--)
        {
            Assert.True(backward.Content.SequenceEqual(model[i].Bytes));
            if (i % 16 == 0)
                Assert.Equal(i, backward.Rank);
            backward.MovePrevious();
        }
        Assert.False(backward.IsValid);
    }

    private TreeKey KeyOf(ulong key) => _layout.Width == 16 ? new TreeKey(key / 7, key % 7) : new TreeKey(key);

    private byte[] Content(int size)
    {
        _serial = (_serial * 1103515245) + 12345;
        var text = Encoding.ASCII.GetBytes($"{(uint)_serial % 4096:x}");
        return [.. text, .. Enumerable.Repeat((byte)'-', size)];
    }
}
