using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Web;

/// <summary>A headless Chromium with one page, driven through the DevTools protocol.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly TemporaryFolder _folder;
    private readonly ClientWebSocket _socket = new();
    private int _lastId;

    private Browser(ChildProcess process, TemporaryFolder folder)
    {
        _process = process;
        _folder = folder;
    }

    /// <summary>What the page complained of: exceptions, errors in its console, requests that were refused.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>Every address that the page has asked for.</summary>
    public List<Uri> Requests { get; } = [];

    /// <summary>Starts one; the calling test skips where there is none.</summary>
    public static async Task<Browser> StartAsync(int width = 1280, int height = 860, bool isDark = false)
    {
        var program = ExternalProgram.Require("chromium");
        var folder = new TemporaryFolder();
        var process = ChildProcess.Start(
            program,
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                    "--remote-debugging-port=0",
                $"--user-data-dir={folder.Path}", $"--window-size={width},{height}", "--no-first-run", "about:blank",
            ],
            folder.Path);
        var browser = new Browser(process, folder);
        var line = await process.WaitForLineAsync("DevTools listening on ws://");
        var port = new Uri(line[line.IndexOf("ws://", StringComparison.Ordinal)..]).Port;
        using var http = new HttpClient();
        var pages = JsonNode.Parse(await http.GetStringAsync($"http://127.0.0.1:{port}/json"))!.AsArray();
        var page = pages.First(page => (string?)page!["type"] == "page")!;
        await browser._socket.ConnectAsync(new Uri((string)page["webSocketDebuggerUrl"]!), CancellationToken.None);
        foreach (var domain in (string[])["Page", "Runtime", "Network", "Log"])
            await browser.SendAsync($"{domain}.enable");
        await browser.SendAsync("Emulation.setDeviceMetricsOverride", new JsonObject
        {
            ["width"] = width,
            ["height"] = height,
            ["deviceScaleFactor"] = 1,
            ["mobile"] = false,
        });
        await browser.SendAsync("Emulation.setEmulatedMedia", new JsonObject
        {
            ["features"] = new JsonArray(new JsonObject
            {
                ["name"] = "prefers-color-scheme",
                ["value"] = isDark ? "dark" : "light",
            }),
        });
        return browser;
    }

    public Task OpenAsync(Uri address) => SendAsync("Page.navigate", new JsonObject { ["url"] = address.ToString() });

    /// <summary>The value of an expression of the page, awaited.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        var result = await SendAsync("Runtime.evaluate", new JsonObject
        {
            ["expression"] = expression,
            ["awaitPromise"] = true,
            ["returnByValue"] = true,
            ["userGesture"] = true,
        });
        Assert.True(result["exceptionDetails"] is null, $"{expression}: {result.ToJsonString()}");
        return result["result"]?["value"]?.DeepClone();
    }

    /// <summary>Waits until an expression holds.</summary>
    public async Task WaitForAsync(string condition)
    {
        var patience = DateTimeOffset.Now.AddSeconds(60);
        while (!await HoldsAsync(condition))
        {
            Assert.True(
                DateTimeOffset.Now < patience,
                $"{condition} does not come true; the page says:\n{await EvaluateAsync("document.body.innerText")}\n"
                + string.Join('\n', Complaints));
            await Task.Delay(50);
        }
    }

    /// <summary>Types into what has the focus.</summary>
    public Task TypeAsync(string text) => SendAsync("Input.insertText", new JsonObject { ["text"] = text });

    /// <summary>Presses a key of the keyboard.</summary>
    public async Task PressAsync(string key, int code, string? text = null)
    {
        foreach (var type in (string[])["keyDown", "keyUp"])
        {
            var pressed =
                new JsonObject { ["type"] = type, ["key"] = key, ["code"] = key, ["windowsVirtualKeyCode"] = code };
            if (text is not null && type == "keyDown")
                pressed["text"] = text;
            await SendAsync("Input.dispatchKeyEvent", pressed);
        }
    }

    public async Task<byte[]> ScreenshotAsync()
    {
        var result = await SendAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png" });
        return Convert.FromBase64String((string)result["data"]!);
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _process.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<bool> HoldsAsync(string condition) =>
        (await EvaluateAsync($"(() => {{ try {{ return Boolean({condition}); }} catch {{ return false; }} }})()"))!
        .GetValue<bool>();

    private async Task<JsonNode> SendAsync(string method, JsonObject? parameters = null)
    {
        var id = ++_lastId;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _socket.SendAsync(
            Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, true, patience.Token);
        while (true)
        {
            var received = await ReceiveAsync(patience.Token);
            if ((int?)received["id"] == id)
            {
                Assert.True(received["error"] is null, $"{method}: {received.ToJsonString()}");
                return received["result"]!;
            }

            Note(received);
        }
    }

    private void Note(JsonNode message)
    {
        var what = message["params"];
        switch ((string?)message["method"])
        {
            case "Runtime.exceptionThrown":
                Complaints.Add(what!["exceptionDetails"]!.ToJsonString());
                break;
            case "Log.entryAdded" when (string?)what!["entry"]!["level"] == "error":
                Complaints.Add(what["entry"]!.ToJsonString());
                break;
            case "Network.requestWillBeSent":
                Requests.Add(new Uri((string)what!["request"]!["url"]!));
                break;
        }
    }

    private async Task<JsonNode> ReceiveAsync(CancellationToken cancellation)
    {
        using var text = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer, cancellation);
            text.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
                return JsonNode.Parse(text.ToArray())!;
        }
    }
}
