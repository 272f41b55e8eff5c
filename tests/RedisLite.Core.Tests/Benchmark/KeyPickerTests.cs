using RedisLite.Benchmark.Load;

namespace RedisLite.Core.Tests.Benchmark;

public sealed class KeyPickerTests
{
    private const int Samples = 200_000;

    [Fact]
    public void Uniform_keys_are_equally_frequent()
    {
        const int keys = 100;
        var counts = Count(new UniformKeyPicker(keys, new SeededRandom(7)), keys);
        const double expected = (double)Samples / keys;
        // Chi-squared with 99 degrees of freedom exceeds 160 once in ten thousand seeds; the seed is fixed.
        Assert.InRange(counts.Sum(count => (count - expected) * (count - expected) / expected), 40, 160);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.99)]
    [InlineData(1.0)]
    [InlineData(1.5)]
    public void Zipf_keys_are_as_frequent_as_their_rank_says(double theta)
    {
        const int keys = 1_000;
        var counts = Count(new ZipfKeyPicker(keys, theta, new SeededRandom(7)), keys);
        var sum = Enumerable.Range(1, keys).Sum(rank => Math.Pow(rank, -theta));
        for (var rank = 1; rank <= 10; rank++)
        {
            var expected = Samples * Math.Pow(rank, -theta) / sum;
            Assert.InRange(
                counts[rank - 1], expected - (5 * Math.Sqrt(expected)), expected + (5 * Math.Sqrt(expected)));
        }

        var tail = Samples * Enumerable.Range(501, 500).Sum(rank => Math.Pow(rank, -theta)) / sum;
        Assert.InRange(counts.Skip(500).Sum(), tail - (5 * Math.Sqrt(tail)), tail + (5 * Math.Sqrt(tail)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Zipf_over_very_few_keys_stays_within_them(int keys) =>
        Assert.Equal(Samples, Count(new ZipfKeyPicker(keys, 0.99, new SeededRandom(1)), keys).Sum());

    [Theory]
    [InlineData(10, 3)]
    [InlineData(7, 7)]
    [InlineData(1_000, 4)]
    public void Workers_with_sequential_keys_visit_each_key_once(int keys, int workers)
    {
        var space = new KeySpace { Count = keys, Distribution = KeyDistribution.Sequential };
        var visited = new List<long>();
        for (var worker = 0; worker < workers; worker++)
        {
            var picker = space.CreatePicker(worker, workers, new SeededRandom(1));
            var share = ((long)keys * (worker + 1) / workers) - ((long)keys * worker / workers);
            for (var i = 0; i < share; i++)
                visited.Add(picker.Next());
        }

        Assert.Equal(Enumerable.Range(0, keys).Select(key => (long)key), visited.Order());
    }

    [Fact]
    public void A_seed_repeats_its_sequence_and_workers_have_their_own()
    {
        ulong[] First(ulong seed, int worker)
        {
            var random = SeededRandom.ForWorker(seed, worker);
            return [random.NextUInt64(), random.NextUInt64(), random.NextUInt64()];
        }

        Assert.Equal(First(1, 0), First(1, 0));
        Assert.NotEqual(First(1, 0), First(1, 1));
        Assert.NotEqual(First(1, 0), First(2, 0));
    }

    private static double[] Count(KeyPicker picker, int keys)
    {
        var counts = new double[keys];
        for (var i = 0; i < Samples; i++)
            counts[picker.Next()]++;
        return counts;
    }
}
