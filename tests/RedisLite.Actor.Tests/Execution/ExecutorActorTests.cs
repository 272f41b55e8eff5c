using System.Text;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using RedisLite.Actor.Tests.Support;
using RedisLite.Commands.Execution;
using RedisLite.Execution;
using RedisLite.Protocol;

namespace RedisLite.Actor.Tests.Execution;

public sealed class ExecutorActorTests : TestKit
{
    private readonly ServerFixture _server;
    private readonly TestProbe _pool;
    private readonly TestProbe _connection;

    public ExecutorActorTests()
    {
        _server = new ServerFixture(Sys);
        _pool = CreateTestProbe("pool");
        _connection = CreateTestProbe("connection");
    }

    [Fact]
    public void A_batch_is_run_and_given_back_with_its_replies()
    {
        var executor = Sys.ActorOf(ExecutorActor.Props(_server.Services, _pool));
        var batch = Batch("SET k v\r\nGET k\r\n");

        executor.Tell(new ExecutorActor.Execute(batch), _connection);

        _connection.ExpectMsg<ExecutorActor.Executed>(
            executed => Assert.Equal(BatchOutcome.Completed, executed.Outcome));
        Assert.Equal("OK\nv\n", Encoding.ASCII.GetString(batch.Reply.Written));
    }

    [Fact]
    public void A_fast_executor_passes_a_batch_with_a_busy_stripe_to_the_pool_in_its_clients_name()
    {
        var executor = Sys.ActorOf(ExecutorActor.Props(_server.Services, _pool));
        var batch = Batch("PING\r\nSET k v\r\n");
        var plan = _server.Services.Databases.CreatePlan();
        plan.Add(_server.Services.Databases.MakeKey("k"u8).Hash, exclusive: true);
        plan.Enter();

        executor.Tell(new ExecutorActor.Execute(batch), _connection);
        var passedOn = _pool.ExpectMsg<ExecutorActor.Execute>();
        plan.Exit();

        Assert.Equal(_connection, _pool.Sender);
        Assert.Equal(1, passedOn.Batch.Next);
        var pooled = Sys.ActorOf(ExecutorActor.Props(_server.Services, pool: null));
        pooled.Tell(passedOn, _connection);
        _connection.ExpectMsg<ExecutorActor.Executed>(
            executed => Assert.Equal(BatchOutcome.Completed, executed.Outcome));
        Assert.Equal("PONG\nOK\n", Encoding.ASCII.GetString(batch.Reply.Written));
    }

    [Fact]
    public async Task A_pool_executor_waits_for_the_stripe()
    {
        var executor = Sys.ActorOf(ExecutorActor.Props(_server.Services, pool: null));
        var batch = Batch("SET k v\r\n");
        var release = new TaskCompletionSource();
        var held = new TaskCompletionSource();
        var holder = Task.Run(() =>
        {
            var plan = _server.Services.Databases.CreatePlan();
            plan.Add(_server.Services.Databases.MakeKey("k"u8).Hash, exclusive: true);
            plan.Enter();
            held.SetResult();
#pragma warning disable xUnit1031 // a lock is released by the thread that this test dedicates to holding it
            release.Task.Wait();
#pragma warning restore xUnit1031
            plan.Exit();
        });
        await held.Task;

        executor.Tell(new ExecutorActor.Execute(batch), _connection);
        _connection.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        release.SetResult();
        await holder;

        _connection.ExpectMsg<ExecutorActor.Executed>(
            executed => Assert.Equal(BatchOutcome.Completed, executed.Outcome));
    }

    [Fact]
    public void An_executor_that_fails_outside_a_command_tells_the_client_and_is_restarted()
    {
        var executor = Sys.ActorOf(ExecutorActor.Props(_server.Services, _pool));

        EventFilter.Exception<NullReferenceException>().ExpectOne(
            () => executor.Tell(new ExecutorActor.Execute(null!), _connection));

        Assert.Equal(RunFailure.Fault, _connection.ExpectMsg<ExecutorActor.Executed>().Failure);
        executor.Tell(new ExecutorActor.Execute(Batch("PING\r\n")), _connection);
        Assert.Equal(RunFailure.None, _connection.ExpectMsg<ExecutorActor.Executed>().Failure);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _server.Dispose();
    }

    private CommandBatch Batch(string requests)
    {
        var batch = new CommandBatch(new ClientSession(1, NoConnection.Instance, 0), _server.Services);
        var input = Encoding.ASCII.GetBytes(requests);
        var result = new RequestParser(ProtocolLimits.Default).Parse(input, batch.Requests, 100);
        batch.Resolve(result.Consumed, 100);
        return batch;
    }
}
