using Akka.Actor;
using RedisLite.Configuration;

namespace RedisLite.Actor.Tests.Configuration;

public sealed class AkkaConfigurationTests
{
    [Fact]
    public void Akka_reads_what_reference_conf_says()
    {
        var config = AkkaConfiguration.Create(RedisLiteSettings.Default);

        Assert.Equal(16 * 1024, config.GetByteSize("akka.io.tcp.maximum-frame-size"));
        Assert.Equal(4, config.GetInt("redislite.dispatchers.executor.dedicated-thread-pool.thread-count"));
        Assert.Equal("ForkJoinDispatcher", config.GetString("redislite.dispatchers.executor.type"));
        Assert.Equal(TimeSpan.FromSeconds(120), config.GetTimeSpan("akka.coordinated-shutdown.phases.service-stop.timeout"));
        Assert.False(config.GetBoolean("akka.coordinated-shutdown.exit-clr"));
    }

    [Fact]
    public async Task An_actor_system_deploys_the_routers_as_configured()
    {
        // The inline executor is another test's subject; everything else is as shipped.
        var settings = RedisLiteSettings.Load(new SettingsSources
        {
            Hocon = "akka.actor.default-dispatcher.executor = default-executor",
        });
        using var system = ActorSystem.Create("deployment", AkkaConfiguration.Create(settings));
        var server = system.ActorOf(Props.Create(() => new Parent()), "server");

        var fast = await server.Ask<string[]>("executors-fast", TimeSpan.FromSeconds(10));
        var pool = await server.Ask<string[]>("executors", TimeSpan.FromSeconds(10));

        Assert.Equal(["8", "akka.actor.default-dispatcher"], fast);
        Assert.Equal(["4", "akka.actor.deployment./server/executors.pool-dispatcher"], pool);
        await system.Terminate();
    }

    /// <summary>Starts a router of the asked name and answers with its size and the dispatcher of its routees.</summary>
    private sealed class Parent : ReceiveActor
    {
        public Parent()
        {
            Receive<string>(name =>
            {
                var router = Context.ActorOf(Props.Create(() => new Routee()).WithRouter(Akka.Routing.FromConfig.Instance), name);
                var asker = Sender;
                router.Ask<Akka.Routing.Routees>(Akka.Routing.GetRoutees.Instance, TimeSpan.FromSeconds(10))
                    .ContinueWith(
                        async routees =>
                        {
                            var count = (await routees).Members.Count();
                            var dispatcher = await router.Ask<string>("dispatcher", TimeSpan.FromSeconds(10));
                            asker.Tell(new[] { count.ToString(), dispatcher });
                        },
                        TaskScheduler.Default);
            });
        }
    }

    private sealed class Routee : ReceiveActor
    {
        public Routee() => Receive<string>(_ => Sender.Tell(Context.Dispatcher.Id));
    }
}
