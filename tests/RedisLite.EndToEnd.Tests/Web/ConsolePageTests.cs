using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Web;

/// <summary>
/// The console's pages in Chromium. With REDISLITE_UPDATE_DOCS=1 they are photographed for the README.
/// </summary>
public sealed class ConsolePageTests
{
    private static readonly string[] Views =
        ["overview", "keys", "commands", "slow", "hot", "stripes", "messages", "replication",
            "cluster"];

    [SkippableFact]
    public async Task Every_view_shows_without_a_complaint_and_asks_no_other_host()
    {
        await using var server = await StartAsync(ConsoleAccess.ReadWrite);
        await FillAsync(server);
        await using var browser = await Browser.StartAsync();
        await browser.OpenAsync(server.Http.BaseAddress!);
        foreach (var view in Views)
        {
            await browser.WaitForAsync("!document.getElementById('tabs').hidden");
            await browser.EvaluateAsync($"location.hash = '{view}'");
            await browser.WaitForAsync(
                $"document.querySelector('[aria-selected=\"true\"]').dataset.view === '{view}' "
                + "&& document.querySelector('#view section')");
            await browser.WaitForAsync("!document.querySelector('[role=\"alert\"].bad')");
        }

        Assert.Empty(browser.Complaints);
        Assert.All(browser.Requests.Where(request => request.Scheme is "http" or "https"), request =>
            Assert.Equal(server.Http.BaseAddress!.Authority, request.Authority));
    }

    [SkippableFact]
    public async Task Throughput_and_latency_are_drawn()
    {
        await using var server = await StartAsync();
        await using var browser = await Browser.StartAsync();
        await browser.OpenAsync(server.Http.BaseAddress!);
        await browser.WaitForAsync(
            "document.querySelector('svg.chart')?.getAttribute('aria-label')?.startsWith('Commands: ')");
        await browser.WaitForAsync("document.querySelector('svg.chart path').getAttribute('d').includes('L')");
        await browser.WaitForAsync("document.querySelector('#commands td')");
        Assert.Empty(browser.Complaints);
    }

    [SkippableFact]
    public async Task Values_of_every_type_are_shown()
    {
        await using var server = await StartAsync();
        await FillAsync(server);
        await using var browser = await Browser.StartAsync();
        await browser.OpenAsync(new Uri(server.Http.BaseAddress!, "#keys"));
        foreach (var (key, text) in ((string, string)[])
                 [
                     ("json", "\"name\": \"Ada\""), ("bytes", "\\\\xff"), ("queue", "job-1"), ("tags", "red"),
                     ("board", "1500"), ("profile", "Turing"), ("log", "started"),
                 ])
        {
            var leaf = $"[...document.querySelectorAll('.leaf')].find(leaf => leaf.firstChild.textContent === '{key}')";
            await browser.WaitForAsync(leaf);
            await browser.EvaluateAsync($"{leaf}.click()");
            await browser.WaitForAsync(
                $"document.querySelector('.split > section:last-child').innerText.includes('{text}')");
            await browser.WaitForAsync("!/null|undefined|NaN/.test(document.getElementById('view').innerText)");
        }

        await browser.EvaluateAsync("document.querySelector('details').open = true");
        await browser.WaitForAsync(
            "[...document.querySelectorAll('.leaf')].some(leaf => /string .*ends in/.test(leaf.innerText))");
        Assert.Empty(browser.Complaints);
    }

    [SkippableFact]
    public async Task The_command_line_is_used_by_keyboard_alone()
    {
        await using var server = await StartAsync();
        await using var browser = await Browser.StartAsync();
        await browser.OpenAsync(new Uri(server.Http.BaseAddress!, "#commands"));
        await browser.WaitForAsync("document.activeElement.getAttribute('aria-label') === 'Command'");
        await browser.TypeAsync("getra");
        await browser.PressAsync("Tab", 9);
        await browser.WaitForAsync("document.activeElement.value === 'GETRANGE '");
        await browser.WaitForAsync("document.getElementById('hint').innerText.startsWith('GETRANGE key start end')");
        await browser.EvaluateAsync("document.activeElement.value = ''");
        await browser.TypeAsync("ECHO \"a \\x41\"");
        await browser.PressAsync("Enter", 13, "\r");
        await browser.WaitForAsync("document.querySelector('.log').innerText.includes('a A')");
        await browser.TypeAsync("SET a 1");
        await browser.PressAsync("Enter", 13, "\r");
        await browser.WaitForAsync("document.querySelector('.log').innerText.includes('ERR the console is read-only')");
        Assert.Empty(browser.Complaints);
    }

