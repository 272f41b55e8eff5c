using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;

namespace RedisLite.Core.Tests.Commands;

/// <summary><c>maxmemory-clients</c>, on clients that say how much they take.</summary>
public sealed class ClientEvictionTests : IDisposable
{
    private readonly CommandHarness _harness = new();
    private readonly ClientEviction _eviction;

    public ClientEvictionTests() => _eviction = new ClientEviction(_harness.Services);

    [Theory]
    [InlineData(0, 0, "")]
    [InlineData(600, 0, "")]
    [InlineData(599, 0, "300")]
    [InlineData(300, 0, "300")]
    [InlineData(299, 0, "300,200")]
    [InlineData(1, 0, "300,200,100")]
    [InlineData(0, 50, "300")]
    [InlineData(0, 60, "")]
    public void The_greediest_go_until_the_rest_fits(long bytes, int percent, string gone)
    {
        TestClient[] clients = [NewClient(100), NewClient(300), NewClient(200), NewClient(0)];
        _harness.Options.MaxMemory = 1000;
        _harness.Options.MaxMemoryClients = new ClientMemoryLimit(bytes, percent);
        _eviction.Run();
        Assert.Equal(
            gone, string.Join(',', clients.Where(client => client.IsClosed).Select(
                client => client.QueryBufferLength).OrderDescending()));
        Assert.Contains($"evicted_clients:{clients.Count(client => client.IsClosed)} ", _harness.Run(
            "INFO stats"), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_maxmemory_there_is_nothing_to_take_percents_of()
    {
        var client = NewClient(300);
        _harness.Options.MaxMemoryClients = new ClientMemoryLimit(0, 50);
        _eviction.Run();
        Assert.False(client.IsClosed);
    }

    [Fact]
    public void Nobody_goes_for_one_that_is_on_its_way_out()
    {
        var greedy = NewClient(300);
        var modest = NewClient(100);
        _harness.Options.MaxMemoryClients = new ClientMemoryLimit(200, 0);
        var told = new List<long>();
        _eviction.Run((_, size) => told.Add(size));
        _eviction.Run((_, size) => told.Add(size));
        Assert.True(greedy.IsClosed);
        Assert.False(modest.IsClosed);
        Assert.Equal([300], told);
    }

    [Fact]
    public void Who_asked_to_stay_counts_and_stays()
    {
        var greedy = NewClient(300);
        var modest = NewClient(100);
        Assert.Equal("+OK", greedy.Run("CLIENT NO-EVICT ON"));
        greedy.QueryBufferLength = 300;
        _harness.Options.MaxMemoryClients = new ClientMemoryLimit(200, 0);
        _eviction.Run();
        Assert.False(greedy.IsClosed);
        Assert.True(modest.IsClosed);
    }

    public void Dispose() => _harness.Dispose();

    private TestClient NewClient(long size)
    {
        var client = _harness.NewClient();
        client.QueryBufferLength = size;
        return client;
    }
}
