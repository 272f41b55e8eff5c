using System.Buffers;
using RedisLite.Configuration;
using RedisLite.Connections.Buffers;

namespace RedisLite.Actor.Tests.Connections;

public sealed class ReceiveBufferPoolTests
{
    // A size that nothing else here rents, so that no test beside this one takes what it looks for.
    private const int Size = 1 << 23;

    [Theory]
    [InlineData(128, 10_000, 24L << 30, 128)]
    [InlineData(128, 10_000, 2L << 30, 64)]
    [InlineData(128, 10_000, 384L << 20, 16)]
    [InlineData(128, 1_000_000, 1L << 30, 4)]
    [InlineData(2, 1_000_000, 1L << 30, 2)]
    public void All_buffers_fit_into_half_of_the_memory(int wantedKb, int clients, long available, int expectedKb) =>
        Assert.Equal(expectedKb * 1024, ReceiveBufferPool.LimitSize(wantedKb * 1024, clients, available));

    [Fact]
    public void The_next_buffer_of_this_thread_is_one_that_is_never_moved()
    {
        ReceiveBufferPool.Prime(Size);

        var buffer = ArrayPool<byte>.Shared.Rent(Size);

        Assert.Equal(Size, buffer.Length);
        Assert.Equal(GC.MaxGeneration, GC.GetGeneration(buffer));
        ArrayPool<byte>.Shared.Return(buffer);
    }

    [Fact]
    public void A_buffer_that_was_given_back_is_taken_again()
    {
        ReceiveBufferPool.Prime(Size);
        var first = ArrayPool<byte>.Shared.Rent(Size);
        ArrayPool<byte>.Shared.Return(first);

        ReceiveBufferPool.Prime(Size);

        var second = ArrayPool<byte>.Shared.Rent(Size);
        Assert.Same(first, second);
        ArrayPool<byte>.Shared.Return(second);
    }

    [Fact]
    public void Settings_that_ask_for_more_than_there_is_get_less()
    {
        var settings = RedisLiteSettings.Default;

        Assert.Equal(settings.Network.MaxFrameSize, AkkaConfiguration.FrameSize(settings, 64L << 30));
        Assert.Equal(4096, AkkaConfiguration.FrameSize(settings, 64L << 20));
    }
}
