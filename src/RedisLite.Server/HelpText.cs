using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using RedisLite.Configuration;

namespace RedisLite.Server;

/// <summary>The texts of --help and --version.</summary>
internal static class HelpText
{
    /// <summary>The release of Redis whose commands, directives and error texts this server has.</summary>
    private const string CompatibleWith = "7.0.15";

    public static string Version =>
        $"RedisLite server v={typeof(HelpText).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0]} bits={IntPtr.Size * 8} runtime={RuntimeInformation.FrameworkDescription} "
        + $"compatible=redis-{CompatibleWith}";

    public static string Help()
    {
        var text = new StringBuilder(
            """
            Usage: redislite-server [config-file ... | -] [--directive value ...] [-]
                   redislite-server --check-aof path | --fix-aof path [--yes]
                   redislite-server --help | --version

            A configuration file is HOCON (see hocon/redislite.conf) or a redis.conf; later files win. A "-" in a
            file's place, or at the end, reads more of either from standard input. Environment variables win over files (REDISLITE__NETWORK__PORT=7000),
            directives on the command line over everything.

              -h, --help        this text
              -v, --version     the version
              --check-config    check the configuration and exit: 0 when it can be used, else 1
              --dump-config     show every value and where it comes from, and exit
              --check-aof path  check the append only files of a server that does not run, in its data directory or in
                                the append only directory itself, or a single file: 0 when they are sound, else 1
              --fix-aof path    the same, and cut the last file off where it stops being sound, after asking;
                                --yes: without asking
              --skip-unknown-types
                                load files that hold types which are not supported, and leave such keys out

            Examples:
              redislite-server
              redislite-server redislite.conf --port 7000 --loglevel verbose
              redislite-server --bind 127.0.0.1 -::1 --maxclients 100 --timeout 0
              redislite-server --redislite.protocol.inline-replies resp
              echo "requirepass secret" | redislite-server -
              redislite-server --check-aof ./data

            Directives, with their defaults and keys; all others of Redis's are accepted and have no effect:

            """);
        text.Append('\n');
        foreach (var directive in RedisLiteSettings.DescribeDirectives().Where(directive => directive.Path is not null))
        {
            var shown = directive.Default.Length == 0 ? "\"\"" : directive.Default;
            text.Append("  --").Append(directive.Name).Append(' ').Append(shown).Append('\n');
            text.Append("        ").Append(directive.Path).Append(": ").Append(directive.Expected).Append('\n');
        }

        return text.ToString();
    }
}
