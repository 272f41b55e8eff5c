using System.Text.RegularExpressions;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.DocExamples;
using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Server;

namespace RedisLite.EndToEnd.Tests.Deploy;

/// <summary>
/// What deploy/ holds, as far as it can be run or read here; and what the program renders for those who install it.
/// </summary>
public sealed partial class DeployTests
{
    [SkippableFact]
    public async Task Systemd_finds_nothing_wrong_with_the_unit()
    {
        var analyze = ExternalProgram.Require("systemd-analyze");
        using var folder = new TemporaryFolder();
        var unit = Path.Combine(folder.Path, "redislite.service");

        // It looks for the program too.
        await File.WriteAllTextAsync(unit, RepositoryFiles.Read("deploy/systemd/redislite.service")
            .Replace("/usr/local/bin/redislite-server", "/bin/true", StringComparison.Ordinal));
        var (exitCode, said, errors) = await ChildProcess.RunAsync(analyze, ["verify", unit]);

        Assert.True(exitCode == 0
            && !(said + errors).Contains("redislite.service", StringComparison.Ordinal), said + errors);
    }

    [Fact]
    public void The_command_lines_of_the_unit_and_of_the_image_are_valid()
    {
        var unit = StartLine().Match(RepositoryFiles.Read("deploy/systemd/redislite.service"))
            .Groups[1].Value.Split(' ');
        Assert.Equal("/etc/redislite/redislite.conf", unit[0]);
        Load(unit[1..]);

        var image = EntryPoint().Match(RepositoryFiles.Read("deploy/container/Dockerfile")).Groups[1].Value;
        Load([.. Quoted().Matches(image).Select(word => word.Groups[1].Value).Skip(1)]);
    }

    [Fact]
    public void What_the_image_copies_is_there()
    {
        foreach (Match copied in Copied().Matches(RepositoryFiles.Read("deploy/container/Dockerfile")))
            Assert.True(Path.Exists(Path.Combine(SourceTree.Root, copied.Groups[1].Value)), copied.Value);
    }

    [Theory]
    [InlineData("redislite.yaml")]
    [InlineData("redislite-cluster.yaml")]
    public void The_settings_in_the_manifests_are_taken(string manifest)
    {
        // What comes from secrets and from the pod itself has a value only there.
        var variables = Variable().Matches(RepositoryFiles.Read($"deploy/kubernetes/{manifest}"))
            .ToDictionary(one => one.Groups[1].Value, one => one.Groups[2].Success ? one.Groups[2].Value : "10.1.2.3");
        Assert.NotEmpty(variables);

        var settings = RedisLiteSettings.Load(new SettingsSources { Environment = variables });
        Assert.Equal("10.1.2.3", settings.Security.RequirePass);
        Assert.Equal(512L << 20, settings.Storage.MaxMemory);
        Assert.Equal(manifest == "redislite-cluster.yaml", settings.Cluster.Enabled);
    }

    [SkippableTheory]
    [InlineData("redislite.yaml", "Service/redislite Service/redislite-pods StatefulSet/redislite\n")]
    [InlineData("redislite-cluster.yaml", "Service/redislite-cluster NetworkPolicy/redislite-cluster "
        + "PodDisruptionBudget/redislite-cluster StatefulSet/redislite-cluster Job/redislite-cluster-create\n")]
    public async Task The_manifests_are_YAML_of_the_kinds_that_they_say(string manifest, string kinds)
    {
        var python = ExternalProgram.Find("python3");
        Skip.If(python is null, "python3 is not on PATH");
        var (exitCode, said, errors) = await ChildProcess.RunAsync(python, ["-c",
            "import sys\ntry:\n import yaml\nexcept ImportError:\n print('no yaml'); sys.exit()\n"
            + "print(' '.join(d['kind'] + '/' + d['metadata']['name'] for d in yaml.safe_load_all(open(sys.argv[1]))))",
            Path.Combine(SourceTree.Root, "deploy", "kubernetes", manifest)]);
        Skip.If(said == "no yaml\n", "python3 has no yaml");

        Assert.True(exitCode == 0, errors);
        Assert.Equal(kinds, said);
    }

