using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;

namespace RedisLite.Web.Console;

/// <summary>
/// The console's page and what belongs to it, from this assembly: nothing is asked of any other host.
/// </summary>
internal static class ConsoleFiles
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly FrozenDictionary<string, (string Type, byte[] Content)> Files = Read();

    /// <summary>Sends a file.</summary>
    /// <returns>False when there is none of that name.</returns>
    public static async Task<bool> TryServeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!.TrimStart('/');
        if (!Files.TryGetValue(path.Length == 0 ? "index.html" : path, out var file))
            return false;
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        context.Response.ContentType = file.Type;
        context.Response.ContentLength = file.Content.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(file.Content, context.RequestAborted).ConfigureAwait(false);
        return true;
    }

    private static FrozenDictionary<string, (string, byte[])> Read()
    {
        const string prefix = "RedisLite.Web.Console/";
        var assembly = typeof(ConsoleFiles).Assembly;
        var files = new Dictionary<string, (string, byte[])>(StringComparer.Ordinal);
        foreach (var name in assembly.GetManifestResourceNames().Where(name =>
            name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var content = new MemoryStream();
            stream.CopyTo(content);
            files[name[prefix.Length..]] = (TypeOf(name), content.ToArray());
        }

        return files.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        _ => "image/svg+xml",
    };
}
