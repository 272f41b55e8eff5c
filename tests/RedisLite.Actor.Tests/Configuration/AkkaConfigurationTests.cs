using Akka.Actor;
using RedisLite.Configuration;

namespace RedisLite.Actor.Tests.Configuration;

public sealed class AkkaConfigurationTests
{
    [Fact]
    public void Akka_reads_what_reference_conf_says()
    {
        var config = AkkaConfiguration.Create(RedisLiteSettings.Default);

        Assert.Equal(64 * 1024, config.GetByteSize("akka.io.tcp.maximum-frame-size"));
        Assert.Equal(4, config.GetInt("redislite.dispatchers.executor.dedicated-thread-pool.thread-count"));
        Assert.Equal("ForkJoinDispatcher", config.GetString("redislite.dispatchers.executor.type"));
        Assert.Equal(
            TimeSpan.FromSeconds(120), config.GetTimeSpan("akka.coordinated-shutdown.phases.service-stop.timeout"));
        Assert.False(config.GetBoolean("akka.coordinated-shutdown.exit-clr"));
    }

    [Fact]
    public void Keys_of_Akka_that_follow_from_settings_are_derived_unless_they_are_set()
    {
        const string Frame = "akka.io.tcp.maximum-frame-size";
        const string Drain = "akka.coordinated-shutdown.phases.service-requests-done.timeout";
        var settings = SettingsText.Load("redislite { network.max-frame-size = 32kb, shutdown.timeout = 60s }");

        Assert.Equal(32 * 1024, AkkaConfiguration.Create(settings).GetByteSize(Frame));
        Assert.Equal(TimeSpan.FromSeconds(75), AkkaConfiguration.Create(settings).GetTimeSpan(Drain));
        Assert.Equal(8 * 1024, AkkaConfiguration.Create(SettingsText.Load($"{Frame} = 8kb")).GetByteSize(Frame));
    }

    [Fact]
    public void What_Akkas_own_reader_mistakes_reaches_it_in_a_form_that_it_understands()
    {
        var config = AkkaConfiguration.Create(SettingsText.Load("""
            akka.test { a = yes, b = no, size = 64mb, text = "yes", env = ${?PATH_NOT_SET}, list += "x",
                quoted."a.b" = "say \"hi\"" }
            """));

        Assert.True(config.GetBoolean("akka.test.a"));
        Assert.False(config.GetBoolean("akka.test.b"));
        Assert.Equal(64 * 1024 * 1024, config.GetByteSize("akka.test.size"));
        Assert.Equal("yes", config.GetString("akka.test.text"));
        Assert.False(config.HasPath("akka.test.env"));
        Assert.Equal(["x"], config.GetStringList("akka.test.list"));
        Assert.Equal("say \"hi\"", config.GetString("akka.test.quoted.\"a.b\""));
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

        Assert.Equal(["8", "akka.actor.deployment./server/executors-fast.pool-dispatcher"], fast);
        Assert.Equal(["4", "akka.actor.deployment./server/executors.pool-dispatcher"], pool);
        await system.Terminate();
    }

    /// <summary>
    /// Starts a router of the asked name and answers with its size and the dispatcher of its routees.
    /// </summary>
    private sealed class Parent : ReceiveActor
    {
        public Parent()
        {
            Receive<string>(name =>
            {
                var router = Context.ActorOf(
                    Props.Create(() => new Routee()).WithRouter(Akka.Routing.FromConfig.Instance), name);
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
