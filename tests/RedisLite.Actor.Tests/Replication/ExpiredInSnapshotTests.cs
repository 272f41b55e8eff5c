using Akka.TestKit.Xunit2;
using RedisLite.Actor.Tests.Support;
using RedisLite.Commands.Execution;
using RedisLite.Persistence;
using RedisLite.Persistence.Loading;

namespace RedisLite.Actor.Tests.Replication;

/// <summary>Keys of a snapshot that have expired by the time it is loaded.</summary>
public sealed class ExpiredInSnapshotTests : TestKit
{
    private static readonly byte[] Key = "a"u8.ToArray();

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(true, false, true)]
    [InlineData(false, true, true)]
    public void They_are_kept_when_a_stream_goes_on_from_there(bool isReplica, bool isOfStream, bool isKept)
    {
        using var server = new ServerFixture(Sys);
        var services = server.Services;
        services.Role = isReplica ? ServerRole.Replica : ServerRole.Primary;
        using var target = new ReplayTarget(services, server.Components.Status, Akka.Event.NoLogger.Instance);
        if (isOfStream)
        {
            target.TakeFact("repl-id"u8, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"u8);
            target.TakeFact("repl-offset"u8, "100"u8);
        }

        target.BeginFile("dump.rdb", LoadedFile.Snapshot);
        Assert.Null(target.LoadString(0, Key, "1"u8, expireAtMs: 1));
        target.EndKeys();
        Assert.Equal(isKept ? 1 : 0, services.Databases[0].Count);
    }
}
