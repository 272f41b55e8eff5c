using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace RedisLite.Server;

/// <summary>
/// Finds ASP.NET Core for those who want the HTTP port. The program does not ask for it at its start, so that it runs
/// where only the .NET runtime is installed.
/// </summary>
/// <remarks>
/// <code>
///   dotnet/shared/Microsoft.NETCore.App/10.0.12/System.Private.CoreLib.dll      this runtime
///                /Microsoft.AspNetCore.App/10.0.x/Microsoft.AspNetCore.*.dll    the latest of the same version
/// </code>
/// A program that has it inside (native, self-contained) needs no search: its assemblies are found without.
/// </remarks>
internal static class AspNetCoreFramework
{
    private const string Name = "Microsoft.AspNetCore.App";

    /// <summary>Has its assemblies found. Before the first of its types is met.</summary>
    /// <exception cref="ServerStartException">It is not installed; says what to do.</exception>
    public static void Use()
    {
        if (!RuntimeFeature.IsDynamicCodeSupported || IsThere())
            return;
        var version = $"{Environment.Version.Major}.{Environment.Version.Minor}";
        var folder = Find(RuntimeEnvironment.GetRuntimeDirectory())
            ?? throw new ServerStartException(
                $"redislite.http.port, otlp.endpoint: ASP.NET Core {version} is needed for them and not installed; "
                    + "install its runtime (aspnetcore-runtime), or leave them out",
                null);
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            Path.Combine(folder, $"{name.Name}.dll") is var path && File.Exists(path)
                ? context.LoadFromAssemblyPath(path)
                : null;
    }

    /// <summary>
    /// The folder of the latest ASP.NET Core beside a runtime; null when there is none of its version.
    /// </summary>
    /// <param name="runtime">The runtime's folder, whose name is its version.</param>
    public static string? Find(string runtime)
    {
        var frameworks = Path.GetFullPath(Path.Combine(runtime, "..", "..", Name));
        if (runtime.Length == 0 || !Directory.Exists(frameworks))
            return null;
        var wanted = $"{Environment.Version.Major}.{Environment.Version.Minor}.";
        return Directory.EnumerateDirectories(frameworks)
            .Where(folder => Path.GetFileName(folder).StartsWith(wanted, StringComparison.Ordinal))
            .OrderBy(folder => Patch(Path.GetFileName(folder)[wanted.Length..]))
            .LastOrDefault();
    }

    /// <summary>A preview comes before what it is one of.</summary>
    private static double Patch(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var number = dash < 0 ? text : text[..dash];
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var patch)
            ? patch - (dash < 0 ? 0 : 0.5)
            : -1;
    }

    private static bool IsThere()
    {
        try
        {
            Assembly.Load("Microsoft.AspNetCore");
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }
}
