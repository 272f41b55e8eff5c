using Microsoft.AspNetCore.Http;
using RedisLite.Hosting;
using RedisLite.Web.Prometheus;

namespace RedisLite.Web;

/// <summary>Which path gets what.</summary>
internal sealed class Pages(ServerView server, MetricsPage metrics)
{
    /// <summary>Answers one request.</summary>
    public Task ServeAsync(HttpContext context)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.CacheControl = "no-store";
        return context.Request.Path.Value switch
        {
            "/metrics" => ReadOnly(context, () => metrics.WriteAsync(context.Response)),
            "/healthz" => ReadOnly(context, () => TextAsync(context, StatusCodes.Status200OK, "alive\n")),
            "/readyz" => ReadOnly(context, () => ReadyAsync(context)),
            "/" =>
                ReadOnly(context, () => TextAsync(context, StatusCodes.Status200OK, "/metrics\n/healthz\n/readyz\n")),
            _ => TextAsync(context, StatusCodes.Status404NotFound, "There is no such page\n"),
        };
    }

    private static Task ReadOnly(HttpContext context, Func<Task> serve)
    {
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
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
