using RedisLite.Storage;

namespace RedisLite.Core.Tests.Storage;

public sealed class LockPlanTests : IDisposable
{
    private const int Stripes = 8;

    private readonly Databases _databases = new(new StorageOptions { StripeCount = Stripes });

    /// <summary>Would wait for ever if a test left a stripe taken.</summary>
    public void Dispose() => _databases.Dispose();

    [Fact]
    public void A_plan_takes_what_was_added_and_gives_it_back()
    {
        var plan = _databases.CreatePlan();
        plan.Add(HashIn(5), exclusive: true);
        plan.Add(HashIn(2), exclusive: false);
        plan.Enter();
        Assert.True(plan.IsEntered);
        Assert.Equal("..s..X..", Held());
        plan.Exit();
        Assert.Equal("........", Held());
        // As it is, again.
        Assert.True(plan.TryEnter());
        Assert.Equal("..s..X..", Held());
        plan.Exit();
        plan.Clear();
        plan.Enter();
        Assert.Equal("........", Held());
    }

    [Fact]
    public void A_stripe_named_twice_is_taken_once_and_exclusive_wins()
    {
        var plan = _databases.CreatePlan();
        plan.Add(HashIn(3), exclusive: false);
        plan.Add(HashIn(3), exclusive: true);
        plan.Add(HashIn(3), exclusive: false);
        plan.Add(HashIn(4), exclusive: false);
        plan.Add(HashIn(4), exclusive: false);
        plan.Enter();
        Assert.Equal("...Xs...", Held());
        plan.Exit();
        Assert.Equal("........", Held());
    }

    [Fact]
    public void All_stripes_can_be_taken_with_some_of_them_exclusively()
    {
        var plan = _databases.CreatePlan();
        plan.AddAll(exclusive: false);
        plan.Enter();
        Assert.Equal("ssssssss", Held());
        plan.Exit();
        plan.Add(HashIn(6), exclusive: true);
        plan.Add(HashIn(1), exclusive: true);
        plan.Add(HashIn(1), exclusive: false);
        plan.Enter();
        Assert.Equal("sXssssXs", Held());
        plan.Exit();
        plan.AddAll(exclusive: true);
        Assert.True(plan.TryEnter());
        Assert.Equal("XXXXXXXX", Held());
        plan.Exit();
        Assert.Equal("........", Held());
    }

    [Fact]
    public void A_failed_attempt_keeps_nothing_and_exit_after_it_does_nothing()
    {
        _databases.Locks[4].Enter(exclusive: false);
        var plan = _databases.CreatePlan();
        plan.Add(HashIn(1), exclusive: true);
        plan.Add(HashIn(4), exclusive: true);
        plan.Add(HashIn(7), exclusive: true);
        Assert.False(plan.TryEnter());
        Assert.False(plan.IsEntered);
        Assert.Equal("....s...", Held());
        plan.Exit();
        Assert.Equal("....s...", Held());
        _databases.Locks[4].Exit(exclusive: false);
        Assert.True(plan.TryEnter());
        Assert.Equal(".X..X..X", Held());
        plan.Exit();
    }

    [Fact]
    public void An_entered_plan_can_be_neither_changed_nor_entered_again()
    {
        var plan = _databases.CreatePlan();
        plan.Enter();
        Assert.Throws<InvalidOperationException>(() => plan.Add(1, exclusive: false));
        Assert.Throws<InvalidOperationException>(() => plan.AddAll(exclusive: false));
        Assert.Throws<InvalidOperationException>(plan.Clear);
        Assert.Throws<InvalidOperationException>(plan.Enter);
        Assert.Throws<InvalidOperationException>(() => plan.TryEnter());
        plan.Exit();
        plan.Clear();
    }

    [Fact]
    public void A_plan_grows_to_any_number_of_keys()
    {
        var plan = _databases.CreatePlan();
        for (ulong i = 0; i < 1000; i++)
            plan.Add(i * 0x9E37_79B9_7F4A_7C15, exclusive: i % 2 == 0);
        plan.Enter();
        Assert.Equal("XXXXXXXX", Held());
        plan.Exit();
        Assert.Equal("........", Held());
    }

    [Fact]
    public async Task Overlapping_plans_of_many_threads_neither_deadlock_nor_lose_a_transfer()
    {
        const int Threads = 4;
        var balances = new long[Stripes];
        var work = Enumerable.Range(0, Threads).Select(seed => Task.Factory.StartNew(
            () =>
            {
                var random = new Random(seed);
                var plan = _databases.CreatePlan();
                for (var i = 0; i < 5000; i++)
                {
                    plan.Clear();
                    var (from, to) = (random.Next(Stripes), random.Next(Stripes));
                    var audit = i % 50 == 0;
                    if (audit)
                        plan.AddAll(exclusive: false);
                    plan.Add(HashIn(from), exclusive: !audit);
                    plan.Add(HashIn(to), exclusive: !audit);
                    if (!plan.TryEnter())
                        plan.Enter();
                    if (audit)
                    {
                        Assert.Equal(0, balances.Sum());
                    }
                    else
                    {
                        balances[from]--;
                        balances[to]++;
                    }
                    plan.Exit();
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        await Task.WhenAll(work).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(0, balances.Sum());
        Assert.Equal("........", Held());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(65_536)]
    public void The_high_bits_of_the_hash_choose_the_stripe(int stripes)
    {
        using var databases = new Databases(new StorageOptions { StripeCount = stripes, DatabaseCount = 1 });
        Assert.Equal(0, databases.StripeOf(0));
        Assert.Equal(0, databases.StripeOf(uint.MaxValue));
        Assert.Equal(stripes - 1, databases.StripeOf(ulong.MaxValue));
        Assert.Equal(stripes / 2, databases.StripeOf(1UL << 63));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(-4)]
    [InlineData(131_072)]
    public void Stripes_are_a_power_of_two(int stripes) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Databases(new StorageOptions { StripeCount = stripes }));

    private static ulong HashIn(int stripe) => (ulong)stripe << 61;

    private string Held() => string.Concat(Enumerable.Range(0, Stripes).Select(i =>
        _databases.Locks[i].IsHeldExclusive ? 'X' : _databases.Locks[i].IsHeld ? 's' : '.'));
}
