using Microsoft.AspNetCore.Http;
using RedisLite.Hosting;
using RedisLite.Web.Console;
using RedisLite.Web.Prometheus;

namespace RedisLite.Web;

/// <summary>Which path gets what.</summary>
/// <param name="server">What is shown.</param>
/// <param name="metrics">Its figures.</param>
/// <param name="rules">Who may use the console.</param>
/// <param name="api">What the console asks for; null without one.</param>
internal sealed class Pages(ServerView server, MetricsPage metrics, ConsoleRules rules, ConsoleApi? api)
{
    /// <summary>Answers one request.</summary>
    public Task ServeAsync(HttpContext context)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.CacheControl = "no-store";
        if (!rules.IsHostAllowed(context.Request))
        {
            return TextAsync(
                context,
                StatusCodes.Status421MisdirectedRequest,
                "This port answers to IP addresses, localhost and redislite.http.allowed-hosts\n");
        }

        return context.Request.Path.Value switch
        {
            "/metrics" => ReadOnly(context, () => metrics.WriteAsync(context.Response)),
            "/healthz" => ReadOnly(context, () => TextAsync(context, StatusCodes.Status200OK, "alive\n")),
            "/readyz" => ReadOnly(context, () => ReadyAsync(context)),
            "/" when api is null => ReadOnly(context, () =>
                TextAsync(context, StatusCodes.Status200OK, "/metrics\n/healthz\n/readyz\n")),
            _ => ConsoleAsync(context),
        };
    }

    private async Task ConsoleAsync(HttpContext context)
    {
        if (api is not null && context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal))
            await api.ServeAsync(context).ConfigureAwait(false);
        else if (api is null || !IsRead(context) || !await ConsoleFiles.TryServeAsync(context).ConfigureAwait(false))
            await TextAsync(context, StatusCodes.Status404NotFound, "There is no such page\n").ConfigureAwait(false);
    }

    private static bool IsRead(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);

    private static Task ReadOnly(HttpContext context, Func<Task> serve)
    {
        if (IsRead(context))
            return serve();
        context.Response.Headers.Allow = "GET, HEAD";
        return TextAsync(context, StatusCodes.Status405MethodNotAllowed, "GET and HEAD only\n");
    }

    private Task ReadyAsync(HttpContext context)
    {
        var (status, text) = server.Readiness switch
        {
            ServerReadiness.Ready => (StatusCodes.Status200OK, "ready\n"),
            ServerReadiness.Loading => (StatusCodes.Status503ServiceUnavailable, "loading files\n"),
            ServerReadiness.Unlinked => (StatusCodes.Status503ServiceUnavailable, "the link to the primary is down\n"),
            ServerReadiness.ClusterDown => (StatusCodes.Status503ServiceUnavailable, "the cluster is down\n"),
            _ => (StatusCodes.Status503ServiceUnavailable, "ending\n"),
        };
        return TextAsync(context, status, text);
    }

    private static Task TextAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(text);
    }
}
