using System.Net;
using Medallion.Threading.Redis;
using RedisLite.Clients.Tests.Support;

namespace RedisLite.Clients.Tests.Locks;

/// <summary>DistributedLock.Redis: locks, locks of readers and a writer, and semaphores.</summary>
public sealed class DistributedLockTests : LibraryTests
{
    protected override async Task RunAsync(IPEndPoint server)
    {
        await using var connection = await ConnectAsync(server);
        var locks = new RedisDistributedSynchronizationProvider(
            connection.GetDatabase(),
            options => options
                .Expiry(TimeSpan.FromMinutes(5))
                .BusyWaitSleepTime(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(20)));

        await MutexAsync(locks);
        await ReadersAndWritersAsync(locks);
        await SemaphoresAsync(locks);
        Assert.False(await connection.GetDatabase().KeyExistsAsync("mutex"));
    }

    private static async Task MutexAsync(RedisDistributedSynchronizationProvider locks)
    {
        var mutex = locks.CreateLock("mutex");
        await using (await mutex.AcquireAsync(SafetyNet))
        {
            Assert.Null(await locks.CreateLock("mutex").TryAcquireAsync());
            Assert.NotNull(await locks.CreateLock("another").TryAcquireAsync());
        }

        var inside = 0;
        var total = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            await using var handle = await mutex.AcquireAsync(SafetyNet);
            Assert.Equal(1, Interlocked.Increment(ref inside));
            total++;
            await Task.Yield();
            Interlocked.Decrement(ref inside);
        }));
        Assert.Equal(8, total);
    }

    private static async Task ReadersAndWritersAsync(RedisDistributedSynchronizationProvider locks)
    {
        var book = locks.CreateReaderWriterLock("book");
        var reader = await book.AcquireReadLockAsync(SafetyNet);
        await using (await book.AcquireReadLockAsync(SafetyNet))
            Assert.Null(await book.TryAcquireWriteLockAsync());
        var writing = book.AcquireWriteLockAsync(SafetyNet).AsTask();
        await reader.DisposeAsync();
        await using var writer = await writing;
        Assert.Null(await book.TryAcquireReadLockAsync());
    }

    private static async Task SemaphoresAsync(RedisDistributedSynchronizationProvider locks)
    {
        var seats = locks.CreateSemaphore("seats", 2);
        await using var first = await seats.AcquireAsync(SafetyNet);
        var second = await seats.AcquireAsync(SafetyNet);
        Assert.Null(await seats.TryAcquireAsync());
        Assert.Equal(0, await seats.GetCurrentCountAsync());
        await second.DisposeAsync();
        await using var third = await seats.TryAcquireAsync();
        Assert.NotNull(third);
    }
}