    [SkippableFact]
    public async Task The_script_of_the_job_is_one_that_bash_reads()
    {
        var bash = ExternalProgram.Require("bash");
        var manifest = RepositoryFiles.Read("deploy/kubernetes/redislite-cluster.yaml");
        var script = manifest[(manifest.IndexOf("- |\n", StringComparison.Ordinal) + 4)..];

        var (exitCode, _, errors) = await ChildProcess.RunAsync(bash, ["-n", "-c", script]);

        Assert.True(exitCode == 0, errors);
    }

    [Fact]
    public void Logrotate_moves_files_of_the_folder_that_the_unit_makes()
    {
        Assert.Contains("LogsDirectory=redislite\n", RepositoryFiles.Read("deploy/systemd/redislite.service"),
            StringComparison.Ordinal);
        Assert.Contains("\n/var/log/redislite/*.log {\n", RepositoryFiles.Read("deploy/logrotate/redislite"),
            StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData("secret")]
    public async Task The_probe_says_whether_the_server_answers(string password)
    {
        var bash = ExternalProgram.Require("bash");
        var probe = Path.Combine(SourceTree.Root, "deploy", "container", "probe");
        var settings = ServerUnderTest.Settings();
        await using var server = await ServerUnderTest.StartAsync(
            settings with { Security = settings.Security with { RequirePass = password } });

        var (exitCode, _, errors) = await ChildProcess.RunAsync(bash, [probe, "127.0.0.1", $"{server.EndPoint.Port}"]);
        await server.StopAndCheckAsync();
        var (afterwards, _, _) = await ChildProcess.RunAsync(bash, [probe, "127.0.0.1", $"{server.EndPoint.Port}"]);

        Assert.True(exitCode == 0, errors);
        Assert.Equal(1, afterwards);
    }

    [SkippableFact]
    public async Task Bash_completes_options_and_directives()
    {
        var bash = ExternalProgram.Require("bash");
        var script = BashCompletion.Text()
            + "COMP_WORDS=(redislite-server --tls-p); COMP_CWORD=1; _redislite_server; echo ${COMPREPLY[*]}";

        var (_, said, errors) = await ChildProcess.RunAsync(bash, ["-c", script]);

        Assert.Equal("--tls-port --tls-protocols\n", said + errors);
    }

    [SkippableFact]
    public async Task The_manual_page_is_read_without_a_warning()
    {
        var man = ExternalProgram.Find("man");
        Skip.If(man is null || ExternalProgram.Find("groff") is null, "man and groff are not on PATH");
        using var folder = new TemporaryFolder();
        var page = Path.Combine(folder.Path, "redislite-server.1");
        await File.WriteAllTextAsync(page, ManPage.Text());

        var (exitCode, said, errors) = await ChildProcess.RunAsync(man, ["--warnings", "-l", page]);

        Assert.True(exitCode == 0 && errors.Length == 0, errors);
        Assert.Contains("tls-port", said, StringComparison.Ordinal);
    }

    [Fact]
    public void The_manual_page_names_what_help_names()
    {
        foreach (var (option, _) in HelpText.Options)
            Assert.Contains(
                option.Replace("-", "\\-", StringComparison.Ordinal), ManPage.Text(), StringComparison.Ordinal);
        foreach (var directive in HelpText.Directives)
            Assert.Contains($"\\-\\-{directive.Name.Replace("-", "\\-", StringComparison.Ordinal)}", ManPage.Text(),
                StringComparison.Ordinal);
    }

    private static void Load(string[] words) =>
        RedisLiteSettings.Load(
            new SettingsSources { CommandLine = RedisLite.Server.CommandLine.Parse(words).Directives });

    [GeneratedRegex("(?m)^ExecStart=/usr/local/bin/redislite-server (.*)$")]
    private static partial Regex StartLine();

    [GeneratedRegex(@"(?m)^ENTRYPOINT \[(.*)\]$")]
    private static partial Regex EntryPoint();

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"(?m)^COPY (?!--)(\S+) ")]
    private static partial Regex Copied();

    [GeneratedRegex("- name: (REDISLITE__[A-Z_]+)\n +value(?:From:|: \"?([^\"\n]+)\"?)")]
    private static partial Regex Variable();
}
