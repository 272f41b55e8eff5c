using System.Net;
using System.Numerics;
using RedisLite.Configuration.Hocon;

namespace RedisLite.Configuration;

/// <summary>Lays the layers over each other, refuses what is unknown, and makes settings of the result.</summary>
internal static class SettingsLoader
{
    private const string ReferenceName = "reference.conf";

    public static RedisLiteSettings Load(SettingsSources sources)
    {
        var tree = Reference();
        foreach (var layer in Layers(sources))
        {
            KnownKeys.Check(layer);
            tree.Overlay(layer);
        }

        var resolved = HoconResolver.Resolve(tree, name => sources.Environment?.GetValueOrDefault(name));
        var settings = (RedisLiteSettings)Activator.CreateInstance(typeof(RedisLiteSettings), nonPublic: true)!;
        SettingsSchema.Bind(resolved, settings);
        settings = settings with
        {
            Tree = resolved,
            Directives = Directives(resolved),
            Sources = sources,
        };
        Validate(settings);
        return settings;
    }

    /// <summary>Checks each value and what must fit together.</summary>
    public static void Validate(RedisLiteSettings settings)
    {
        SettingsSchema.Validate(settings);
        if (!BitOperations.IsPow2(settings.Storage.Stripes))
            throw Invalid(
                settings, "storage.stripes", $"'{settings.Storage.Stripes}' is not valid; expected a power of two");
        SecurityLines.Check(settings.Security);
        if (AuditEventNames.FindUnknown(settings.Audit.Events) is { } unknown)
            throw Invalid(
                settings, "audit.events", $"'{unknown}' is not valid; expected {AuditEventNames.Expected}");
        ValidateListening(settings);
        if (settings.Network.Bind.Count == 0)
            throw Invalid(settings, "network.bind", "no address given; expected at least one");
        ValidateSight(settings);
        foreach (var address in settings.Network.Bind)
        {
            var name = address.StartsWith('-') ? address[1..] : address;
            if (name is not ("*" or "::*") && Uri.CheckHostName(name) == UriHostNameType.Unknown)
            {
                throw Invalid(
                    settings,
                    "network.bind",
                    $"'{address}' is not valid; expected an IP address, a host name, * or ::*, with - before it if "
                        + "it may be missing");
            }
        }
    }

    /// <summary>Some way in, and no two to one port.</summary>
    private static void ValidateListening(RedisLiteSettings settings)
    {
        var hasPort = settings.Network.Port != 0 || settings.Tls.Port != 0;
        if (!hasPort && settings.Network.UnixSocket.Length == 0)
        {
            throw Invalid(
                settings,
                "network.port",
                "'0' opens no TCP port, and there is no other way in; expected a port, or random for any free one, or "
                + "a tls-port, or a unixsocket");
        }

        if (!hasPort && settings.Cluster.Enabled)
            throw Invalid(settings, "network.port", "'0' is no address for the other nodes of a cluster");
        if (settings.Tls.Port > 0 && settings.Tls.Port == settings.Network.Port)
            throw Invalid(
                settings, "tls.port", $"'{settings.Tls.Port}' is network.port as well; expected another port");

        var mode = settings.Network.UnixSocketPermissions;
        if (mode.Length is 0 or > 4 || mode.Any(static digit => digit is < '0' or > '7')
            || Convert.ToInt32(mode, 8) > 511)
            throw Invalid(
                settings, "network.unix-socket-permissions", $"'{mode}' is not valid; expected octal digits up to 777");
    }

    /// <summary>The HTTP port and the collector, which are used by the executable only and late.</summary>
    private static void ValidateSight(RedisLiteSettings settings)
    {
        foreach (var address in settings.Http.Bind)
        {
            if (address is not ("*" or "::*") && !IPAddress.TryParse(address, out _))
                throw Invalid(settings, "http.bind", $"'{address}' is not valid; expected an IP address, * or ::*");
        }

        // Else the server would be refused its own port, and by the name of the wrong setting.
        var same = settings.Network.Bind.Any(address => SharesAddress(address.TrimStart('-'), settings.Http.Bind));
        foreach (var (name, port) in new[] { ("network.port", settings.Network.Port), ("tls.port", settings.Tls.Port) })
        {
            if (same && port > 0 && port == settings.Http.Port)
                throw Invalid(settings, "http.port", $"'{port}' is {name} as well; expected another port");
        }

        if (settings.Http is { Port: not 0, Bind.Count: 0 })
            throw Invalid(settings, "http.bind", "no address given; expected at least one");
        var endpoint = settings.Otlp.Endpoint;
        if (endpoint.Length > 0
            && !(Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
        {
            throw Invalid(
                settings, "otlp.endpoint",
                    $"'{endpoint}' is not valid; expected an address such as http://127.0.0.1:4317");
        }
    }

    private static bool SharesAddress(string address, IReadOnlyList<string> others) =>
        others.Contains(address) || others.Contains("*") || others.Contains("::*") || address is "*" or "::*";

    private static SettingsException Invalid(RedisLiteSettings settings, string path, string problem)
    {
        var origin = settings.Tree.Find([SettingsSchema.Root, .. path.Split('.')])?.Origin;
        return new SettingsException($"{origin}: {SettingsSchema.Root}.{path}: {problem}");
    }

    /// <summary>The lowest layer; a new tree each time, because layers are joined in place.</summary>
    public static HoconObject Reference()
    {
        using var stream = typeof(SettingsLoader).Assembly.GetManifestResourceStream($"RedisLite.{ReferenceName}")!;
        using var reader = new StreamReader(stream);
        return HoconFiles.Parse(reader.ReadToEnd(), ReferenceName, Directory.GetCurrentDirectory());
    }

    private static IEnumerable<HoconObject> Layers(SettingsSources sources)
    {
        if (sources.Hocon is { } text)
            yield return HoconFiles.Parse(text, sources.HoconName, Directory.GetCurrentDirectory());
        foreach (var file in sources.Files)
            yield return ConfigFiles.Read(file);
        if (sources.StandardInput is { } input)
            yield return ConfigFiles.Parse(input, "standard input");
        if (sources.Environment is { } environment)
            yield return EnvironmentLayer.Read(environment);
        yield return CommandLineLayer.Read(sources.CommandLine);
    }

    /// <summary>The directives without a setting, checked, by name.</summary>
    private static Dictionary<string, string> Directives(HoconObject root)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in ((HoconObject)root.Find(KnownKeys.DirectivesPath.Split('.'))!).Fields)
        {
            var directive = DirectiveTable.Find(name) ?? throw DirectiveLayer.Unknown(name, value.Origin);
            if (directive.Setting is not null)
            {
                throw new SettingsException(
                    $"{value.Origin}: {KnownKeys.DirectivesPath}.{name} has a key of its own; expected "
                    + DirectiveLayer.Path(directive));
            }

            if (value is not HoconText text)
                throw new SettingsException($"{value.Origin}: {name} is not valid; expected {directive.Kind.Expected}");
            var words = directive.Kind.IsMultiArgument ? text.Text.Split(' ') : [text.Text];
            var canonical = DirectiveLayer.Normalize(directive, words, value.Origin);
            DirectiveLayer.CheckSupported(directive, canonical, value.Origin);
            result[directive.Name] = canonical;
        }

        return result;
    }
}
