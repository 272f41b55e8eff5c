using System.Text;
using RedisLite.Commands.Execution;

namespace RedisLite.Core.Tests.Commands;

public sealed class EvictionPoolTests
{
    private readonly EvictionPool _pool = new();

    [Fact]
    public void The_fittest_of_all_that_were_offered_comes_first()
    {
        var order = Enumerable.Range(0, 100).ToArray();
        new Random(1).Shuffle(order);
        foreach (var fitness in order)
            Offer($"k{fitness}", fitness);
        Assert.Equal(Enumerable.Range(84, 16).Reverse().Select(i => $"k{i}"), TakeAll());
    }

    [Fact]
    public void A_key_stands_once_with_what_was_said_of_it_last()
    {
        Offer("a", 1);
        Offer("b", 2);
        Offer("a", 3);
        Assert.Equal(["a", "b"], TakeAll());
        Offer("a", 1);
        Offer("b", 2);
        Offer("b", 0, database: 1);
        Assert.Equal(["b", "a", "b"], TakeAll());
    }

    [Fact]
    public void Keys_of_any_length_are_kept_whole()
    {
        for (var length = 0; length < 2000; length += 97)
            Offer(new string('x', length), length);
        var lengths = TakeAll().Select(key => key.Length).ToList();
        Assert.Equal(16, lengths.Count);
        Assert.Equal(lengths.OrderDescending(), lengths);
        Offer("short", 1);
        Assert.Equal(["short"], TakeAll());
    }

    [Fact]
    public void Nothing_is_left_when_it_is_cleared()
    {
        Offer("a", 1);
        _pool.Clear();
        Assert.Empty(TakeAll());
    }

    private void Offer(string key, long fitness, int database = 0) =>
        _pool.Offer(database, Encoding.Latin1.GetBytes(key), mark: 7, fitness);

    private List<string> TakeAll()
    {
        var all = new List<string>();
        while (_pool.TryTake(out var candidate))
        {
            Assert.Equal(7, candidate.Mark);
            all.Add(Encoding.Latin1.GetString(candidate.Key));
        }

        return all;
    }
}
