using System.Globalization;
using RedisLite.Commands.Access;

namespace RedisLite.Core.Tests.Commands;

/// <summary>Who has given wrong passwords waits before the next one is looked at; nobody else does.</summary>
public sealed class LoginTurnTests : IDisposable
{
    private const string Wrong = "-WRONGPASS invalid username-password pair or user is disabled.";
    private const string TooMany =
        "-LIMIT too many failed attempts to authenticate from this address, try again later";

    private readonly CommandHarness _harness = new();

    public LoginTurnTests()
    {
        _harness.Options.AuthFailureLimit = 3;
        _harness.Options.AuthFailureIntervalMs = 1000;
        _harness.Given("ACL SETUSER ada on >engine ~* +@all");
    }

    [Theory]
    [InlineData("AUTH ada {0}")]
    [InlineData("AUTH nobody {0}")]
    [InlineData("HELLO 3 AUTH ada {0}")]
    [InlineData("HELLO 2 SETNAME x AUTH ada {0}")]
    public void After_some_wrong_passwords_the_next_one_waits(string attempt)
    {
        var client = From("10.0.0.1:1");
        Fail(client, attempt, 3);

        Assert.Equal("", client.Run(Text(attempt, 4)));
        Assert.Equal(TimeSpan.FromSeconds(1), client.Parked!.Timeout);

        Assert.Equal(Wrong, client.TimeOut());
        Assert.Equal(1, _harness.Services.Access.Logins.HeldBack);
    }

    [Fact]
    public void What_follows_the_attempt_waits_with_it_and_then_runs()
    {
        var client = Guilty("10.0.0.1:1");
        Assert.Equal("", client.RunMany("AUTH ada engine", "ACL WHOAMI"));
        Assert.Equal("+OK $3 ada", client.TimeOut());
    }

    [Fact]
    public void Others_do_not_wait()
    {
        var client = Guilty("10.0.0.1:1");
        var known = From("10.0.0.1:2");
        client.Run("AUTH ada again");
        Assert.NotNull(client.Parked);

        Assert.Equal("+PONG", known.Run("PING"));
        Assert.Equal("+OK", From("10.0.0.2:1").Run("AUTH ada engine"));
        Assert.Equal(Wrong, From("[2001:db8::1]:1").Run("AUTH ada nonsense"));
    }

    [Fact]
    public void Who_comes_from_the_same_address_waits_too_however_many_connections_it_has()
    {
        Guilty("10.0.0.1:1");
        var waits = new List<TimeSpan>();
        for (var i = 0; i < 3; i++)
        {
            var other = From($"10.0.0.1:{i + 2}");
            Assert.Equal("", other.Run($"AUTH ada more{i}"));
            waits.Add(other.Parked!.Timeout);
        }

        Assert.Equal([1, 2, 3], waits.Select(wait => wait.TotalSeconds));
        var tooMany = From("10.0.0.1:9");
        Assert.Equal(TooMany, tooMany.Run("AUTH ada engine"));
        Assert.Equal(TooMany, tooMany.Run("HELLO 3 AUTH ada engine"));
        Assert.Equal(2, _harness.Services.Access.Logins.Refused);
    }