    [SkippableFact]
    public async Task A_password_is_asked_for_and_names_have_labels()
    {
        await using var server = await StartAsync(password: "swordfish");
        await using var browser = await Browser.StartAsync();
        await browser.OpenAsync(server.Http.BaseAddress!);
        await browser.WaitForAsync("!document.getElementById('login').hidden");
        const string logIn = "document.querySelector('#login button').click()";
        await browser.EvaluateAsync("document.querySelector('[name=password]').value = 'wrong'; " + logIn);
        await browser.WaitForAsync("document.getElementById('refusal').innerText.startsWith('WRONGPASS')");
        await browser.EvaluateAsync("document.querySelector('[name=password]').value = 'swordfish'; " + logIn);
        await browser.WaitForAsync("!document.getElementById('tabs').hidden");
        const string isNamed =
            "e.labels?.length || e.ariaLabel || e.textContent.trim() || e.matches('svg:not([role=img])')";
        var nameless = await browser.EvaluateAsync(
            $"[...document.querySelectorAll('input, select, button, canvas, svg')].filter(e => !({isNamed})).length");
        Assert.Equal(0, (int)nameless!);
    }

    [SkippableFact]
    public async Task Messages_of_a_channel_arrive()
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();
        await using var browser = await Browser.StartAsync();
        await browser.OpenAsync(new Uri(server.Http.BaseAddress!, "#messages"));
        await browser.WaitForAsync("document.querySelector('#view form button')");
        await browser.EvaluateAsync("document.querySelector('#view form button').click()");
        while ((await client.CallAsync("PUBLISH", "news", "hello <b>you</b>")).Integer == 0)
            await Task.Delay(20);
        await browser.WaitForAsync("document.querySelector('#view li')?.innerText.includes('hello <b>you</b>')");
    }

    [SkippableFact]
    public async Task The_map_of_the_cluster_shows_whose_slots_are()
    {
        using var folder = new TemporaryFolder();
        await using var server = await WebServerUnderTest.StartAsync(WebServerUnderTest.NodeSettings(folder));
        await using var client = await server.ConnectAsync();
        await client.CallAsync("CLUSTER", "ADDSLOTSRANGE", "0", "8191");
        await using var browser = await Browser.StartAsync();
        await browser.OpenAsync(new Uri(server.Http.BaseAddress!, "#cluster"));
        await browser.WaitForAsync("document.querySelector('#view [role=status]')?.innerText"
            + "=== 'Down: 1 node, 8,192 slots have no owner.'");
        var said = $"127.0.0.1:{server.Server.EndPoint.Port}: slots 0-8191";
        await browser.WaitForAsync($"document.querySelector('svg.slots').ariaLabel === '{said}'");
        await client.CallAsync("CLUSTER", "ADDSLOTSRANGE", "8192", "16383");
        await browser.WaitForAsync("document.querySelector('#view [role=status]').innerText"
            + "=== 'Up: 1 node, all 16,384 slots have an owner.'");
        await browser.WaitForAsync("document.querySelector('.map .self').innerText.includes('16,384 slots (0-16383)')");
        Assert.Empty(browser.Complaints);
    }

    [SkippableFact]
    public async Task Each_control_is_reached_by_the_Tab_key_in_the_order_of_the_page()
    {
        await using var server = await StartAsync(ConsoleAccess.ReadWrite);
        await FillAsync(server);
        await using var browser = await Browser.StartAsync();
        foreach (var view in Views)
        {
            await browser.OpenAsync(new Uri(server.Http.BaseAddress!, $"?{view}#{view}"));
            await browser.WaitForAsync(
                $"document.querySelector('[aria-selected=\"true\"]')?.dataset.view === '{view}' "
                + "&& document.querySelector('#view section')");
            const string controls = "[...document.querySelectorAll('a[href], button, input, select, summary')]"
                + ".filter(e => e.tabIndex === 0 && e.checkVisibility() && !e.disabled)";
            var count = (int)(await browser.EvaluateAsync(
                $"document.activeElement.blur(); window.expected = {controls}; expected.length"))!;
            await browser.EvaluateAsync("expected[0].focus()");

            // Between them are what scrolls and holds no control; an empty command line does not keep the Tab key.
            var reached = 1;
            for (var presses = 0; reached < count && presses < 3 * count; presses++)
            {
                await browser.PressAsync("Tab", 9);
                var at = (int)(await browser.EvaluateAsync("expected.indexOf(document.activeElement)"))!;
                if (at >= 0)
                    Assert.Equal((view, reached++), (view, at));
            }

            Assert.Equal((view, count), (view, reached));
            const string named =
                "e => e.labels?.length || e.ariaLabel || e.textContent.trim() || e.matches('svg:not([role=img])')";
            Assert.Equal(0, (int)(await browser.EvaluateAsync(
                "[...document.querySelectorAll('input, select, button, canvas, svg, summary')]"
                + $".filter(e => e.checkVisibility() && !({named})(e)).length"))!);
            Assert.Equal(1, (int)(await browser.EvaluateAsync(
                "document.querySelectorAll('[role=tab][tabindex=\"0\"]').length"))!);
        }

        Assert.Empty(browser.Complaints);
    }

    [SkippableTheory]
    [InlineData("overview", false)]
    [InlineData("keys", true)]
    public async Task Pictures_for_the_README(string view, bool isDark)
    {
        await using var server = await StartAsync();
        await FillAsync(server);
        await using var client = await server.ConnectAsync();
        await using var browser = await Browser.StartAsync(1200, 760, isDark);
        await browser.OpenAsync(new Uri(server.Http.BaseAddress!, "#" + view));
        await browser.WaitForAsync("!document.getElementById('tabs').hidden");
        var isKept = Environment.GetEnvironmentVariable("REDISLITE_UPDATE_DOCS") == "1";
        for (var i = 0; i < (isKept && view == "overview" ? 400 : 10); i++)
        {
            for (var j = 0; j < 20 + (i % 60); j++)
            {
                await client.CallAsync("SET", $"user:{j}:name", "Ada");
                await client.CallAsync("GET", $"user:{j * 2}:name");
            }

            await client.CallAsync("LRANGE", "queue", "0", "-1");
            await Task.Delay(isKept ? 50 : 1);
        }

        if (view == "keys")
        {
            const string leaf =
                "[...document.querySelectorAll('.leaf')].find(leaf => leaf.firstChild.textContent === 'board')";
            await browser.WaitForAsync(leaf);
            await browser.EvaluateAsync($"document.querySelectorAll('details')[0].open = true; {leaf}.click()");
            await browser.WaitForAsync("document.querySelector('.split > section:last-child table')");
            await browser.WaitForAsync("document.querySelector('details .leaf .quiet, details details')");
        }

        var picture = await browser.ScreenshotAsync();
        Assert.True(picture.Length > 10_000);
        if (isKept)
            await File.WriteAllBytesAsync(Path.Combine(SourceTree.Root, "docs", $"console-{view}.png"), picture);
    }

    private static Task<WebServerUnderTest> StartAsync(ConsoleAccess access = ConsoleAccess.ReadOnly, string password =
        "")
    {
        var settings = WebServerUnderTest.Settings();
        return WebServerUnderTest.StartAsync(settings with
        {
            Http = settings.Http with { Console = access },
            Security = settings.Security with { RequirePass = password },
        });
    }

    private static async Task FillAsync(WebServerUnderTest server)
    {
        await using var client = await server.ConnectAsync();
        string[][] commands =
        [
            ["SET", "json", "{\"name\":\"Ada\",\"age\":36}"], ["SETRANGE", "bytes", "0", "\u00ff"],
            ["RPUSH", "queue", "job-1", "job-2", "job-3"], ["SADD", "tags", "red", "green"],
            ["ZADD", "board", "1500", "ada", "1200", "alan", "900", "grace", "850", "edsger", "700", "barbara"],
            ["HSET", "profile", "name", "Alan", "family", "Turing"], ["XADD", "log", "*", "event", "started"],
            ["SET", "session:1", "alice", "EX", "3600"], ["SET", "session:2", "bob", "EX", "1800"],
            ["SET", "user:1:name", "Ada"], ["SET", "user:2:name", "Alan"], ["SET", "user:2:mail", "alan@example.org"],
        ];
        foreach (var command in commands)
            await client.CallAsync(command);
        await client.CallAsync([.. new[] { "SET", "bytes" }.Select(System.Text.Encoding.ASCII.GetBytes),
            [0xff, 0x00, 0x41]]);
    }
}
