using System.Collections.Concurrent;
using CsCheck;
using RedisLite.Storage.Memory;

namespace RedisLite.Core.Tests.Storage.Memory;

/// <summary>Random work, alone and with several threads, against models; accounts are exact at each end.</summary>
public sealed unsafe class SlabFuzzTests
{
    private const int Threads = 4;

    [SkippableFact]
    public void Random_steps_keep_content_and_accounts()
    {
        Gen.ULong.Sample(
            seed =>
            {
                var pages = new TestPages();
                using var slabs = new SlabAllocator(pages, tendsItself: false);
                var model = new BlockModel(slabs);
                Run(model, slabs, new Random((int)seed), steps: 3000);
                Verify(slabs, model.Asked, model.Allocated);
                model.FreeAll();
                Verify(slabs, 0, 0);
                slabs.Tend();
                Assert.InRange(slabs.Statistics.Mapped, 0, Chunk.Size);
                Assert.Equal(slabs.Statistics.EmptyChunks * (long)Chunk.Size, slabs.Statistics.Mapped);
            },
            iter: 20,
            threads: 1);
    }

    [SkippableFact]
    public void Threads_do_not_disturb_each_other()
    {
        var pages = new TestPages();
        using var slabs = new SlabAllocator(pages);
        var models = Enumerable.Range(0, Threads).Select(_ => new BlockModel(slabs)).ToArray();
        RunThreads(thread => Run(models[thread], slabs, new Random(thread), steps: 20_000));
        Verify(slabs, models.Sum(model => model.Asked), models.Sum(model => model.Allocated));
        RunThreads(thread => models[thread].FreeAll());
        Verify(slabs, 0, 0);
    }

    [SkippableFact]
    public void A_block_is_freed_by_any_thread()
    {
        using var slabs = new SlabAllocator(new TestPages());
        var exchange = new ConcurrentQueue<(nint Start, int Size, byte Mark)>();
        RunThreads(thread =>
        {
            var random = new Random(thread);
            var model = new BlockModel(slabs);
            for (var i = 0; i < 20_000; i++)
            {
                model.Allocate(SizeOf(random));
                exchange.Enqueue(model.Release(0));
                if (exchange.Count > 200 && exchange.TryDequeue(out var block))
                {
                    BlockModel.Check(block);
                    slabs.Free((void*)block.Start, (nuint)block.Size);
                }
            }
        });
        Assert.Equal(exchange.Sum(block => (long)block.Size), slabs.Statistics.Asked);
        foreach (var block in exchange)
            slabs.Free((void*)block.Start, (nuint)block.Size);
        Verify(slabs, 0, 0);
    }

    [SkippableFact]
    public void Failures_among_threads_leave_accounts_exact()
    {
        var pages = new TestPages();
        using var slabs = new SlabAllocator(pages);
        var models = Enumerable.Range(0, Threads).Select(_ => new BlockModel(slabs)).ToArray();
        pages.FailAfter(12);
        RunThreads(thread =>
        {
            var random = new Random(thread);
            for (var i = 0; i < 5000; i++)
            {
                try
                {
                    models[thread].Allocate(SizeOf(random));
                }
                catch (OutOfMemoryException)
                {
                    while (models[thread].Count > 10)
                        models[thread].Free(random.Next(models[thread].Count));
                }
            }
        });
        Verify(slabs, models.Sum(model => model.Asked), models.Sum(model => model.Allocated));
        foreach (var model in models)
            model.FreeAll();
        Verify(slabs, 0, 0);
    }

    private static void Run(BlockModel model, SlabAllocator slabs, Random random, int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            var wanted = (1 + Math.Sin(i / 500.0)) * 400; // grows and shrinks
            var isFull = model.Count > wanted;
            switch (random.Next(10))
            {
                case < 5 when !isFull:
                    model.Allocate(SizeOf(random), zeroed: random.Next(4) == 0);
                    break;
                case 9 when model.Count > 0:
                    model.Reallocate(random.Next(model.Count), SizeOf(random));
                    break;
                case 8 when random.Next(200) == 0:
                    slabs.Tend();
                    break;
                case 7 when random.Next(300) == 0:
                    slabs.Trim();
                    break;
                default:
                    if (model.Count > 0)
                        model.Free(random.Next(model.Count));
                    break;
            }
        }

        model.CheckAll();
    }

    /// <summary>Mostly small, of few classes, so that slabs fill; some of every kind.</summary>
    private static int SizeOf(Random random) => random.Next(20) switch
    {
        < 10 => 40 + random.Next(100),
        < 15 => random.Next(1100),
        < 18 => random.Next(9000),
        18 => random.Next(140_000),
        _ => random.Next(8) == 0 ? random.Next(1_500_000) : 20_000,
    };

    private static void Verify(SlabAllocator slabs, long asked, long allocated)
    {
        var statistics = slabs.Statistics;
        Assert.Equal(asked, statistics.Asked);
        Assert.Equal(allocated, statistics.Allocated);
        Assert.Equal(asked, statistics.Classes.Sum(figures => figures.Asked) + statistics.Large.Asked);
        var slabBytes = statistics.Classes.Sum(figures => figures.Slabs * figures.SlabSize);
        Assert.Equal(statistics.Active, slabBytes + statistics.Large.Allocated);
        Assert.True(statistics.Asked <= statistics.Allocated && statistics.Allocated <= statistics.Active);
        Assert.True(statistics.Active <= statistics.Mapped);
    }

    private static void RunThreads(Action<int> work)
    {
        var faults = new ConcurrentQueue<Exception>();
        var threads = Enumerable.Range(0, Threads).Select(i => new Thread(() =>
        {
            try
            {
                work(i);
            }
            catch (Exception e)
            {
                faults.Enqueue(e);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Empty(faults);
    }
}