    [Fact]
    public void A_right_password_costs_nothing()
    {
        var client = Guilty("10.0.0.1:1");
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("", client.Run("AUTH ada engine"));
            Assert.Equal(TimeSpan.FromSeconds(1), client.Parked!.Timeout);
            Assert.Equal("+OK", client.TimeOut());
        }
    }

    [Fact]
    public void The_same_wrong_password_again_is_no_guess()
    {
        var client = From("10.0.0.1:1");
        for (var i = 0; i < 50; i++)
            Assert.Equal(Wrong, client.Run("AUTH ada old"));
        Assert.Equal("+OK", client.Run("AUTH ada engine"));
    }

    [Fact]
    public void Time_makes_up_for_failures()
    {
        var client = Guilty("10.0.0.1:1");
        _harness.Clock.Advance(TimeSpan.FromSeconds(2));
        Fail(client, "AUTH ada later{0}", 2);
        client.Run("AUTH ada engine");
        Assert.NotNull(client.Parked);
    }

    [Fact]
    public void Moving_the_clock_on_ends_the_wait()
    {
        var client = Guilty("10.0.0.1:1");
        client.Run("AUTH ada engine");
        _harness.Clock.Advance(TimeSpan.FromMilliseconds(999));
        _harness.Services.Access.Logins.OnClockAdvanced();
        Assert.Empty(client.Resumed);

        _harness.Clock.Advance(TimeSpan.FromMilliseconds(1));
        _harness.Services.Access.Logins.OnClockAdvanced();
        Assert.Same(client.Parked, Assert.Single(client.Resumed));
        Assert.Equal("+OK", client.TakeUp());
    }

    [Fact]
    public void In_a_transaction_an_attempt_is_refused_instead()
    {
        var client = Guilty("10.0.0.1:1");
        Assert.Equal($"+OK +QUEUED *1 {TooMany}", client.RunMany("MULTI", "AUTH ada engine", "EXEC"));
    }

    [Fact]
    public void A_client_that_goes_away_while_it_waits_has_had_its_turn()
    {
        var client = Guilty("10.0.0.1:1");
        client.Run("AUTH ada engine");
        client.Disconnect();
        var other = From("10.0.0.1:2");
        other.Run("AUTH ada engine");
        Assert.Equal(TimeSpan.FromSeconds(2), other.Parked!.Timeout);
    }

    [Fact]
    public void HELLO_without_a_password_does_not_wait()
    {
        Guilty("10.0.0.1:1");
        Assert.StartsWith("%7", From("10.0.0.1:2").Run("HELLO 3"), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_limit_nothing_waits()
    {
        _harness.Options.AuthFailureLimit = 0;
        Fail(From("10.0.0.1:1"), "AUTH ada {0}", 100);
    }

    [Theory]
    [InlineData("[2001:db8:1:2::1]:5", "[2001:db8:1:2:ffff::9]:6", true)]
    [InlineData("[2001:db8:1:2::1]:5", "[2001:db8:1:3::1]:5", false)]
    [InlineData("10.0.0.1:5", "[::ffff:10.0.0.1]:6", true)]
    [InlineData("10.0.0.1:5", "10.0.0.2:5", false)]
    [InlineData("/run/redis.sock:0", "/run/redis.sock:0", true)]
    public void An_address_is_what_one_client_can_have(string one, string other, bool same) =>
        Assert.Equal(same, FailedLogins.KeyOf(one) == FailedLogins.KeyOf(other));

    [Fact]
    public void What_is_remembered_has_a_bound_and_the_worst_are_remembered_longest()
    {
        var failed = new FailedLogins(capacity: 16);
        var limits = new LoginLimits(3, 1000);
        for (var i = 0; i < 5; i++)
            failed.Note(1, 0, limits, hadTurn: false, "u", [(byte)i]);
        for (var address = 2; address < 1000; address++)
            failed.Note((UInt128)address, 0, limits, hadTurn: false, "u", [0]);

        Assert.InRange(failed.Count, 1, 16);
        Assert.True(failed.MustWait(1, 0, limits));

        // Whose failures are made up for are the first to go.
        failed.Note(2000, 100_000, limits, hadTurn: false, "u", [0]);
        for (var address = 3000; address < 3016; address++)
            failed.Note((UInt128)address, 100_000, limits, hadTurn: false, "u", [0]);
        Assert.False(failed.MustWait(1, 100_000, limits));
    }

    [Fact]
    public void However_it_is_tried_no_more_passwords_are_looked_at_than_the_limit_allows()
    {
        var random = new Random(20261128);
        for (var run = 0; run < 200; run++)
        {
            var limits = new LoginLimits(random.Next(1, 6), random.Next(1, 2000));
            var failed = new FailedLogins(capacity: 4);
            var (now, looked) = (0L, 0);
            var waiting = new PriorityQueue<int, long>();
            for (var i = 0; i < 300; i++)
            {
                now += random.Next(0, (int)limits.IntervalMs);
                while (waiting.TryPeek(out var due, out var at) && at <= now)
                {
                    waiting.Dequeue();
                    looked++;
                    failed.Note(7, at, limits, hadTurn: true, "u", BitConverter.GetBytes(due));
                }

                var wait = failed.TakeTurn(7, now, limits);
                if (wait > 0)
                    waiting.Enqueue(i, now + wait);
                else if (wait == 0)
                {
                    looked++;
                    failed.Note(7, now, limits, hadTurn: false, "u", BitConverter.GetBytes(i));
                }
            }

            Assert.InRange(looked, 1, limits.AtOnce + (now / limits.IntervalMs) + 1);
        }
    }

    public void Dispose() => _harness.Dispose();

    private static string Text(string attempt, int i) =>
        string.Format(CultureInfo.InvariantCulture, attempt, $"wrong{i}");

    private static void Fail(TestClient client, string attempt, int times)
    {
        for (var i = 0; i < times; i++)
            Assert.Equal(Wrong, client.Run(Text(attempt, i)));
    }

    private TestClient From(string address)
    {
        var client = _harness.NewClient();
        client.RemoteAddress = address;
        return client;
    }

    /// <summary>A client whose next attempt waits.</summary>
    private TestClient Guilty(string address)
    {
        var client = From(address);
        Fail(client, "AUTH ada {0}", 3);
        return client;
    }
}
